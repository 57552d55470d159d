import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { collection, insert, replace, requireVersion } from '../store/index.ts'
import { type Also, type Hold, holderOf, openCredits } from './index.ts'
import { give, newKey, openLedger, sums, type TestLedger, units } from './testing/open-ledger.ts'

const ada = holderOf('ada')

describe('a key', () => {
  it('moves credits once: a replay of each command returns its first result', async () => {
    await using ledger = await openLedger()
    const { credits, clock } = ledger
    const grantIt = () => credits.grant({ holder: ada, amount: units(100), key: 'g', source: { kind: 'manual' } })
    const given = await grantIt()
    const reserve = () => credits.reserve({ holder: ada, max: units(10), key: 'r', ttl: '15m' })
    const hold = await reserve()
    const moves: readonly (() => Promise<unknown>)[] = [
      async () => view(await reserve()),
      async () => result(await hold.spend(units(2), { key: 's' })),
      async () => result(await hold.extend({ more: units(3), key: 'e' })),
      async () => result(await hold.settle(units(9), { key: 's' })),
      () => credits.spend({ holder: ada, amount: units(5), key: 'd' }),
      () => credits.reverse({ grant: given.grant, amount: units(20), key: 'v', reason: 'refund' }),
    ]
    const first = []
    for (const move of moves) first.push(await move())
    const before = await credits.balance(ada)
    clock.advance('1h')
    for (const [index, move] of moves.entries()) expect(await move()).toEqual(first[index])
    expect(await grantIt()).toEqual({ ...given, replayed: true })
    expect(await credits.balance(ada)).toEqual(before)
  })

  it('gives the first hold again when the credits have since run out', async () => {
    await using ledger = await openLedger()
    const { credits } = ledger
    await give(credits, ada, 10)
    const reserve = () => credits.reserve({ holder: ada, max: units(10), key: 'r', ttl: '15m' })
    const hold = await reserve()
    await hold.settle(units(10), { key: 's' })
    expect((await reserve()).id).toBe(hold.id)
  })

  it('is one for callers at the same moment', async () => {
    await using ledger = await openLedger()
    const { credits } = ledger
    await give(credits, ada, 100)
    const holds = await Promise.all(
      Array.from({ length: 20 }, () => credits.reserve({ holder: ada, max: units(10), key: 'r', ttl: '15m' })),
    )
    expect(new Set(holds.map(({ id }) => id)).size).toBe(1)
    expect(await sums(credits, ada)).toEqual({ available: 90, held: 10, debt: 0 })
  })

  it('with other input is a conflict, also when the command would be refused', async () => {
    await using ledger = await openLedger()
    const { credits } = ledger
    await give(credits, ada, 10)
    const reserve = (max: number) => credits.reserve({ holder: ada, max: units(max), key: 'r', ttl: '15m' })
    await reserve(5)
    const conflict = { code: 'idempotency_conflict', details: { operation: 'reserve', key: 'r' } }
    await expect(reserve(4)).rejects.toMatchObject(conflict)
    await expect(reserve(500)).rejects.toMatchObject(conflict)
  })

  it('belongs to its holder and its operation', async () => {
    await using ledger = await openLedger()
    const { credits } = ledger
    for (const holder of [ada, holderOf('grace')])
      await credits.grant({ holder, amount: units(10), key: 'same', source: { kind: 'manual' } })
    const hold = await credits.reserve({ holder: ada, max: units(5), key: 'same', ttl: '15m' })
    await hold.settle(units(5), { key: 'same' })
    expect(await sums(credits, ada)).toEqual({ available: 5, held: 0, debt: 0 })
    expect(await sums(credits, holderOf('grace'))).toEqual({ available: 10, held: 0, debt: 0 })
  })

  it('of a refused command is not used up', async () => {
    await using ledger = await openLedger()
    const { credits } = ledger
    const reserve = () => credits.reserve({ holder: ada, max: units(5), key: 'r', ttl: '15m' })
    await expect(reserve()).rejects.toMatchObject({ code: 'out_of_credits' })
    await give(credits, ada, 10)
    expect((await reserve()).max).toBe(5)
  })
})

