import { describe, expect, it } from 'vitest'
import { decideDue } from './decide-due.ts'
import { decideGrant } from './decide-grant.ts'
import { decideSettle } from './decide-hold.ts'
import { decideExtend, decideReserve } from './decide-reserve.ts'
import { decideReverse } from './decide-reverse.ts'
import { ownLabel } from './movement.ts'
import type { GrantRecord, HoldRecord } from './schema.ts'
import { accountWith, booksOf, liveGrant, momentAt, NOW } from './testing/books.ts'
import { units } from './testing/open-ledger.ts'

const LATER = '2026-02-01T00:00:00.000Z'
const ALMOST_ALL = Number.MAX_SAFE_INTEGER - 10
const label = ownLabel('grant', 'k')

function grantRecord(id: string, fields: Partial<GrantRecord> = {}): GrantRecord {
  const record = { id, holder: 'user/ada', amount: 100, source: { kind: 'manual' as const }, expiresAt: null }
  return { ...record, priority: 2, entry: 'entry_0', reversed: 0, expired: 0, owed: 0, ...fields }
}

function openHold(id: string, allocations: HoldRecord['allocations'], fields: Partial<HoldRecord> = {}): HoldRecord {
  const max = allocations.reduce((sum, { amount }) => sum + amount, 0)
  const record = { id, holder: 'user/ada', status: 'open' as const, max, spent: 0, expiresAt: LATER }
  return { ...record, allocations, newest: 'entry_0', moves: 1, mark: null, ...fields }
}

describe('what is due', () => {
  const ending = { expiresAt: NOW }

  it('says of a grant that it ended, and nothing that nobody said', () => {
    const account = accountWith([liveGrant('a', 5, ending)], { dueAt: NOW })
    const change = decideDue(booksOf(account, { grants: [grantRecord('a', { ...ending, reversed: 1 })] }), momentAt())
    expect(change?.entries).toMatchObject([
      { kind: 'expire', key: 'a', inputHash: '', description: '', refs: {}, grant: { id: 'a', reversed: 1 } },
    ])
  })

  it('passes over an ended grant that is all held, to one of which something is free', () => {
    const account = accountWith([liveGrant('a', 0, { ...ending, held: 5 }), liveGrant('b', 5, ending)], { dueAt: NOW })
    const change = decideDue(booksOf(account, { grants: [grantRecord('b', ending)] }), momentAt())
    expect(change?.entries.map(({ key }) => key)).toEqual(['b'])
  })

  it('counts all that expired of a grant, what came back from its holds included', () => {
    const account = accountWith([liveGrant('a', 5, { ...ending, held: 7 })], {
      dueAt: NOW,
      holds: ['h1', 'h2'].map((id) => ({ id, ...ending })),
    })
    const holds = [
      openHold('h1', [{ grant: 'a', amount: 4 }], ending),
      openHold('h2', [{ grant: 'a', amount: 3 }], ending),
    ]
    const change = decideDue(booksOf(account, { holds, grants: [grantRecord('a', ending)] }), momentAt())
    expect(change?.entries.map(({ key }) => key)).toEqual(['h1', 'h2', 'a'])
    expect(change?.grants.at(-1)).toMatchObject({ id: 'a', expired: 12 })
    expect(change?.account).toMatchObject({ available: 0, held: 0, grants: [], holds: [] })
  })
})

describe('a grant', () => {
  it('is refused when all of the balance together could no longer be exact', () => {
    const give = (fields: object) => {
      const command = { label, amount: units(20), source: { kind: 'manual' }, expiresAt: null, priority: 2 } as const
      return () => decideGrant(booksOf(accountWith([liveGrant('a', 1, { held: 1 })], fields)), command, momentAt())
    }
    const tooLarge = expect.objectContaining({ code: 'balance_too_large', details: { amount: 20 } })
    expect(give({ debt: ALMOST_ALL })).toThrow(tooLarge)
    expect(give({ held: ALMOST_ALL })).toThrow(tooLarge)
    expect(give({ available: ALMOST_ALL })).toThrow(tooLarge)
    expect(give({})).not.toThrow()
  })
})

