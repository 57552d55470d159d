import type { Passage } from './passage.ts'

export const KITCHEN: readonly Passage[] = [
  {
    title: 'Bread',
    name: 'bread',
    words: 'bread dough flour yeast sourdough sour loaf bake baking baker gluten pizza',
    text: `
Bread needs four things: flour, water, salt and time. When flour meets water, two of its proteins join into gluten, a
web that can stretch without tearing. Yeast eats the sugars in the dough and gives off carbon dioxide. The web holds
the gas, and the dough rises.

Sour bread adds a second party to the work. In a sourdough culture, wild yeasts live beside bacteria that make lactic
and acetic acid. The acids give the taste, and they also keep mould away for a few days. A warm culture leans towards
the mild lactic kind, a cool one towards the sharper acetic kind.

A first loaf takes most of a day, though little of it is work:

1. Mix 500 g of flour, 350 g of water, 10 g of salt and 100 g of lively starter.
2. Fold the dough over itself four times in the first two hours.
3. Let it grow by half, then shape it and leave it in the refrigerator for a night.
4. Bake it for about 40 minutes in a very hot oven, the first half under a lid.

Let the loaf cool before you cut it. The crumb is still setting, and a hot loaf turns gummy under the knife.
`,
  },
  {
    title: 'Salt',
    name: 'salt',
    words: 'salt salty sodium brine seasoning season pickle',
    text: `
Salt is sodium and chlorine, locked together in small cubes. The sea holds about 35 grams of it in every litre, washed
out of rocks by rain over a very long time. Where old seas dried up, they left beds of rock salt that are mined today.

For most of history, salt mattered less as a taste than as a way to keep food through the winter. It draws water out of
meat and fish, and the microbes that would spoil them cannot live without that water. Towns grew rich on it, and
governments found that a thing which everybody needs is easy to tax.

In the kitchen it does more than make food salty. It dampens bitterness, which is why a pinch helps grapefruit and
coffee. It firms the gluten of bread. It seasons meat best when it goes on early, because it needs hours to travel
inwards.

A few habits are worth having:

- Weigh it when you can, since a spoon of fine salt holds far more than a spoon of flakes.
- Salt the water of pasta well, because the pasta has no second chance.
- Taste near the end, and add the last pinch then.
`,
  },
  {
    title: 'Tea',
    name: 'tea',
    words: 'tea teapot brew infusion oolong matcha kettle caffeine',
    text: `
Green, black, white and oolong tea all come from one plant, *Camellia sinensis*. What sets them apart is what happens
after the leaves are picked. Bruised leaves brown in the air as a cut apple does. Heat stops the browning at once, and
so the maker chooses how far it goes.

Strength comes from three things that can be traded against each other: how much leaf, how hot the water, how long the
wait. Hot water pulls out caffeine and bitter tannins quickly. Cooler water is slower and gentler, and leaves more room
for sweetness.

These are good places to start, for one large cup:

| tea | water | time |
|---|---|---|
| green | 75 degrees | 2 minutes |
| oolong | 90 degrees | 3 minutes |
| black | just off the boil | 4 minutes |

If the cup is bitter, change the time before you change the leaf. If it is thin, use more leaf and not more time, for a
long wait brings out bitterness sooner than body. Good oolong can be brewed five times or more, and many people like
the second cup best.
`,
  },
  {
    title: 'Coffee',
    name: 'coffee',
    words: 'coffee espresso roast roasting barista grind bean cappuccino',
    text: `
A coffee bean is the seed of a fruit that looks like a small cherry. Raw, it is green, hard and almost without taste.
Roasting does the rest: in about ten minutes, sugars and proteins in the seed react and make hundreds of new compounds,
and the bean swells, cracks and turns brown.

Brewing is the art of taking some of those compounds and leaving others. The sour ones dissolve first, then the sweet
ones, then the bitter ones. Coffee that tastes sharp and thin was stopped too soon. Coffee that tastes harsh and dry
went on for too long.

The grind is the main control, because water can only reach the surface of a grain. Fine grounds have much more surface
than coarse ones and give up their contents in half a minute, which is what espresso needs. A French press takes four
minutes and wants grains as coarse as rough sand.

Change one thing at a time and write it down. A scale helps more than a costly machine: sixty grams of coffee for a
litre of water is a fair beginning, and the rest is a matter of taste.
`,
  },
  {
    title: 'Cheese',
    name: 'cheese',
    words: 'cheese milk cheddar rennet dairy curd rind butter yogurt',
    text: `
Cheese is milk that has been persuaded to keep. Fresh milk spoils in days, while a hard cheese lasts for years, and the
difference is mostly water. Every step of the work removes some of it, or makes what is left less welcoming to the
wrong microbes.

First, bacteria turn the sugar of the milk into acid. Then rennet, an enzyme from the stomach of calves or from moulds,
cuts the protein that keeps the milk liquid. The milk sets into a soft jelly. Cut into cubes and warmed, the jelly
shrinks and lets go of its whey. What remains is curd.

From there the roads part. Press the curd lightly and eat it young, and you have a fresh cheese. Cut it fine, cook it
and press it hard, and you have the start of a wheel that can age in a cellar. Let a white mould grow on its skin, and
the cheese ripens from the outside in.

Age brings taste because proteins and fats keep breaking into smaller parts. The crunchy specks in an old hard cheese
are crystals of an amino acid, and a good sign.
`,
  },
]
