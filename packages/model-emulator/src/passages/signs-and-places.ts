import type { Passage } from './passage.ts'

export const SIGNS_AND_PLACES: readonly Passage[] = [
  {
    title: 'Capital cities',
    name: 'capital cities',
    words: 'capital city france paris country london berlin europe town government nation population',
    text: `
The capital of France is Paris, and nobody would guess otherwise: it is the largest city, the centre of the railways
and the home of most of what is decided. Many countries are not built in that way. The capital of Australia is
Canberra, that of Turkey is Ankara, and that of Brazil is Brasilia, although each has larger and more famous cities.

There is usually a story behind it. Canberra was planned because Sydney and Melbourne would not give way to each other.
Brasilia was built in the late 1950s to draw people into the empty middle of the country. Washington was placed between
the northern and the southern states, on land that belonged to none of them.

Some countries share the honour out. South Africa has three capitals, for government, parliament and the court of
appeal. In the Netherlands, Amsterdam is the capital by law, while the government sits in The Hague.

A capital that was chosen tends to be orderly, green and a little quiet. One that grew is none of these. Visitors
mostly prefer the second kind, and those who work in offices are divided.
`,
  },
  {
    title: 'Roman roads',
    name: 'Roman roads',
    words: 'rome roman road empire italy caesar ancient history street travel war king greek egypt',
    text: `
Rome was not built by one person, whatever the legend says of Romulus. It grew out of villages on hills beside a ford
of the Tiber. What made it more than a town was, for a good part, the habit of building roads.

A main road was dug out, filled with layers of stone and gravel, and raised in the middle so that rain ran off. It went
straight wherever it could, across swamps on piles and through hills in cuttings, because surveyors with simple sights
set it out from one high point to the next. In the end there were more than eighty thousand kilometres of such roads.

They were built for soldiers, and everybody else came after. A legion could march thirty kilometres in a day and know
where it would sleep. The post of the emperors changed horses at fixed stations and could bring an urgent letter three
times as far. Goods of any weight still went by ship, which was many times cheaper.

Milestones told the distance, and often who had paid for the repairs. Many lines are in use today: where a country road
in England or France runs for miles without a bend, it is worth asking who drew it.
`,
  },
  {
    title: 'Maps',
    name: 'maps',
    words: 'map globe projection mercator geography cartography atlas gps continent scale route world',
    text: `
No flat map of the earth is right. A sphere cannot be laid flat without being stretched or torn, as everybody knows who
has tried to flatten the peel of an orange. A map maker can only choose what to keep and what to spoil.

The best known choice is Mercator's of 1569. It keeps angles, so that a straight line on the map is a steady course of
the compass. For sailors that was worth everything. The price is size: the further from the equator, the more is
swollen. Greenland looks as large as Africa, which is in truth fourteen times larger.

Other maps keep areas and bend the shapes, and yet others spread the error so that nothing is quite right and nothing
very wrong. None of this is deceit, as long as the map is used for what it keeps.

Before you trust a map, ask it three things:

- What was it made for?
- What does it leave out?
- When was it true?

The second is the most useful. A map that showed everything would be as large as the country, and no help to anyone.
Even the thinnest blue line is somebody's opinion on what counts as a river.
`,
  },
  {
    title: 'Time zones',
    name: 'time zones',
    words: 'zone timezone utc daylight saving midnight noon timestamp calendar',
    text: `
Until the railways came, every town had its own noon. That hurt nobody, because no one could travel fast enough to
notice. A timetable with forty local times was another matter, and so, in 1884, twenty-five countries met and agreed on
the meridian from which the zones of today are counted.

A zone is a political thing. China spans five by its width and uses one. India is half an hour off the round hour, and
Nepal three quarters. Governments move their zones, start and stop summer time, and sometimes give a few days' notice.
So a zone is not a number. It is a history of numbers, and computers keep it in a database under names such as
\`Europe/Paris\`.

For programs, most of the trouble is avoided by a few rules:

- Store moments that have happened in UTC.
- Store appointments in the future as local time with the name of the zone, because its rule may change.
- Never add 24 hours when you mean "tomorrow", for some days have 23 or 25.
- Show a time in the zone of the reader, and say which one it is.

And once a year, on a night in autumn, many countries live through one hour twice.
`,
  },
  {
    title: 'Letters',
    name: 'letters and the post',
    words: 'letter post mail postage stamp envelope email correspondence postman',
    text: `
For a long time, the one who received a letter paid for it, by distance and by the number of sheets. People wrote
across the page and then again at right angles, to save a sheet. Others hid a message in the address, looked at it, and
refused the letter. In 1840, Britain tried something else: one low price for the whole country, paid beforehand, with a
small black stamp as the receipt. The number of letters doubled within a year.

A good letter has hardly changed since. It has one reader, and is written for that reader alone. It says early why it
was written. It tells something that could not be said to anyone else, asks at least one question, and ends before it
is tired.

It may also arrive late, twice or not at all, and people found ways to live with that long before computers did. They
numbered their letters, so that a gap would show. They repeated what mattered in the next one. They answered a letter
by naming its date, so that both sides knew which had arrived.

Whoever designs a protocol between machines invents these habits again, one by one, and gives them longer names.
`,
  },
  {
    title: 'Alphabets and other scripts',
    name: 'alphabets and other scripts',
    words: 'alphabet script language kanji chinese japanese arabic spelling grammar 鬱 漢字',
    text: `
The character 鬱 means gloom, and takes twenty-nine strokes to write. Most people who read Japanese know it by sight,
few can write it from memory, and hardly anyone regrets that. A script has to be read far more often than it is
written.

Scripts differ in what one sign stands for. In Chinese it is a syllable with a meaning. In Japanese kana it is a
syllable without one. In an alphabet it is a sound, more or less, and Arabic and Hebrew leave out most of the vowels,
which a reader can supply.

Each choice has its price:

| script | signs to learn | what it is good at |
|---|---|---|
| Chinese | some 3,000 | short texts, one script for many languages |
| kana | 46, twice | quick to learn, easy to say aloud |
| Latin | 26 | quick to learn, fits many languages badly |
| Hangul | 24 | signs that show how the mouth forms them |

Writing was invented from nothing only a few times, in Mesopotamia, in China and in Central America, and perhaps in
Egypt. All other scripts were borrowed, or were made by people who had seen that it can be done. That idea travelled
faster than any of the signs.
`,
  },
]
