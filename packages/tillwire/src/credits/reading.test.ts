import { describe, expect, it } from 'vitest'
import { holderOf } from './index.ts'
import { ledgerAlarms } from './schema.ts'
import { give, newKey, openLedger, sums, units } from './testing/open-ledger.ts'

const ada = holderOf('ada')

describe('entries', () => {
  it('are listed newest first, page by page, with their references', async () => {
    await using ledger = await openLedger()
    const { credits } = ledger
    const grant = await give(credits, ada, 10)
    for (const amount of [1, 2, 3, 4])
      await credits.spend({
        holder: ada,
        amount: units(amount),
        key: newKey(),
        description: `spent ${amount}`,
        refs: { answer: `a${amount}` },
      })
    const first = await credits.entries(ada, { limit: 3 })
    expect(first.items.map(({ description }) => description)).toEqual(['spent 4', 'spent 3', 'spent 2'])
    expect(first.items[0]).toMatchObject({
      kind: 'spend',
      holder: ada,
      at: '2026-01-01T00:00:00.000Z',
      refs: { answer: 'a4' },
      after: { available: 0, held: 0, debt: 0 },
      postings: [
        { account: 'available', amount: -4, grant },
        { account: 'consumed', amount: 4, grant },
      ],
    })
    const second = await credits.entries(ada, { limit: 3, after: first.next ?? '' })
    expect(second.items.map(({ kind }) => kind)).toEqual(['spend', 'grant'])
    expect(second.items[1]?.refs).toEqual({ grant })
    expect(second.next).toBeNull()
  })

  it('go on only after one of the same holder, a bounded number at a time', async () => {
    await using ledger = await openLedger()
    const { credits } = ledger
    await give(credits, ada, 10)
    const { items } = await credits.entries(ada)
    const strange = [
      credits.entries(holderOf('grace'), { after: items[0]!.id }),
      credits.entries(ada, { after: 'entry_of_nobody' }),
      ...[0, -1, 1.5, 1_001, Number.NaN].map((limit) => credits.entries(ada, { limit })),
    ]
    for (const listing of strange) await expect(listing).rejects.toMatchObject({ code: 'invalid_command' })
    expect(await credits.entries(ada, { after: items[0]!.id })).toEqual({ items: [], next: null })
  })

  it('of a stranger are none', async () => {
    await using ledger = await openLedger()
    expect(await ledger.credits.entries(holderOf('nobody'))).toEqual({ items: [], next: null })
    expect(await ledger.credits.balance(holderOf('nobody'))).toEqual({
      available: 0,
      held: 0,
      debt: 0,
      version: 0,
      grants: [],
    })
  })
})

describe('expireDue', () => {
  it('ends holds and grants whose time has come, once', async () => {
    await using ledger = await openLedger()
    const { credits, clock } = ledger
    for (const name of ['ada', 'grace', 'joan']) {
      await give(credits, holderOf(name), 10)
      await give(credits, holderOf(name), 10, { expiresAt: '2026-01-01T01:00:00.000Z', priority: 200 })
      await credits.reserve({ holder: holderOf(name), max: units(5), key: newKey(), ttl: '15m' })
      await credits.reserve({ holder: holderOf(name), max: units(5), key: newKey(), ttl: '3h' })
    }
    expect(await credits.expireDue()).toEqual({ holds: 0, grants: 0 })
    clock.advance('2h')
    const swept = await Promise.all([credits.expireDue(), credits.expireDue()])
    expect(swept.reduce((sum, { holds, grants }) => sum + holds * 100 + grants, 0)).toBe(303)
    expect(await credits.expireDue()).toEqual({ holds: 0, grants: 0 })
    expect(await sums(credits, ada)).toEqual({ available: 5, held: 5, debt: 0 })
    expect((await credits.check()).problems).toEqual([])
  })
})

describe('the alarm of an account', () => {
  it('stays one however many holds come and go, and is gone when nothing is due any more', async () => {
    await using ledger = await openLedger()
    const { credits, clock, store } = ledger
    await give(credits, ada, 100)
    for (let round = 0; round < 20; round++) {
      const hold = await credits.reserve({ holder: ada, max: units(5), key: newKey(), ttl: '15m' })
      clock.advance('10s')
      await hold.release()
    }
    expect(await store.collection(ledgerAlarms).count()).toBe(1)
    clock.advance('1h')
    expect(await credits.expireDue()).toEqual({ holds: 0, grants: 0 })
    expect(await store.collection(ledgerAlarms).count()).toBe(0)
    expect((await credits.check()).problems).toEqual([])
  })

  it('is set anew for what is due later, and earlier for what is due before', async () => {
    await using ledger = await openLedger()
    const { credits, clock } = ledger
    await give(credits, ada, 100)
    for (const ttl of ['2h', '1h', '3h'] as const)
      await credits.reserve({ holder: ada, max: units(5), key: newKey(), ttl })
    for (const held of [10, 5, 0]) {
      clock.advance('1h')
      expect(await credits.expireDue()).toEqual({ holds: 1, grants: 0 })
      expect(await sums(credits, ada)).toMatchObject({ held })
    }
  })
})

describe('a closed ledger', () => {
  it('answers what was asked before and refuses what comes after', async () => {
    await using ledger = await openLedger()
    const { credits } = ledger
    const given = give(credits, ada, 10)
    await credits.close()
    expect(await given).toMatch(/^grant_/)
    await expect(give(credits, ada, 10)).rejects.toMatchObject({ code: 'credits_closed' })
  })
})