describe('a hold', () => {
  it('stays small when it is topped up often: neighbouring parts of one grant are one', () => {
    const account = accountWith([liveGrant('b', 2, { held: 3 }), liveGrant('c', 9)])
    const hold = openHold('h', [
      { grant: 'a', amount: 4 },
      { grant: 'd', amount: 1 },
      { grant: 'b', amount: 3 },
    ])
    const books = booksOf({ ...account, holds: [{ id: 'h', expiresAt: LATER }] }, { holds: [hold] })
    const extend = (more: number) => {
      const command = { label, hold: 'h', more, overage: 'reject', expiresAt: null } as const
      return decideExtend(books, command, momentAt()).holds[0]
    }
    expect(extend(4)).toMatchObject({
      max: 12,
      allocations: [
        { grant: 'a', amount: 4 },
        { grant: 'd', amount: 1 },
        { grant: 'b', amount: 5 },
        { grant: 'c', amount: 2 },
      ],
    })
    expect(extend(0)?.allocations).toEqual(hold.allocations)
  })

  it('keeps parts of different grants apart, in the order in which they are spent', () => {
    const account = accountWith([liveGrant('b', 9, { held: 5 })], { holds: [{ id: 'h', expiresAt: LATER }] })
    const books = booksOf(account, { holds: [openHold('h', [{ grant: 'a', amount: 5 }])] })
    const command = { label, hold: 'h', more: 1, overage: 'reject', expiresAt: null } as const
    expect(decideExtend(books, command, momentAt()).holds[0]?.allocations).toEqual([
      { grant: 'a', amount: 5 },
      { grant: 'b', amount: 1 },
    ])
  })

  it('has its place among the open ones by its end', () => {
    const open = ['2026-01-02T00:00:00.000Z', '2026-01-04T00:00:00.000Z'].map((expiresAt) => ({
      id: 'other',
      expiresAt,
    }))
    const placeOf = (expiresAt: string) => {
      const books = booksOf(accountWith([liveGrant('a', 5)], { holds: open }))
      const { account } = decideReserve(books, { label, max: units(1), overage: 'reject', expiresAt }, momentAt())
      return account.holds.findIndex(({ id }) => id !== 'other')
    }
    expect(placeOf('2026-01-01T00:00:00.000Z')).toBe(0)
    expect(placeOf('2026-01-03T00:00:00.000Z')).toBe(1)
    expect(placeOf('2026-01-05T00:00:00.000Z')).toBe(2)
  })

  it('is named by its id, as its entry is', () => {
    const books = booksOf(accountWith([liveGrant('a', 5)]))
    const change = decideReserve(books, { label, max: units(1), overage: 'reject', expiresAt: LATER }, momentAt())
    expect(change.holds[0]?.id).toMatch(/^hold_/)
    expect(change.entries[0].id).toMatch(/^entry_/)
  })

  it('that settles below what was spent says how much that was', () => {
    const account = accountWith([liveGrant('a', 5, { held: 1 })], { holds: [{ id: 'h', expiresAt: LATER }] })
    const books = booksOf(account, { holds: [openHold('h', [{ grant: 'a', amount: 5 }], { spent: 4 })] })
    const settle = () => decideSettle(books, { label, hold: 'h', actual: units(3), absorb: false }, momentAt())
    expect(settle).toThrow(expect.objectContaining({ details: { hold: 'h', spent: 4, actual: 3 } }))
  })

  it('that was not read is not found', () => {
    const settle = () =>
      decideSettle(booksOf(accountWith([])), { label, hold: 'h', actual: units(0), absorb: false }, momentAt())
    expect(settle).toThrow(expect.objectContaining({ code: 'not_found' }))
  })
})

describe('a reversal', () => {
  const reverse = (amount: number, fields: object, held = 0, reversing = 0) => {
    const account = accountWith(held > 0 ? [liveGrant('a', 0, { held, reversing })] : [], fields)
    const books = booksOf(account, { grants: [grantRecord('a', { reversed: reversing })] })
    return decideReverse(books, { label, grant: 'a', amount: units(amount) }, momentAt()).account
  }

  it('of what an earlier one waits for already becomes debt', () => {
    expect(reverse(5, {}, 6, 4)).toMatchObject({ held: 6, debt: 3, grants: [{ reversing: 6 }] })
  })

  it('is refused when debt, and what may yet become debt, could no longer be exact', () => {
    const tooLarge = expect.objectContaining({ code: 'balance_too_large', details: { amount: 20 } })
    expect(() => reverse(20, { debt: ALMOST_ALL })).toThrow(tooLarge)
    expect(() => reverse(20, { held: ALMOST_ALL })).toThrow(tooLarge)
  })

  it('of a grant that was not read is refused', () => {
    const unknown = () => decideReverse(booksOf(accountWith([])), { label, grant: 'a', amount: units(1) }, momentAt())
    expect(unknown).toThrow(expect.objectContaining({ code: 'not_found' }))
  })
})
