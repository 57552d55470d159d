import { describe, expect, it } from 'vitest'
import { type Hold, holderOf } from './index.ts'
import { give, openLedger, sums, units } from './testing/open-ledger.ts'

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

function view({ id, status, max, spent, expiresAt, used, entries }: Hold) {
  return { id, status, max, spent, expiresAt, used, entries }
}

function result({ hold, entry, balance }: Awaited<ReturnType<Hold['release']>>) {
  return { hold: view(hold), entry, balance }
}
