import type { Passage } from './passage.ts'

export const MONEY_AND_WORK: readonly Passage[] = [
  {
    title: 'Ledgers',
    name: 'ledgers',
    words: 'ledger bookkeeping accounting account balance debit credit entry accountant money payment bank',
    text: `
Double-entry bookkeeping was in use among merchants of Italy by 1300, and has needed little repair since. Its idea is
that money never appears or vanishes. It moves, and so every movement is written twice: once where it comes from, and
once where it goes. The sum of all entries is always zero, and if it is not, somebody has made a mistake.

A customer who buys a book for 20 and pays 2 of tax with it leaves three lines behind:

| account | change |
|---|---|
| cash | +22 |
| sales | -20 |
| tax owed | -2 |

Nothing in a ledger is ever rubbed out. A wrong entry is answered by a second one that reverses it, and both stay. This
looks wasteful until somebody asks, a year later, how a balance came about. Then the history is the whole value.

A balance is only a sum. It may be kept on the side for speed, but the entries are the truth, and the two should be
compared often.

The same form serves for anything that must not get lost: stock in a warehouse, seats in a theatre, credits of a user.
Where a program has a number that it adds to and takes from, a ledger is usually hiding in it.
`,
  },
  {
    title: 'Compound interest',
    name: 'compound interest',
    words:
      'interest compound invest investing investment saving loan mortgage inflation growth rate finance retirement',
    text: `
Interest that is left in place earns interest of its own. For a few years the difference is hardly worth a thought, and
then it is most of the sum. A thousand at five percent becomes 1,050 after one year. After ten it is 1,629, after
thirty 4,322, and after fifty 11,467. Simple interest would have reached 3,500 in that time.

There is a rule of thumb for it. Divide 72 by the rate, and you have the years in which a sum doubles: at 3 percent, 24
years; at 8, nine. It works because it is close to the exact formula for all rates that one is likely to meet:

\`\`\`js
const yearsToDouble = (percent) => Math.log(2) / Math.log(1 + percent / 100)
yearsToDouble(8) // 9.006
\`\`\`

The same sum runs against those who owe. A debt at eighteen percent doubles in little more than four years, and a fee
of one percent that looks small beside a yield of five takes a fifth of it, every year.

Two lessons follow. Time does more than cleverness, so begin early. And compare what is left after fees and rising
prices, because only that can be spent.
`,
  },
  {
    title: 'Prices',
    name: 'prices',
    words: 'price pricing cost market demand supply sell buy shop customer economy economics business startup company',
    text: `
A price carries a message that nobody had to write. When frost destroys half of the coffee harvest, the price goes up,
and millions of people who have heard nothing of the frost drink a little less, while growers elsewhere plant a little
more. No office could have sent out so many fitting instructions.

The message is not always true. A price leaves out what falls on others, such as smoke or noise, unless a tax puts it
in. It counts a wish only as far as there is money behind it. And where there is one seller, it says more about the
seller than about the goods.

Whoever has to set a price starts best from three numbers. The cost is the floor. What the customer gains is the
ceiling. What others ask for something similar decides where between the two it comes to rest. Many sellers know the
first number to the cent and have never asked about the second.

It also pays to be plain. A price that takes a calculator to understand costs trust, and people who feel tricked once
look elsewhere the next time. If there are extra charges, say so before the customer has decided.
`,
  },
  {
    title: 'Insurance',
    name: 'insurance',
    words: 'insurance insure risk premium accident policy danger safety disaster claim law',
    text: `
Insurance trades a small certain loss for a large uncertain one. If one house in a thousand burns down each year, no
owner can say whose it will be. A company that insures a hundred thousand houses can say with confidence that it will
be about a hundred. What is luck for one is arithmetic for many.

That only works under some conditions. The losses must not all come at once, which is why floods and wars are hard to
insure. They must be beyond the control of the insured, or at least not worth causing. And the insurer must be able to
tell good risks from bad ones, because otherwise the careful leave and the careless stay.

The premium has to cover all losses and the running of the company too, and so, on average, the insured pay more than
they get back. It is still a good bargain where a loss would ruin you, and a poor one where it would merely annoy you.

From this follows a rule that saves a good deal of money. Insure the house, the liability and the income of those on
whom others depend. Leave the telephone, the suitcase and the washing machine uninsured, and keep a little aside for
the day on which one of them breaks.
`,
  },
  {
    title: 'Checklists',
    name: 'checklists',
    words: 'checklist planning project task productivity habit manage management team meeting deadline',
    text: `
In 1935 a new bomber crashed on a demonstration flight because its crew had forgotten to release a lock on the
controls. The aeroplane was not too hard to fly. It had too many steps to remember. Its pilots made a checklist, a card
for each stage of the flight, and the type went on to fly for many years.

A checklist does not teach anybody anything. It is for people who know their work, and who will leave out a step one
day because the telephone rang. So it should be short enough to be used, and should name what is easily forgotten and
hard to put right.

Good ones have a few things in common:

- They fit on one page, and each has five to nine items.
- They are tied to a moment, such as "before the door is closed".
- They say whether one reads and then does, or does and then checks.
- They are changed whenever something slips through.

In hospitals, a list of nineteen points, read aloud before and after an operation, has prevented many deaths. Part of
the effect came from the line at which everybody in the room says a name. People who have spoken once speak up more
easily.
`,
  },
]