describe('a replay', () => {
  /** One of each command, made once with a fence that holds; run again with `also` it is a replay. */
  async function commands({ credits }: TestLedger) {
    const source = { kind: 'manual' } as const
    const { grant } = await credits.grant({ holder: ada, amount: units(100), key: newKey(), source })
    await credits.reverse({ grant, amount: units(10), key: newKey(), reason: 'refund' })
    const reserve = (key: string, also: Also = {}) =>
      credits.reserve({ holder: ada, max: units(5), key, ttl: '15m', also })
    const open = await reserve(newKey())
    const settled = await reserve(newKey())
    const released = await reserve(newKey())
    const reversal = { grant, amount: units(2), key: 'k', reason: 'refund' } as const
    const all: Record<string, (also: Also) => Promise<unknown>> = {
      grant: async (also) => {
        const given = await credits.grant({ holder: ada, amount: units(1), key: 'k', source, also })
        return given.entry
      },
      reserve: async (also) => view(await reserve('k', also)),
      spend: (also) => credits.spend({ holder: ada, amount: units(1), key: 'k', also }),
      reverse: (also) => credits.reverse({ ...reversal, also }),
      restore: (also) => credits.restore({ ...reversal, also }),
      correct: async (also) => {
        const corrected = await credits.correct({ holder: ada, amount: units(-1), key: 'k', reason: 'r', also })
        return corrected.entry
      },
      'spend of a hold': async (also) => result(await open.spend(units(1), { key: 'h', also })),
      extend: async (also) => result(await open.extend({ more: units(1), key: 'h', also })),
      settle: async (also) => result(await settled.settle(units(2), { key: 'h', also })),
      release: async (also) => result(await released.release({ key: 'h', also })),
    }
    return all
  }

  it.each([
    ['whose required version has moved on', (id: string): Also => ({ requires: [requireVersion(notes, id, 1)] })],
    [
      'whose rider cannot be written any more',
      (id: string): Also => ({ writes: [replace(notes, id, text, { ifVersion: 1 })] }),
    ],
    ['whose rider is refused with no word on whose it is', (): Also => ({ writes: [insert(picky, text)] })],
  ])('%s gets its first result, whatever the command', async (_, alsoOf) => {
    await using ledger = await openLedger([notes, picky])
    const { store, credits, clock } = ledger
    const all = await commands(ledger)
    picks = false
    for (const [name, run] of Object.entries(all)) {
      const { id } = await store.collection(notes).insert(text)
      const first = await run(alsoOf(id))
      await store.collection(notes).update(id, { text: 'newer' })
      picks = true
      const before = await credits.balance(ada)
      expect([name, await run(alsoOf(id))]).toEqual([name, first])
      // Also in a group with others, of which none is the worse for it.
      const others = ['a', 'b'].map((key) =>
        credits.correct({ holder: ada, amount: units(1), key: `${name}-${key}`, reason: 'r' }),
      )
      expect([name, await run(alsoOf(id))]).toEqual([name, first])
      await Promise.all(others)
      expect((await credits.balance(ada)).version).toBe(before.version + 2)
      picks = false
    }
    const other = openCredits({ store, clock })
    expect((await other.check()).problems).toEqual([])
  })
})

const text = { text: '' }
const notes = collection({ name: 'notes', schema: z.object({ text: z.string() }) })
let picks = false
const picky = collection({
  name: 'picky',
  schema: z.object({ text: z.string() }),
  hooks: {
    beforeSave() {
      if (picks) throw new Error('not today')
    },
  },
})

async function view(hold: Hold) {
  const { id, status, max, spent, expiresAt, used } = hold
  return { id, status, max, spent, expiresAt, used, entries: await hold.entries() }
}

async function result({ hold, entry, balance }: Awaited<ReturnType<Hold['release']>>) {
  return { hold: await view(hold), entry, balance }
}
