import { describe, expect, it } from 'vitest'
import { type Hold, holderOf } from './index.ts'
import { give, newKey, openLedger, sums, units } from './testing/open-ledger.ts'

const ada = holderOf('ada')
const MAX = Number.MAX_SAFE_INTEGER

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
    expect(totals).toMatchObject({ issued: -10, consumed: 4, expired: 6 })
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

  it('may come after their own end, and are then worth nothing', async () => {
    await using ledger = await openLedger()
    const { credits } = ledger
    await give(credits, ada, 10, { expiresAt: '2025-01-01T00:00:00.000Z' })
    expect(await sums(credits, ada)).toEqual({ available: 0, held: 0, debt: 0 })
    expect((await credits.check()).problems).toEqual([])
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
    expect(totals).toMatchObject({ consumed: 13, absorbed: -3, issued: -10 })
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
    expect(settled.hold.entries).toEqual([...hold.entries, spent.entry, settled.entry])
    const { items } = await credits.entries(ada, { limit: 3 })
    expect(items.map(({ id }) => id).reverse()).toEqual(settled.hold.entries)
  })

  it('that does not exist is null', async () => {
    await using ledger = await openLedger()
    expect(await ledger.credits.getHold('hold_none')).toBeNull()
  })
})

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
    expect(totals).toMatchObject({ issued: -100, consumed: 30, reversed: 100, debt: -30 })
    expect(problems).toEqual([])
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
    const other = await give(credits, ada, 10)
    const hold = await credits.reserve({ holder: ada, max: units(10), key: newKey(), ttl: '15m' })
    await hold.spend(units(8), { key: newKey() })
    await credits.reverse({ grant, amount: units(10), key: newKey(), reason: 'dispute' })
    expect(await sums(credits, ada)).toEqual({ available: 10, held: 2, debt: 8 })

    const outstanding = { code: 'debt_outstanding', details: { debt: 8 } }
    const request = { holder: ada, key: newKey() }
    await expect(credits.reserve({ ...request, max: units(1), ttl: '1m' })).rejects.toMatchObject(outstanding)
    await expect(credits.spend({ ...request, amount: units(1) })).rejects.toMatchObject(outstanding)
    await expect(hold.extend({ more: units(1), key: newKey() })).rejects.toMatchObject(outstanding)

    await give(credits, ada, 20)
    expect(await sums(credits, ada)).toEqual({ available: 22, held: 2, debt: 0 })
    const { items } = await credits.entries(ada, { limit: 2 })
    expect(items.map(({ kind }) => kind)).toEqual(['repay', 'grant'])
    expect((await credits.balance(ada)).grants.map(({ id, left }) => [id, left])).toContainEqual([other, 10])
  })
})

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

describe('amounts and other input', () => {
  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, MAX + 1])('refuses %s as an amount', async (amount) => {
    await using ledger = await openLedger()
    const { credits } = ledger
    const grant = await give(credits, ada, 10)
    const hold = await credits.reserve({ holder: ada, max: units(5), key: newKey(), ttl: '15m' })
    const bad = units(amount)
    const invalid = { code: 'invalid_amount' }
    const source = { kind: 'manual' } as const
    await expect(credits.grant({ holder: ada, amount: bad, key: newKey(), source })).rejects.toMatchObject(invalid)
    await expect(credits.reserve({ holder: ada, max: bad, key: newKey(), ttl: '1m' })).rejects.toMatchObject(invalid)
    await expect(credits.spend({ holder: ada, amount: bad, key: newKey() })).rejects.toMatchObject(invalid)
    await expect(hold.spend(bad, { key: newKey() })).rejects.toMatchObject(invalid)
    await expect(hold.extend({ more: bad, key: newKey() })).rejects.toMatchObject(invalid)
    if (amount !== 0) await expect(hold.settle(bad, { key: newKey() })).rejects.toMatchObject(invalid)
    const reversal = credits.reverse({ grant, amount: bad, key: newKey(), reason: 'refund' })
    await expect(reversal).rejects.toMatchObject(invalid)
    expect(await sums(credits, ada)).toEqual({ available: 5, held: 5, debt: 0 })
  })

  it('refuses sums that could not be counted exactly', async () => {
    await using ledger = await openLedger()
    const { credits } = ledger
    const first = await give(credits, ada, MAX)
    await expect(give(credits, ada, 1)).rejects.toMatchObject({ code: 'balance_too_large' })
    await credits.spend({ holder: ada, amount: units(MAX), key: newKey() })
    const second = await give(credits, ada, MAX)
    await credits.spend({ holder: ada, amount: units(MAX), key: newKey() })
    await credits.reverse({ grant: first, amount: units(MAX), key: newKey(), reason: 'dispute' })
    const reversal = credits.reverse({ grant: second, amount: units(1), key: newKey(), reason: 'dispute' })
    await expect(reversal).rejects.toMatchObject({ code: 'balance_too_large' })
    expect(await sums(credits, ada)).toEqual({ available: 0, held: 0, debt: MAX })
  })

  it('refuses holders, keys, ends and times that are none', async () => {
    await using ledger = await openLedger()
    const { credits } = ledger
    await give(credits, ada, 10)
    const grant = { holder: ada, amount: units(1), key: newKey(), source: { kind: 'manual' } } as const
    const reserve = { holder: ada, max: units(1), key: newKey(), ttl: '1m' } as const
    const hold = await credits.reserve(reserve)
    const refused = [
      [() => credits.grant({ ...grant, holder: 'ada' as never }), 'holder'],
      [() => credits.balance('user/' as never), 'holder'],
      [() => credits.grant({ ...grant, key: '' }), 'key'],
      [() => credits.grant({ ...grant, key: 'k'.repeat(201) }), 'key'],
      [() => credits.grant({ ...grant, expiresAt: 'tomorrow' }), 'expiresAt'],
      [() => credits.grant({ ...grant, expiresAt: '2027-01-01', expiresIn: '1h' }), 'expiresIn'],
      [() => credits.grant({ ...grant, priority: 1.5 }), 'priority'],
      [() => credits.reserve({ ...reserve, ttl: '0m' }), 'ttl'],
      [() => credits.reserve({ ...reserve, ttl: '366d' }), 'ttl'],
      [() => hold.extend({ key: newKey() }), 'more'],
    ] as const
    for (const [run, field] of refused)
      await expect(run(), field).rejects.toMatchObject({ code: 'invalid_command', details: { field } })
    await expect(credits.reserve({ ...reserve, ttl: 'soon' as never })).rejects.toMatchObject({
      code: 'invalid_duration',
    })
  })
})

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

function view({ id, status, max, spent, expiresAt, used, entries }: Hold) {
  return { id, status, max, spent, expiresAt, used, entries }
}

function result({ hold, entry, balance }: Awaited<ReturnType<Hold['release']>>) {
  return { hold: view(hold), entry, balance }
}
