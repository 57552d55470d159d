import { describe, expect, it } from 'vitest'
import { holderOf } from './index.ts'
import { give, newKey, openLedger, sums, units } from './testing/open-ledger.ts'

const ada = holderOf('ada')
const correction = (amount: number, options: { allowDebt?: boolean; refs?: Record<string, string> } = {}) => {
  return { holder: ada, amount: units(amount), key: newKey(), reason: 'counted twice', ...options }
}

describe('a correction', () => {
  it('gives credits, as an entry of its own kind that says why and who', async () => {
    await using ledger = await openLedger()
    const { credits } = ledger
    const { entry, grant } = await credits.correct(correction(5, { refs: { by: 'grace' } }))
    const { grants, ...balance } = await credits.balance(ada)
    expect(balance).toEqual({ available: 5, held: 0, debt: 0, version: 1 })
    expect(grants).toMatchObject([{ id: grant, left: 5, expiresAt: null }])
    const { items } = await credits.entries(ada)
    expect(items).toMatchObject([
      {
        id: entry,
        kind: 'correct',
        description: 'counted twice',
        refs: { by: 'grace', grant },
        after: { available: 5 },
      },
    ])
    const { problems, totals } = await credits.check()
    expect(problems).toEqual([])
    expect(totals).toMatchObject({ available: 5n, issued: 0n, corrected: -5n })
  })

  it('takes credits that are available, in the order in which they are used', async () => {
    await using ledger = await openLedger()
    const { credits } = ledger
    await give(credits, ada, 4)
    const second = await give(credits, ada, 4)
    expect(await credits.correct(correction(-5))).toMatchObject({ grant: null })
    expect((await credits.balance(ada)).grants).toMatchObject([{ id: second, left: 3 }])
    const { problems, totals } = await credits.check()
    expect(problems).toEqual([])
    expect(totals).toMatchObject({ available: 3n, corrected: 5n })
  })

  it('never takes more than is available, unless debt is asked for', async () => {
    await using ledger = await openLedger()
    const { credits } = ledger
    await give(credits, ada, 10)
    await credits.reserve({ holder: ada, max: units(6), key: newKey(), ttl: '15m' })
    await expect(credits.correct(correction(-5))).rejects.toMatchObject({
      code: 'out_of_credits',
      details: { needed: 5, available: 4 },
    })
    await credits.correct(correction(-5, { allowDebt: true }))
    expect(await sums(credits, ada)).toEqual({ available: 0, held: 6, debt: 1 })
    await credits.correct(correction(-2, { allowDebt: true }))
    await credits.correct(correction(10))
    expect(await sums(credits, ada)).toEqual({ available: 7, held: 6, debt: 0 })
    expect((await credits.check()).problems).toEqual([])
  })

  it('needs an amount, and a reason', async () => {
    await using ledger = await openLedger()
    const { credits } = ledger
    for (const amount of [0, 0.5, Number.NaN, 2 ** 53])
      await expect(credits.correct(correction(amount))).rejects.toMatchObject({ code: 'invalid_amount' })
    for (const reason of ['', ' '])
      await expect(credits.correct({ ...correction(1), reason })).rejects.toMatchObject({ code: 'invalid_command' })
  })
})
