import { describe, expect, it } from 'vitest'
import { holderOf } from './index.ts'
import { give, newKey, openLedger, sums, type TestLedger, units } from './testing/open-ledger.ts'

const ada = holderOf('ada')
const END = '2026-01-01T01:00:00.000Z'

function changes({ credits }: TestLedger, grant: string) {
  const request = (amount: number) => ({ grant, amount: units(amount), key: newKey(), reason: 'dispute' as const })
  return {
    reverse: (amount: number) => credits.reverse(request(amount)),
    restore: (amount: number) => credits.restore(request(amount)),
  }
}

describe('a restoration', () => {
  it('gives back what was reversed, and the grant can be used again', async () => {
    await using ledger = await openLedger()
    const { credits } = ledger
    const grant = await give(credits, ada, 10)
    const { reverse, restore } = changes(ledger, grant)
    await reverse(10)
    await restore(4)
    expect(await sums(credits, ada)).toEqual({ available: 4, held: 0, debt: 0 })
    expect((await credits.balance(ada)).grants).toMatchObject([{ id: grant, amount: 10, left: 4 }])
    await restore(6)
    await credits.spend({ holder: ada, amount: units(10), key: newKey() })
    expect((await credits.check()).problems).toEqual([])
  })

  it('pays debt first', async () => {
    await using ledger = await openLedger()
    const { credits } = ledger
    const grant = await give(credits, ada, 10)
    await credits.spend({ holder: ada, amount: units(7), key: newKey() })
    const { reverse, restore } = changes(ledger, grant)
    await reverse(10)
    await restore(5)
    expect(await sums(credits, ada)).toEqual({ available: 0, held: 0, debt: 2 })
    await restore(5)
    expect(await sums(credits, ada)).toEqual({ available: 3, held: 0, debt: 0 })
  })

  it('never gives back more than was reversed, together with those before', async () => {
    await using ledger = await openLedger()
    const grant = await give(ledger.credits, ada, 10)
    const { reverse, restore } = changes(ledger, grant)
    await expect(restore(1)).rejects.toMatchObject({ code: 'restore_exceeds_reversed' })
    await reverse(6)
    await restore(4)
    const details = { grant, reversed: 2, asked: 3 }
    await expect(restore(3)).rejects.toMatchObject({ code: 'restore_exceeds_reversed', details })
    await restore(2)
    expect(await sums(ledger.credits, ada)).toEqual({ available: 10, held: 0, debt: 0 })
  })

  it('lets what is still held come back to its holder', async () => {
    await using ledger = await openLedger()
    const { credits } = ledger
    const grant = await give(credits, ada, 10)
    const hold = await credits.reserve({ holder: ada, max: units(6), key: newKey(), ttl: '15m' })
    const { reverse, restore } = changes(ledger, grant)
    await reverse(9)
    await restore(4)
    expect(await sums(credits, ada)).toEqual({ available: 0, held: 6, debt: 0 })
    await hold.release()
    expect(await sums(credits, ada)).toEqual({ available: 5, held: 0, debt: 0 })
    expect((await credits.check()).problems).toEqual([])
  })

  it('after the end of a grant gives back without an end what had been spent in time, and no more', async () => {
    await using ledger = await openLedger()
    const { credits, clock } = ledger
    const grant = await give(credits, ada, 10, { expiresAt: END })
    await give(credits, ada, 20)
    await credits.spend({ holder: ada, amount: units(7), key: newKey() })
    const { reverse, restore } = changes(ledger, grant)
    await reverse(10)
    expect(await sums(credits, ada)).toEqual({ available: 13, held: 0, debt: 0 })
    clock.advance('2h')
    await restore(10)
    expect(await sums(credits, ada)).toEqual({ available: 20, held: 0, debt: 0 })
    expect((await credits.balance(ada)).grants).toContainEqual(
      expect.objectContaining({ id: grant, left: 7, expiresAt: null }),
    )
    expect((await credits.check()).problems).toEqual([])
  })

  it('says how much is reversed since, as the payment that bought it does', async () => {
    await using ledger = await openLedger()
    const { credits } = ledger
    const source = { kind: 'purchase', payment: 'pi_1' } as const
    const { grant } = await credits.grant({ holder: ada, amount: units(10), key: newKey(), source })
    const { reverse, restore } = changes(ledger, grant)
    await reverse(8)
    await restore(3)
    expect(await credits.findPurchase('pi_1')).toMatchObject({ grant, amount: 10, reversed: 5 })
  })
})
