import { describe, expect, it } from 'vitest'
import { holderOf } from './index.ts'
import { give, newKey, openLedger, sums, units } from './testing/open-ledger.ts'

const ada = holderOf('ada')

describe('a reversal', () => {
  it('takes the free part now, what comes back later, and makes debt only of what is spent for good', async () => {
    await using ledger = await openLedger()
    const { credits } = ledger
    const grant = await give(credits, ada, 100)
    await credits.spend({ holder: ada, amount: units(20), key: newKey() })
    const hold = await credits.reserve({ holder: ada, max: units(30), key: newKey(), ttl: '15m' })
    await credits.reverse({ grant, amount: units(100), key: newKey(), reason: 'refund' })
    expect(await sums(credits, ada)).toEqual({ available: 0, held: 30, debt: 20 })
    await hold.spend(units(10), { key: newKey() })
    expect(await sums(credits, ada)).toEqual({ available: 0, held: 20, debt: 30 })
    await hold.release()
    expect(await sums(credits, ada)).toEqual({ available: 0, held: 0, debt: 30 })
    const { totals, problems } = await credits.check()
    expect(totals).toMatchObject({ issued: -100n, consumed: 30n, reversed: 100n, debt: -30n })
    expect(problems).toEqual([])
  })

  it('of what was spent is settled from other credits that are not held, and only the rest is debt', async () => {
    await using ledger = await openLedger()
    const { credits } = ledger
    const first = await give(credits, ada, 5_000)
    const second = await give(credits, ada, 5_000)
    await credits.spend({ holder: ada, amount: units(4_000), key: newKey() })
    await credits.reverse({ grant: first, amount: units(5_000), key: newKey(), reason: 'refund' })
    expect(await sums(credits, ada)).toEqual({ available: 1_000, held: 0, debt: 0 })
    await credits.spend({ holder: ada, amount: units(1_000), key: newKey() })
    await credits.reverse({ grant: second, amount: units(5_000), key: newKey(), reason: 'refund' })
    expect(await sums(credits, ada)).toEqual({ available: 0, held: 0, debt: 5_000 })
    expect((await credits.check()).problems).toEqual([])
  })

  it('of what was spent later from a hold is settled in the same way', async () => {
    await using ledger = await openLedger()
    const { credits } = ledger
    const first = await give(credits, ada, 10)
    await give(credits, ada, 6)
    const hold = await credits.reserve({ holder: ada, max: units(10), key: newKey(), ttl: '15m' })
    await credits.reverse({ grant: first, amount: units(10), key: newKey(), reason: 'refund' })
    expect(await sums(credits, ada)).toEqual({ available: 6, held: 10, debt: 0 })
    const { balance } = await hold.settle(units(8), { key: newKey() })
    expect(balance).toMatchObject({ available: 0, held: 0, debt: 2 })
    expect((await credits.check()).problems).toEqual([])
  })

  it('of what ended unused costs the holder nothing', async () => {
    await using ledger = await openLedger()
    const { credits, clock } = ledger
    const grant = await give(credits, ada, 10, { expiresAt: '2026-01-01T01:00:00.000Z' })
    await credits.spend({ holder: ada, amount: units(3), key: newKey() })
    clock.advance('2h')
    await credits.reverse({ grant, amount: units(10), key: newKey(), reason: 'dispute' })
    expect(await sums(credits, ada)).toEqual({ available: 0, held: 0, debt: 3 })
  })

  it('never exceeds its grant, together with those before', async () => {
    await using ledger = await openLedger()
    const { credits } = ledger
    const grant = await give(credits, ada, 10)
    const reverse = (amount: number) =>
      credits.reverse({ grant, amount: units(amount), key: newKey(), reason: 'refund' })
    const outcomes = await Promise.allSettled([reverse(6), reverse(6), reverse(4)])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(outcomes[1]).toMatchObject({ reason: { code: 'reversal_exceeds_grant', details: { amount: 10, asked: 6 } } })
    expect(await sums(credits, ada)).toEqual({ available: 0, held: 0, debt: 0 })
  })

  it('of an unknown grant is refused', async () => {
    await using ledger = await openLedger()
    const reversed = ledger.credits.reverse({ grant: 'grant_0', amount: units(1), key: newKey(), reason: 'refund' })
    await expect(reversed).rejects.toMatchObject({ code: 'not_found', details: { grant: 'grant_0' } })
  })
})

describe('debt', () => {
  it('refuses new holds and spending, and is paid first by a new grant', async () => {
    await using ledger = await openLedger()
    const { credits } = ledger
    const grant = await give(credits, ada, 10)
    const hold = await credits.reserve({ holder: ada, max: units(10), key: newKey(), ttl: '15m' })
    await hold.spend(units(8), { key: newKey() })
    await credits.reverse({ grant, amount: units(10), key: newKey(), reason: 'dispute' })
    expect(await sums(credits, ada)).toEqual({ available: 0, held: 2, debt: 8 })

    const outstanding = { code: 'debt_outstanding', details: { debt: 8 } }
    const request = { holder: ada, key: newKey() }
    await expect(credits.reserve({ ...request, max: units(1), ttl: '1m' })).rejects.toMatchObject(outstanding)
    await expect(credits.spend({ ...request, amount: units(1) })).rejects.toMatchObject(outstanding)
    await expect(hold.extend({ more: units(1), key: newKey() })).rejects.toMatchObject(outstanding)

    await give(credits, ada, 20)
    expect(await sums(credits, ada)).toEqual({ available: 12, held: 2, debt: 0 })
    const { items } = await credits.entries(ada, { limit: 1 })
    expect(items).toMatchObject([{ kind: 'grant', after: { available: 12, held: 2, debt: 0 } }])
  })

  it('is paid by what comes back from a hold', async () => {
    await using ledger = await openLedger()
    const { credits, clock } = ledger
    const first = await give(credits, ada, 10)
    await credits.spend({ holder: ada, amount: units(10), key: newKey() })
    await give(credits, ada, 20)
    const settled = await credits.reserve({ holder: ada, max: units(8), key: newKey(), ttl: '15m' })
    const released = await credits.reserve({ holder: ada, max: units(5), key: newKey(), ttl: '15m' })
    await credits.reserve({ holder: ada, max: units(7), key: newKey(), ttl: '15m' })
    await credits.reverse({ grant: first, amount: units(10), key: newKey(), reason: 'refund' })
    expect(await sums(credits, ada)).toEqual({ available: 0, held: 20, debt: 10 })
    expect((await settled.settle(units(6), { key: newKey() })).balance).toMatchObject({ available: 0, debt: 8 })
    expect((await released.release()).balance).toMatchObject({ available: 0, debt: 3 })
    clock.advance('15m')
    expect(await sums(credits, ada)).toEqual({ available: 4, held: 0, debt: 0 })
    await credits.expireDue()
    expect((await credits.check()).problems).toEqual([])
  })
})
