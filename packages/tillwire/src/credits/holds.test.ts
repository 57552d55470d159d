import { describe, expect, it } from 'vitest'
import { holderOf } from './index.ts'
import { give, newKey, openLedger, sums, units } from './testing/open-ledger.ts'

const ada = holderOf('ada')

describe('a hold', () => {
  it('never pays above its maximum, also in slices', async () => {
    await using ledger = await openLedger()
    const { credits } = ledger
    await give(credits, ada, 100)
    const hold = await credits.reserve({ holder: ada, max: units(10), key: newKey(), ttl: '15m' })
    await hold.spend(units(7), { key: newKey() })
    const exceeded = { code: 'hold_exceeded', details: { max: 10, spent: 7 } }
    await expect(hold.spend(units(4), { key: newKey() })).rejects.toMatchObject(exceeded)
    await expect(hold.settle(units(11), { key: newKey() })).rejects.toMatchObject(exceeded)
    await hold.extend({ more: units(5), key: newKey() })
    const { hold: settled, balance } = await hold.settle(units(15), { key: newKey() })
    expect(settled).toMatchObject({ status: 'settled', max: 15, spent: 15 })
    expect(balance).toMatchObject({ available: 85, held: 0 })
  })

  it('settles to its total, earlier spending included', async () => {
    await using ledger = await openLedger()
    const { credits } = ledger
    await give(credits, ada, 100)
    const hold = await credits.reserve({ holder: ada, max: units(10), key: newKey(), ttl: '15m' })
    await hold.spend(units(4), { key: newKey() })
    await expect(hold.settle(units(3), { key: newKey() })).rejects.toMatchObject({ code: 'settle_below_spent' })
    const { balance } = await hold.settle(units(6), { key: newKey() })
    expect(balance).toEqual({ available: 94, held: 0, debt: 0, version: 4 })
  })

  it('may absorb what is over its maximum, which the holder does not pay', async () => {
    await using ledger = await openLedger()
    const { credits } = ledger
    await give(credits, ada, 10)
    const hold = await credits.reserve({ holder: ada, max: units(10), key: newKey(), ttl: '15m' })
    const { hold: settled } = await hold.settle(units(13), { key: newKey(), absorb: true })
    expect(settled).toMatchObject({ status: 'settled', spent: 10 })
    const { totals, problems } = await credits.check()
    expect(totals).toMatchObject({ consumed: 13n, absorbed: -3n, issued: -10n })
    expect(problems).toEqual([])
  })

  it('can be settled at nothing', async () => {
    await using ledger = await openLedger()
    const { credits } = ledger
    await give(credits, ada, 10)
    const hold = await credits.reserve({ holder: ada, max: units(10), key: newKey(), ttl: '15m' })
    await hold.settle(units(0), { key: newKey() })
    expect(await sums(credits, ada)).toEqual({ available: 10, held: 0, debt: 0 })
  })

  it('keeps the grants it was made with, whatever comes later', async () => {
    await using ledger = await openLedger()
    const { credits } = ledger
    const first = await give(credits, ada, 10)
    const hold = await credits.reserve({ holder: ada, max: units(5), key: newKey(), ttl: '15m' })
    const urgent = await give(credits, ada, 10, { priority: 1 })
    await hold.extend({ more: units(5), key: newKey() })
    const { hold: settled } = await hold.settle(units(8), { key: newKey() })
    expect(settled.used).toEqual([
      { grant: first, amount: 5 },
      { grant: urgent, amount: 3 },
    ])
  })

  it('ends at its end: it comes back, and nothing can be spent from it', async () => {
    await using ledger = await openLedger()
    const { credits, clock } = ledger
    await give(credits, ada, 10)
    const hold = await credits.reserve({ holder: ada, max: units(6), key: newKey(), ttl: '15m' })
    await hold.spend(units(2), { key: newKey() })
    clock.advance('15m')
    expect(await sums(credits, ada)).toEqual({ available: 8, held: 0, debt: 0 })
    expect(await credits.getHold(hold.id)).toMatchObject({ status: 'expired', spent: 2 })
    const ended = { code: 'hold_ended', details: { hold: hold.id, status: 'expired' } }
    await expect(hold.spend(units(1), { key: newKey() })).rejects.toMatchObject(ended)
    await expect(hold.settle(units(3), { key: newKey() })).rejects.toMatchObject(ended)
    await expect(hold.extend({ ttl: '1h', key: newKey() })).rejects.toMatchObject(ended)
    await expect(hold.release()).rejects.toMatchObject(ended)
  })

  it('lives on when its end is moved', async () => {
    await using ledger = await openLedger()
    const { credits, clock } = ledger
    await give(credits, ada, 10)
    const hold = await credits.reserve({ holder: ada, max: units(6), key: newKey(), ttl: '15m' })
    clock.advance('10m')
    await hold.extend({ ttl: '15m', key: newKey() })
    clock.advance('14m')
    const { hold: spent } = await hold.spend(units(6), { key: newKey() })
    expect(spent).toMatchObject({ status: 'open', expiresAt: '2026-01-01T00:25:00.000Z' })
  })

  it('has its end moved also when there is nothing to top it up with, and when there is debt', async () => {
    await using ledger = await openLedger()
    const { credits, clock } = ledger
    const grant = await give(credits, ada, 10)
    await credits.spend({ holder: ada, amount: units(4), key: newKey() })
    const hold = await credits.reserve({ holder: ada, max: units(6), key: newKey(), ttl: '15m' })
    const topUp = () => hold.extend({ more: units(1), ttl: '15m', key: newKey() })
    clock.advance('10m')
    await expect(topUp()).rejects.toMatchObject({ code: 'out_of_credits' })
    expect((await hold.extend({ ttl: '15m', key: newKey() })).hold.expiresAt).toBe('2026-01-01T00:25:00.000Z')
    await credits.reverse({ grant, amount: units(10), key: newKey(), reason: 'refund' })
    clock.advance('10m')
    await expect(topUp()).rejects.toMatchObject({ code: 'debt_outstanding' })
    expect((await hold.extend({ ttl: '15m', key: newKey() })).hold.expiresAt).toBe('2026-01-01T00:35:00.000Z')
    expect(await sums(credits, ada)).toEqual({ available: 0, held: 6, debt: 4 })
  })

  it('comes back at its own end, whatever others there are', async () => {
    await using ledger = await openLedger()
    const { credits, clock } = ledger
    await give(credits, ada, 10)
    for (const [max, ttl] of [
      [1, '20m'],
      [2, '10m'],
      [4, '30m'],
    ] as const)
      await credits.reserve({ holder: ada, max: units(max), key: newKey(), ttl })
    const held: number[] = []
    for (let turn = 0; turn < 3; turn++) {
      clock.advance('10m')
      held.push((await sums(credits, ada)).held)
    }
    expect(held).toEqual([5, 4, 0])
  })

  it('takes what there is when it may', async () => {
    await using ledger = await openLedger()
    const { credits } = ledger
    await give(credits, ada, 7)
    const request = { holder: ada, max: units(10), ttl: '15m' } as const
    await expect(credits.reserve({ ...request, key: newKey() })).rejects.toMatchObject({ code: 'out_of_credits' })
    const hold = await credits.reserve({ ...request, key: newKey(), overage: 'up-to-available' })
    expect(hold.max).toBe(7)
    const empty = credits.reserve({ ...request, key: newKey(), overage: 'up-to-available' })
    await expect(empty).rejects.toMatchObject({ code: 'out_of_credits', details: { needed: 10, available: 0 } })
  })

  it('names its entries, oldest first', async () => {
    await using ledger = await openLedger()
    const { credits } = ledger
    await give(credits, ada, 10)
    const hold = await credits.reserve({ holder: ada, max: units(5), key: newKey(), ttl: '15m' })
    const spent = await hold.spend(units(1), { key: newKey() })
    const settled = await hold.settle(units(2), { key: newKey() })
    const entries = await settled.hold.entries()
    expect(entries).toEqual([...(await hold.entries()), spent.entry, settled.entry])
    const { items } = await credits.entries(ada, { limit: 3 })
    expect(items.map(({ id }) => id).reverse()).toEqual(entries)
  })

  it('is made once, also of an id that two keys give at the same moment', async () => {
    await using ledger = await openLedger()
    const { credits } = ledger
    await give(credits, ada, 10)
    const reserve = (key: string) => credits.reserve({ id: 'hold_given', holder: ada, max: units(3), key, ttl: '15m' })
    const [first, second] = await Promise.allSettled([reserve('a'), reserve('b')])
    expect(first).toMatchObject({ status: 'fulfilled', value: { id: 'hold_given' } })
    expect(second).toMatchObject({ status: 'rejected' })
    await expect(reserve('c')).rejects.toThrow()
    expect(await sums(credits, ada)).toEqual({ available: 7, held: 3, debt: 0 })
    expect((await credits.check()).problems).toEqual([])
  })

  it('that does not exist is null', async () => {
    await using ledger = await openLedger()
    expect(await ledger.credits.getHold('hold_none')).toBeNull()
  })
})
