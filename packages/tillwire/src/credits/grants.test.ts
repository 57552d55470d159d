import { describe, expect, it } from 'vitest'
import { holderOf } from './index.ts'
import { give, newKey, openLedger, sums, units } from './testing/open-ledger.ts'

const ada = holderOf('ada')

describe('grants', () => {
  it('are used by priority, then soonest end, then age', async () => {
    await using ledger = await openLedger()
    const { credits } = ledger
    const old = await give(credits, ada, 10)
    const young = await give(credits, ada, 10)
    const ending = await give(credits, ada, 10, { expiresAt: '2026-03-01T00:00:00.000Z' })
    const endingSooner = await give(credits, ada, 10, { expiresAt: '2026-02-01T00:00:00.000Z' })
    const urgent = await give(credits, ada, 10, { priority: 1 })
    const hold = await credits.reserve({ holder: ada, max: units(45), key: newKey(), ttl: '15m' })
    const { hold: settled } = await hold.settle(units(45), { key: newKey() })
    expect(settled.used).toEqual([
      { grant: urgent, amount: 10 },
      { grant: endingSooner, amount: 10 },
      { grant: ending, amount: 10 },
      { grant: old, amount: 10 },
      { grant: young, amount: 5 },
    ])
  })

  it('end on time: what is not held is gone at once, what is held stays spendable until the hold ends', async () => {
    await using ledger = await openLedger()
    const { credits, clock } = ledger
    await give(credits, ada, 10, { expiresAt: '2026-01-01T01:00:00.000Z' })
    const hold = await credits.reserve({ holder: ada, max: units(6), key: newKey(), ttl: '2h' })
    clock.advance('1h')
    expect(await sums(credits, ada)).toEqual({ available: 0, held: 6, debt: 0 })
    await hold.spend(units(4), { key: newKey() })
    const { balance } = await hold.release()
    expect(balance).toMatchObject({ available: 0, held: 0 })
    const { totals } = await credits.check()
    expect(totals).toMatchObject({ issued: -10n, consumed: 4n, expired: 6n })
  })

  it('that have ended pay for nothing, though nobody swept them', async () => {
    await using ledger = await openLedger()
    const { credits, clock } = ledger
    await give(credits, ada, 10, { expiresAt: '2026-01-01T01:00:00.000Z' })
    clock.advance('1h')
    await expect(credits.reserve({ holder: ada, max: units(1), key: newKey(), ttl: '1m' })).rejects.toMatchObject({
      code: 'out_of_credits',
      details: { needed: 1, available: 0 },
    })
  })

  it('are not made after their own end, but were made when a replay comes after it', async () => {
    await using ledger = await openLedger()
    const { credits, clock } = ledger
    const past = { code: 'invalid_command', message: expect.stringContaining('"expiresAt"') }
    const end = '2026-01-01T00:00:00.000Z'
    await expect(give(credits, ada, 10, { expiresAt: end })).rejects.toMatchObject(past)
    const request = { holder: ada, amount: units(10), key: 'k', source: { kind: 'manual' } } as const
    const atOnce = { code: 'invalid_command', details: { field: 'expiresIn' } }
    await expect(credits.grant({ ...request, expiresIn: '0s' })).rejects.toMatchObject(atOnce)
    expect(await credits.entries(ada)).toEqual({ items: [], next: null })

    const inTime = { ...request, expiresAt: '2026-01-01T01:00:00.000Z' }
    const first = await credits.grant(inTime)
    clock.advance('2h')
    expect(await credits.grant(inTime)).toEqual({ ...first, replayed: true })
  })

  it('end after a length of time that a retry does not change', async () => {
    await using ledger = await openLedger()
    const { credits, clock } = ledger
    const request = { holder: ada, amount: units(10), key: 'k', source: { kind: 'manual' }, expiresIn: '1h' } as const
    const first = await credits.grant(request)
    clock.advance('1m')
    expect(await credits.grant(request)).toEqual({ ...first, replayed: true })
    expect((await credits.balance(ada)).grants[0]?.expiresAt).toBe('2026-01-01T01:00:00.000Z')
  })

  it('of one payment are one, whatever the key', async () => {
    await using ledger = await openLedger()
    const { credits } = ledger
    const request = { holder: ada, amount: units(10), source: { kind: 'purchase', payment: 'pi_1' } } as const
    const given = await Promise.allSettled(['a', 'b', 'c'].map((key) => credits.grant({ ...request, key })))
    expect(given.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected'])
    const found = await credits.findPurchase('pi_1')
    expect(found).toMatchObject({ holder: ada, amount: 10, reversed: 0 })
    await expect(credits.grant({ ...request, key: 'd' })).rejects.toMatchObject({
      code: 'payment_already_funded',
      details: { payment: 'pi_1', grant: found?.grant },
    })
    expect(await credits.findPurchase('pi_2')).toBeNull()
    expect(await sums(credits, ada)).toEqual({ available: 10, held: 0, debt: 0 })
  })
})
