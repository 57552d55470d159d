import type { Passage } from './passage.ts'

export const MADE_THINGS: readonly Passage[] = [
  {
    title: 'Bridges',
    name: 'bridges',
    words: 'bridge arch engineer engineering span steel concrete building architecture suspension construction',
    text: `
Every bridge has one task, to bring a load from the middle of a gap to its sides. There are only a few ways to do it,
and they differ in which forces the material has to bear.

A beam bends. Its upper side is pressed together and its lower side is pulled apart, and so it needs a material that
can stand both. An arch turns the load outwards along a curve, and every stone in it is only pressed. That is why
arches of dry stone still carry traffic after two thousand years. A suspension bridge is an arch turned over: its
cables are only pulled, and steel wire is better at that than at anything else.

The choice follows from the span:

| kind | usual span | main force |
|---|---|---|
| beam | up to 250 m | bending |
| arch | up to 500 m | pressure |
| cables to a tower | up to 1,100 m | tension |
| suspension | up to 2,000 m | tension |

A bridge must also be allowed to move. It grows in the summer and shrinks in the winter, and the steel combs in the
road at its ends are there to let it breathe. What does not bend a little, breaks.
`,
  },
  {
    title: 'Glass',
    name: 'glass',
    words: 'glass window sand bottle lens mirror transparent pane crystal material',
    text: `
Sand melts at about seventeen hundred degrees. If the melt cools, its atoms would like to line up as crystals, but they
move too slowly to find their places and are caught in disorder. The result is a solid with the structure of a liquid:
glass.

Two additions make it practical. Soda lowers the melting point by hundreds of degrees. Alone it would give a glass that
dissolves in water, and so lime is added to hold it fast. Most windows and bottles have been made of these three things
since Roman times.

It is clear because it has nothing for visible light to act on. Its electrons can only take up larger portions of
energy, such as those of ultraviolet light, and there are no borders between crystals at which light would scatter.

Glass is strong and breaks easily, which is less of a riddle than it sounds. Pulled without a flaw, a fibre of glass is
stronger than steel. But any scratch gathers the force at its tip, and nothing inside can give way to blunt it.
Toughened glass is cooled so that its skin is under pressure, and a scratch is pressed shut before it can run.

Old windows are not thicker at the bottom because they flowed. They were uneven from the day they were made.
`,
  },
  {
    title: 'Clocks',
    name: 'clocks',
    words: 'clock watch pendulum quartz timekeeping clockwork longitude',
    text: `
Any clock has two parts: something that repeats itself evenly, and something that counts the repeats. The history of
clocks is the search for better repeats.

A pendulum was the first good one. Its swing depends on its length and hardly on how far it swings, and so it stays
even while its drive grows weak. Within a generation of 1656, when the first were built, the error of a clock fell from
a quarter of an hour a day to some seconds.

A pendulum is of no use on a ship, and ships needed clocks most. Whoever knows the time at home and sees the sun at its
highest knows how far east or west the ship is, and an error of four minutes is an error of one degree. John Harrison
solved this in the eighteenth century with a large watch whose balance wheel and spring made up for heat and cold.

Today the repeats come from matter itself. A quartz crystal in a wristwatch bends to and fro 32,768 times a second. In
an atomic clock it is caesium: since 1967, a second has been 9,192,631,770 periods of the radiation of that atom. The
best clocks now would be wrong by less than a second after billions of years.
`,
  },
  {
    title: 'Bicycles',
    name: 'bicycles',
    words: 'bicycle bike cycling wheel gear pedal ride tyre balance sport car machine',
    text: `
A person on a bicycle uses less energy for each kilometre than any walking animal and almost any machine. The reason is
that nothing is lifted. Walkers raise their bodies a little with every step and get nothing back, while a rider sits
still and only turns the pedals.

The remaining enemies are air, slope and tyres. On the flat at an easy pace, air takes more than half of the effort.
Because its drag grows with the square of the speed, to ride twice as fast takes about eight times the power. This is
why riders in a race hide behind each other, and why a headwind feels so unfair.

Gears exist because legs are choosy. They like to turn about eighty times in a minute, and the gears translate that
into any speed and any hill. The sum is short:

\`\`\`js
// How far one turn of the pedals goes, in metres.
const distance = (chainring, sprocket, wheel) => (chainring / sprocket) * Math.PI * wheel
distance(50, 25, 0.68) // 4.27
\`\`\`

A moving bicycle stays up mainly because it is steered. Whenever it leans, the front wheel turns to that side and
brings the wheels back under the weight. At walking pace that takes skill, and it gets easier with speed.
`,
  },
  {
    title: 'Paper',
    name: 'paper',
    words: 'paper book print printing printer gutenberg library ink newspaper press publish',
    text: `
Paper is a felt of plant fibres. They are soaked, beaten and stirred into so much water that hardly any of the soup is
solid. Poured over a fine sieve, the water runs away and the fibres settle across each other. As the sheet dries, they
bind where they touch, without any glue.

It was made in China some two thousand years ago, from bark and rags and old nets. The art travelled west slowly, by
Samarkand and Baghdad to Spain, and took about a thousand years for the journey. Until the nineteenth century, Europe
made its paper from worn linen, and collectors of rags were an important trade. Then wood took over, and paper became
cheap enough to throw away.

Printing with movable type could only succeed because paper was already there. A large Bible took the skins of some
hundred and seventy calves when it was made of parchment. Gutenberg printed some of his that way, but most of them on
paper, and only that could bring the price of books down.

Paper has outlived many announcements of its end. It needs no power, can be read after five hundred years, and can be
folded seven times. Much of what we store today will be harder to read in fifty.
`,
  },
  {
    title: 'Locks',
    name: 'locks',
    words: 'lock key door safe burglar pin burglary house home security',
    text: `
The lock in most front doors is a small cylinder that wants to turn and is held by pins. Each pin is cut in two, and a
spring pushes the pair across the gap between the cylinder and its shell. The right key lifts every pair just so far
that the cuts lie exactly in the gap. Then nothing is in the way, and the cylinder turns.

With five pins and ten heights for each, there are a hundred thousand keys in theory. In practice there are fewer,
because neighbouring cuts must not differ too much, and because all parts are a little inexact.

That inexactness is what a picker lives on. If the cylinder is turned gently without a key, one pin binds before the
others. It can be felt, lifted and set, and then the next one binds. A problem of a hundred thousand combinations
becomes five small problems, one after another. The same thing happens to a password check that tells at which letter
it failed.

Better locks add false notches, a second row of pins or rotating discs. None of them makes a door safe by itself. A
lock buys time and leaves traces, and both are worth something as long as somebody is likely to come by.
`,
  },
]
