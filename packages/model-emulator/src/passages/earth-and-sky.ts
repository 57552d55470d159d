import type { Passage } from './passage.ts'

export const EARTH_AND_SKY: readonly Passage[] = [
  {
    title: 'Rivers',
    name: 'rivers',
    words: 'river stream flood delta valley lake dam fish water nile amazon danube',
    text: `
A river is never finished. It picks up sand and stones in one place and puts them down in another, and so it changes
its own bed all the time. In the mountains, where the slope is steep, it cuts downwards and makes a narrow valley. In
the plain it slows, spreads out and begins to swing from side to side.

Those swings are called meanders, and they grow by themselves. Water runs faster on the outside of a bend and eats the
bank away. On the inside it is slow and drops its sand. The bend gets wider every year, until a flood breaks through
its neck and leaves the old loop behind as a lake in the shape of a sickle.

Three numbers describe a river at any place:

- **Slope** is how far it falls over a given distance.
- **Discharge** is how much water passes in a second.
- **Load** is how much sand and mud the water carries.

Change one, and the others answer. A dam holds back the load, and so the clear water below it digs into its bed. Where
a river meets the sea and stands still, it drops everything that it has left, and a delta grows.
`,
  },
  {
    title: 'Tides',
    name: 'tides',
    words: 'tide tidal moon gravity ocean sea coast beach wave shore',
    text: `
The tides are the work of the moon, which pulls on the whole earth, but not equally. The water that faces the moon is
nearer and is pulled a little more than the ground below it. The water on the far side is pulled a little less, and is
left behind. So the ocean has two bulges, and the earth turns beneath them.

That is why most coasts see two high waters a day. They come about fifty minutes later each day, because the moon moves
on along its orbit while the earth turns, and the coast has to catch up with it.

The sun does the same with less than half the strength. At new moon and full moon, sun and moon pull along one line,
and the range between high and low water is large: a spring tide. At half moon they work across each other, and the
range is small: a neap tide.

The bulges of the open ocean are less than a metre high. What makes a great tide is the shape of the coast. Water that
is driven into a funnel has nowhere to go but up, and where the natural swing of a bay matches the rhythm of the tide,
each push adds to the last. In the Bay of Fundy in Canada, the sea can rise by sixteen metres.
`,
  },
  {
    title: 'Why the sky is blue',
    name: 'the blue of the sky',
    words: 'sky blue sunset sunlight light scatter scattering atmosphere rainbow',
    text: `
Sunlight looks white and is made of all colours. On its way through the air it meets molecules that are far smaller
than a wave of light. They cannot stop it, but they turn a little of it aside, and they do so much more to short waves
than to long ones. Blue light has short waves, and is scattered about four times as strongly as red.

So when you look at a part of the sky away from the sun, the light that reaches your eye is light that was turned
aside, and most of that is blue. Violet waves are shorter still. There are fewer of them in sunlight, though, and our
eyes are less open to them, so the sum looks blue.

In the evening the same rule paints the opposite picture. The light of a low sun has crossed perhaps forty times as
much air as at noon. Most of its blue has been lost on the way, to somebody else's daytime sky, and what arrives is
orange and red.

Clouds are white because their drops are large. Drops of that size treat all colours alike, and so the light that
leaves a cloud is as white as the light that went in.
`,
  },
  {
    title: 'Rain',
    name: 'rain',
    words: 'rain cloud weather storm snow fog thunder lightning wind forecast climate drop',
    text: `
Warm air can hold more water than cold air. When a warm, damp parcel of air rises, it expands and cools, and at some
height it holds as much vapour as it can. From there on, water settles on specks of dust, salt or smoke, and a cloud
begins. Without such specks, the air would have to be several times as damp before a drop could form.

A drop in a cloud is tiny, about a hundredth of a millimetre in radius, and falls so slowly that any rising breeze
keeps it up. It takes about a million of them to make one raindrop. They get there in two ways: by bumping into each
other and joining, or by way of ice. High in the cloud, crystals of ice draw water from the drops around them, grow
heavy, fall and melt.

Raindrops do not look like tears. Small ones are round, because water pulls itself together. Large ones are pressed
flat from below by the air, like a bun, and burst when they pass about five or six millimetres.

The smell after a dry spell has a name, petrichor. It comes from oils of plants and from a compound that soil bacteria
make, thrown into the air by the first drops.
`,
  },
  {
    title: 'Soil',
    name: 'soil',
    words: 'soil earth garden gardening compost worm dirt farm farming plant clay mud vegetable',
    text: `
A handful of good soil is about half solid matter and half holes, and the holes matter as much as the rest. Some are
filled with water and some with air, and roots need both. A boot or a heavy machine closes them in a moment, and it can
take years for worms and frost to open them again.

The solid part is mostly ground-up rock. Its grains are named by size:

| name | size of a grain | what it does |
|---|---|---|
| sand | up to 2 mm | drains quickly, holds little |
| silt | up to 0.06 mm | feels like flour, holds water well |
| clay | up to 0.002 mm | holds water and nutrients, sticks |

The last few percent are what was alive once, and they make the difference between dust and soil. Fungi and bacteria
take dead leaves apart and free the nitrogen and phosphorus in them. Their glues bind grains into crumbs that do not
wash away.

To feed a garden is therefore to feed what lives below it. Keep the ground covered, dig as little as you can, and give
back as compost what you took as harvest.
`,
  },
  {
    title: 'Stars',
    name: 'stars',
    words: 'star sun galaxy universe planet astronomy telescope night space constellation supernova mars',
    text: `
A star is a balance that lasts for millions or billions of years. Its own weight tries to crush it, and the heat of its
core pushes back. The heat comes from fusion: at about fifteen million degrees, in a star like our sun, hydrogen nuclei
join to make helium, and a little of their mass becomes energy.

The balance keeps itself. If the core cools, it shrinks, and shrinking heats it again. If it burns too fast, it swells,
and swelling cools it. That is why the sun has shone so steadily for four and a half billion years.

How a star ends depends on its mass. A small red one sips its fuel and outlives all others. One like the sun swells
into a red giant, sheds its outer layers and leaves a white ember the size of the earth. A star of more than about
eight suns goes on to fuse heavier elements, until iron stops it, for iron gives no energy back. Its core falls in
within a second, and the rest is flung into space.

The oxygen that we breathe and the iron in our blood were made in stars. The matter of all that is at hand is older
than the sun.
`,
  },
]
