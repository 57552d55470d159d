import { expect, it } from 'vitest'
import { z } from 'zod'
import { collection, insert, remove, replace, requireVersion } from '../store/index.ts'
import { type Also, holderOf, openCredits } from './index.ts'
import { give, newKey, openLedger, type TestLedger, units } from './testing/open-ledger.ts'
import { replacing } from './testing/planted.ts'

const ada = holderOf('ada')
const schema = z.object({ text: z.string() })
const notes = collection({ name: 'notes', schema })
const others = collection({ name: 'others', schema })

/** The riders of two commands that come at once, and the commits that these take. Note `a` and note `b` are there. */
const pairs: readonly (readonly [string, number, Also, Also])[] = [
  ['make documents without an id', 1, { writes: [insert(notes, text('x'))] }, { writes: [insert(notes, text('x'))] }],
  ['write different documents', 1, { writes: [rewrite('a')] }, { writes: [rewrite('b')] }],
  ['write one id of two collections', 1, { writes: [add('c')] }, { writes: [insert(others, { id: 'c', text: '' })] }],
  ['require the same document', 1, { requires: [require('a')] }, { requires: [require('a')] }],
  ['write the same document', 2, { writes: [rewrite('a')] }, { writes: [rewrite('a')] }],
  ['make the same document', 2, { writes: [add('c')] }, { writes: [add('c')] }],
  [
    'write and remove the same document',
    2,
    { writes: [rewrite('a')] },
    { writes: [remove(notes, 'a', { ifVersion: 1 })] },
  ],
  ['write what the other requires', 2, { requires: [require('a')] }, { writes: [rewrite('a')] }],
  ['require what the other writes', 2, { writes: [rewrite('a')] }, { requires: [require('a')] }],
  [
    'touch the same document among others',
    2,
    { writes: [rewrite('b'), rewrite('a')] },
    { writes: [add('c'), rewrite('a')] },
  ],
]

it.each(pairs)('commands whose riders %s take %i commits', async (_, expected, first, second) => {
  await using ledger = await openLedger([notes, others])
  await give(ledger.credits, ada, 10)
  await ledger.store.commit({ writes: [add('a'), add('b')] })
  const { credits, commits } = counting(ledger)
  await Promise.allSettled(
    [first, second].map((also) => credits.spend({ holder: ada, amount: units(1), key: newKey(), also })),
  )
  expect(commits).toHaveLength(expected)
  expect(commits[0]).toBe('done')
})

const bought = (key: string, payment: string) => ({ key, source: { kind: 'purchase', payment } }) as const

it.each([
  ['the key of one before it waits for that', [bought('k', 'pi_1'), bought('k', 'pi_1')], ['done', 'refused']],
  ['the payment of one before it waits for that', [bought('a', 'pi_1'), bought('b', 'pi_1')], ['done', 'refused']],
  ['its own key and payment waits for none', [bought('a', 'pi_1'), bought('b', 'pi_2')], ['done']],
] as const)('a command with %s', async (_, commands, expected) => {
  await using ledger = await openLedger()
  const { credits, commits } = counting(ledger)
  await Promise.allSettled(commands.map((command) => credits.grant({ holder: ada, amount: units(1), ...command })))
  expect(commits).toEqual(expected)
})

/** Another ledger on the same store, and what became of each of its commits. */
function counting({ store, clock }: TestLedger) {
  const commits: ('done' | 'refused')[] = []
  const counted = replacing(store, {
    async commit(commit) {
      const index = commits.push('refused') - 1
      const committed = await store.commit(commit)
      commits[index] = 'done'
      return committed
    },
  })
  return { credits: openCredits({ store: counted, clock }), commits }
}

function text(value: string) {
  return { text: value }
}
function add(id: string) {
  return insert(notes, { id, text: '' })
}
function rewrite(id: string) {
  return replace(notes, id, text('new'), { ifVersion: 1 })
}
function require(id: string) {
  return requireVersion(notes, id, 1)
}
