import type { Passage } from './passage.ts'

export const COMPUTING: readonly Passage[] = [
  {
    title: 'Sockets',
    name: 'sockets',
    words: 'socket websocket connection network tcp internet http server client protocol packet browser web realtime',
    text: `
A socket is one end of a conversation between two programs. What goes in at one end comes out at the other, in order
and without gaps, as long as the connection lives. Below it there is nothing of the kind. The network carries packets,
and it may lose them, repeat them or deliver them in the wrong order. TCP numbers the bytes, asks again for what is
missing, and keeps up the illusion of a pipe.

The illusion has three leaks that every program has to know about:

- **Silence is ambiguous.** A peer that says nothing may be thinking, or its cable may be cut.
- **Sent is not received.** A write that succeeds has reached a buffer of your own machine.
- **Messages have no borders.** Two writes may arrive as one read, and one write as two.

The usual answers are old and dependable. Send a small sign of life now and then, and close what does not answer. Let
the other side confirm what it has handled, by number. Put a length before each message, or a mark after it.

A WebSocket does the last of these for you, over the same kind of connection that pages come by. The other two remain
yours.
`,
  },
  {
    title: 'Queues',
    name: 'queues',
    words: 'queue waiting wait worker backpressure backlog throughput latency message broker kafka supermarket',
    text: `
A queue forms when work arrives unevenly, even if there is enough capacity on average. While nothing arrives, the
server is idle, and idle time cannot be saved for later. When three come at once, two have to wait. The busier the
server, the rarer the pauses in which it could catch up.

The effect is stronger than most people expect. In the simplest model, the mean wait grows with the share of time in
which the server is busy, like this:

| busy | mean wait, in jobs |
|---|---|
| 50% | 1 |
| 80% | 4 |
| 90% | 9 |
| 99% | 99 |

So a machine that is used to the full is a machine with an endless queue. Some idleness is the price of speed.

Little's law ties the rest together: the number in the system is the rate of arrival times the time that each spends
there. It holds for shops, for roads and for databases, whatever the order of service.

In a program, give every queue a limit and decide beforehand what happens at the limit. Turn work away, slow the sender
down, or drop what is oldest. A queue without a limit makes the decision too, late and by running out of memory.
`,
  },
  {
    title: 'Encryption',
    name: 'encryption',
    words: 'encryption encrypt cipher cryptography secret password aes decrypt privacy tls certificate hash spy',
    text: `
A good cipher has nothing secret but its key. Everybody may know how it works, and the more people have tried to break
it in public, the better. That rule is from 1883. It is still broken by people who believe that a method nobody knows
must be a safe one.

With one shared key, encryption is fast and, done well, as good as solved. The hard part was always to share the key.
Since the 1970s there has been a way round it, with two keys that belong together: what is locked with the public one
can only be opened with the private one. It is slow, and so it is used to agree on a shared key, and then the fast
cipher takes over.

Hiding a text is only half of the task. The receiver must also notice when somebody has changed it. Modern ciphers do
both in one step:

\`\`\`js
import { createCipheriv, randomBytes } from 'node:crypto'
const nonce = randomBytes(12) // never twice with the same key
const cipher = createCipheriv('aes-256-gcm', key, nonce)
const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
\`\`\`

Most failures lie elsewhere: in a nonce that was used twice, in a key that was left in a log, in a person who was asked
politely.
`,
  },
  {
    title: 'Transactions',
    name: 'transactions',
    words: 'transaction database sql sqlite postgres atomic commit rollback acid query mongodb',
    text: `
A transaction is a promise that several changes happen together or not at all. To move money from one account to
another takes two updates. If the power fails between them, the database must come back with both or with neither, and
nobody may ever see the state in between.

In SQL it is written like this:

\`\`\`sql
BEGIN;
UPDATE accounts SET balance = balance - 25 WHERE id = 'ann' AND balance >= 25;
UPDATE accounts SET balance = balance + 25 WHERE id = 'ben';
COMMIT;
\`\`\`

The program still has to look at how many rows the first line changed. If it was none, Ann had too little, and the
right end is a rollback.

Most databases keep the promise by writing down what they are about to do before they do it. After a crash, they read
that log and finish what was committed, and forget the rest.

Several transactions at once are the harder half. The strictest level makes them behave as if they had run one after
another, and costs some speed. Weaker levels are faster and allow certain surprises, such as a sum that changes while
you are adding it up. It is worth knowing which level you have, because the default is seldom the strictest.
`,
  },
  {
    title: 'Caches',
    name: 'caches',
    words: 'cache caching fast speed performance slow optimize stale ttl cdn computer processor cpu',
    text: `
A cache keeps a copy of something close at hand, because the original is far away or was laborious to make. A desk is a
cache for a shelf, and a shelf for a library. It works because people and programs tend to want the same things again,
and soon.

What it gains depends on how often the answer is found there. Suppose that a look into the cache takes one millisecond
and the long way takes a hundred. With nine hits in ten, the mean is eleven milliseconds. With ninety-nine in a
hundred, it is two. The last few hits are worth more than the first ones.

The price is that a copy can be out of date. There are only three honest ways to deal with it:

1. Say how old a copy may be, and throw it away when it is older.
2. Tell every copy when the original changes, and know what happens if the message is lost.
3. Give each version a name of its own, so that a copy never changes.

The third is the best where it can be had. Files whose name holds a hash of their content can be kept for ever.

Before adding a cache, measure. It is often easier to make the original fast, and then there is nothing to go stale.
`,
  },
  {
    title: 'Characters on a screen',
    name: 'characters on a screen',
    words: 'emoji character unicode utf ascii byte encoding font keyboard surrogate',
    text: `
The salt shaker 🧂 is one character to the reader, two units in JavaScript, and four bytes in UTF-8. The astronaut 🧑‍🚀
is one character as well, and is made of three: a person, an invisible joiner, and a rocket. Programs that count or cut
text have to know which of these they mean.

Unicode gives each character a number, and encodings say how that number is written in bytes. UTF-8 uses one byte for
the letters of English, two for most of Europe and the Middle East, three for most of Asia, and four for the rest. Old
texts in plain ASCII are already valid UTF-8, which is a large part of why it won.

Counting is best left to the language:

\`\`\`js
'🧑‍🚀'.length // 5
[...'🧑‍🚀'].length // 3
[...new Intl.Segmenter().segment('🧑‍🚀')].length // 1
\`\`\`

Cutting is where things break. A text that is cut between two units of one character ends in half a character, and a
stream that is cut between bytes begins with one. Decoders that work on streams keep the odd bytes until the rest
arrives. If you ever see a black diamond with a question mark in it, somebody did not wait.
`,
  },
  {
    title: 'Testing',
    name: 'testing',
    words:
      'test testing bug debug debugging quality regression review programming programmer developer software code typescript javascript python',
    text: `
A test is a claim about a program that a machine can check. Its worth lies in the day on which it fails, and so the
first question about any test is what mistake would make it fail. If there is no answer, the test is decoration.

It helps to see it fail once. Break the program on purpose, run the test, and look at what it says. A good message
names what was promised and what happened instead, and the reader needs no debugger to go on.

Tests that look at results outlive tests that look at the way there. If a test knows which functions call each other,
it will stop every improvement, and will catch few faults. If it knows only what was asked and what came back, the
inside can be rebuilt under it.

Examples find the mistakes that you thought of. For the others, state a rule and let the machine look for a
counterexample: what is written and read again is the same; no order of deposits changes the sum; a list that is sorted
twice is no different. Such rules take longer to find, and they teach you what the program is for.

And when a fault slips through, the first thing to write is the test that would have caught it.
`,
  },
]
