import type { Passage } from './passage.ts'

export const ARTS_AND_GAMES: readonly Passage[] = [
  {
    title: 'Musical scales',
    name: 'musical scales',
    words: 'music musical scale piano note chord harmony song octave guitar melody violin tuning instrument singing',
    text: `
Pluck a string, then stop it at half its length and pluck again. The second tone is an octave higher, and sounds so
much like the first that we give it the same name. It swings exactly twice as fast. Two thirds of the length give a
fifth, which swings three times while the first tone swings twice. The ear likes such simple ratios, and music in most
parts of the world is built on them.

Now go up by fifths, again and again. After twelve steps you are back at the tone you began with, seven octaves higher.
Almost: the twelve fifths overshoot the octaves by about a quarter of a semitone. No tuning can remove that gap. It can
only decide where to hide it.

Older tunings hid it in keys that nobody was to play. The modern piano spreads it evenly over all twelve steps, so that
each is the same:

\`\`\`js
const frequency = (semitonesAboveA) => 440 * 2 ** (semitonesAboveA / 12)
frequency(7) // 659.26, where a pure fifth would be 660
\`\`\`

Every key is now equally usable, and every fifth is slightly out of tune. Singers and string players, who are free to,
still bend towards the pure ones.
`,
  },
  {
    title: 'Photography',
    name: 'photography',
    words: 'photography photo photograph camera picture aperture shutter exposure lens film image portrait',
    text: `
A camera has three ways to let in more light, and each of them costs something else. A wider opening makes less of the
scene sharp, in front of the subject and behind it. A longer exposure blurs whatever moves, the camera included. A more
sensitive sensor brings grain. Photography, as a craft, is to choose which of the three prices does no harm to this
picture.

They are measured in stops, and a stop always means twice or half as much light:

| control | one stop more | what it costs |
|---|---|---|
| aperture | f/5.6 to f/4 | depth of what is sharp |
| time | 1/125 to 1/60 s | blur of what moves |
| sensitivity | ISO 400 to 800 | noise |

For a portrait, open the aperture and let the background dissolve. For a waterfall, close it, use a tripod and let the
water blur. For children at play, keep the time short and accept the grain.

Light matters more than any of this. An hour after sunrise it is soft and comes from the side, and shows the shape of
things. At noon it comes from above, and faces get dark eyes. The simplest way to better pictures is to get up earlier.
`,
  },
  {
    title: 'Chess',
    name: 'chess',
    words: 'chess pawn knight bishop queen checkmate opening game player board strategy grandmaster',
    text: `
Chess has few rules and no luck, and after four moves by each side there are already tens of billions of ways in which
a game can have gone. Nobody plays it by looking at all of them. A good player looks at very few moves, and they tend
to be the right ones.

How that is done was shown by a simple test. Masters and beginners saw a position for five seconds and then set it up
from memory. With positions from real games, the masters placed nearly all pieces and the beginners a handful. With
pieces scattered at random, the masters lost almost all of their lead. They had not seen twenty-five pieces, but five
or six familiar groups.

Beginners gain most from three habits:

1. Before each move, ask what the other side threatens.
2. Look at every check and every capture, yours and theirs.
3. When you have found a good move, look for a better one.

Openings can wait. Endings are the better place to begin, because with few pieces on the board you learn what each of
them is worth. A rook, a king and patience win against a bare king, and whoever can do that no longer fears simple
positions.
`,
  },
  {
    title: 'Colour',
    name: 'colour',
    words: 'colour color paint painting red green yellow pigment dye art artist pixel screen design eye museum',
    text: `
Colour is not in the light but in the one who sees it. Light has wavelengths, and our eyes have three kinds of cones,
each of which answers to a broad band of them. What we call a colour is the ratio of three answers. Two lights that are
made of quite different waves look the same to us if the ratios agree.

Every screen lives on that. It has only red, green and blue dots. Where it shows yellow, no yellow light leaves it: the
red and the green dots shine together, and the cones cannot tell the difference.

Paint works the other way about, by taking light away. A yellow pigment swallows blue, and a cyan one swallows red.
Mixed, they leave only green. Add more pigments, and more is swallowed, until the mixture is mud. So lights add up to
white, and paints add up to something near black.

The neighbours of a colour change it as well. A grey patch looks warm on blue and cool on orange. Painters have always
known this, and now and then they paint a shadow violet on purpose. For the same reason, colours for a page should be
chosen on the page, and never alone.
`,
  },
  {
    title: 'Card shuffling',
    name: 'shuffled cards',
    words: 'card shuffle poker random probability dice luck chance gamble lottery bet statistics coin math',
    text: `
A pack of fifty-two cards can lie in about 8 times 10 to the power of 67 orders. That is so many that, if a pack has
ever been shuffled well, its order has almost certainly never been seen before and will never be seen again.

To shuffle well is the hard part. The usual riffle, in which two halves are dropped into each other, leaves rising runs
of cards behind that a clever observer can find. It takes about seven riffles to destroy them. Mixing overhand, as many
people do, takes thousands.

A computer needs fifty-one swaps, if it makes them correctly:

\`\`\`js
function shuffle(cards, random) {
  for (let last = cards.length - 1; last > 0; last--) {
    const at = Math.floor(random() * (last + 1))
    const card = cards[at]
    cards[at] = cards[last]
    cards[last] = card
  }
}
\`\`\`

The mistake that everybody makes once is to swap each card with any other, including those that are done. It looks just
as thorough, but some orders come up more often than others. Three cards make it plain: the loop then has 27 equally
likely paths, and these cannot be shared out evenly among 6 orders.
`,
  },
]
