import type { Passage } from './passage.ts'

export const LIVING_THINGS: readonly Passage[] = [
  {
    title: 'Bees',
    name: 'bees',
    words: 'bee honey hive beehive pollen pollination insect flower nectar swarm animal ant',
    text: `
A honey bee colony in summer holds some forty thousand animals and has no one in charge. The queen lays eggs and gives
off scents that hold the colony together, but she decides nothing. Work is shared out by age: a young worker cleans and
feeds, an older one builds and guards, and only in her last weeks does she fly out for food.

A bee that has found a good meadow tells the others by dancing on the comb. She runs in a straight line and waggles,
then circles back and does it again. The angle of the line to the vertical is the angle of the meadow to the sun. The
length of the waggle is the distance. Others follow her in the dark of the hive, learn both, and go.

Honey is nectar with most of its water taken out. Bees pass it from mouth to mouth, add enzymes, and fan it with their
wings until less than a fifth of it is water. Nothing can grow in so thick a syrup, and so it keeps.

For us, their greater service is pollination. About three quarters of the kinds of crops that people eat gain from
visits of insects, and most of those insects are not honey bees at all.
`,
  },
  {
    title: 'Trees',
    name: 'trees',
    words: 'tree forest wood oak root photosynthesis timber bark pine biology',
    text: `
A tree is built mostly from air. Its leaves take in carbon dioxide, and with the energy of light they join the carbon
to water and make sugar. From sugar the tree makes wood. If you burn a log, what is left as ash is the small part that
came from the ground.

Only a thin layer under the bark is growing. On its inner side it makes wood, whose tubes carry water up. On its outer
side it makes the inner bark, whose tubes carry sugar down. Cut through that layer all the way round, and the tree
starves, however stout the trunk.

Water climbs without a pump. As it evaporates from the leaves, it pulls the column below it upwards, and because water
holds together so well, the pull reaches down to the roots. The tallest trees lift it more than a hundred metres in
this way, which is close to the limit that physics allows.

In spring the wood grows fast and pale, in late summer slow and dark. One pale and one dark band make a ring, and a
ring is a year. A wide one tells of rain and light, a narrow one of drought or of a crowded forest.
`,
  },
  {
    title: 'Sleep',
    name: 'sleep',
    words: 'sleep sleeping dream insomnia tired nap bed health',
    text: `
Two clocks decide when we sleep. One runs in a small cluster of cells behind the eyes, takes about a day, and is set by
light. The other is more like an hourglass: the longer we are awake, the more of a substance called adenosine gathers
in the brain, and the stronger the wish to sleep. Caffeine works because it blocks the places where adenosine is felt.

A night has a pattern. We sink from light sleep into deep sleep, rise again, and then dream, and the round takes about
ninety minutes. Deep sleep fills the early rounds, dreams the later ones. To sleep two hours less is therefore to lose
a large part of one's dreams.

Sleep is busy time. The brain goes over what it learned during the day and ties it to what it knew, and slow waves of
fluid wash waste out of it.

What helps is plain, and hard to sell:

- Get up at the same time every day, also after a bad night.
- See daylight in the morning, and dim the lamps in the evening.
- Keep the bedroom cool, dark and quiet.
- Leave coffee to the first half of the day.
`,
  },
  {
    title: 'How birds find their way',
    name: 'birds and their journeys',
    words: 'bird migration migrate fly flight navigation navigate stork swallow wing pigeon',
    text: `
Every autumn, birds that weigh less than a letter fly from Europe to Africa, many of them alone, at night, and for the
first time in their lives. How they do it was a riddle for centuries, and the answer turned out to be that they use
whatever there is.

The sun gives them a direction, if they know the time of day, and an inner clock tells them that. At night they use the
stars. Young birds learn, by watching, which point of the sky stays still while everything else turns about it. They
also sense the magnetic field of the earth, most likely with a protein in the eye that is sensitive to light. It tells
them less about north and south than about how steeply the field dips into the ground.

Direction alone is enough for a first journey: a young bird follows a course that it inherits, for about as long as it
inherits. If it is carried off sideways by a storm, it ends up in the wrong place. Older birds do better. They have a
map of some kind, made of smells, coasts and slight changes of the field, and they steer for the goal itself.
`,
  },
  {
    title: 'Memory',
    name: 'memory',
    words: 'memory remember forget learn learning study brain exam school education teach recall',
    text: `
Remembering is not like playing a recording. Each time, the brain builds the event again from fragments, and what it
builds can change a little with every visit. That makes memory a poor witness and a good teacher, because what is
rebuilt often becomes easy to rebuild.

From this follows most of what is known about learning. To read a page five times feels like progress, since the page
becomes familiar. To close the book and say what was in it feels harder and works far better. The effort of recall is
what strengthens the trace.

Time matters as well. We forget quickly at first and then more and more slowly. A fact that is recalled just before it
fades will last longer the next time. So four short sessions over two weeks beat one long evening, though the hours are
the same.

A simple plan for anything that must be learned by heart:

1. Turn the material into questions, one fact to each.
2. Answer them without looking, and check.
3. Ask again after a day, after three days, after a week, and after a month.
4. Let those that you know come less often, and those that you miss come sooner.
`,
  },
]
