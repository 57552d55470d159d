import { describe, expect, it } from 'vitest'
import { byGrant, hasEnded, nextAlarm, nextDue, partsOfAvailable, partsOfHold, placeGrant } from './account.ts'
import type { LiveGrant } from './schema.ts'
import { accountWith, liveGrant } from './testing/books.ts'

const SOON = '2026-02-01T00:00:00.000Z'
const LATER = '2026-03-01T00:00:00.000Z'

describe('a grant', () => {
  it('has ended from the moment of its end', () => {
    expect(hasEnded({ expiresAt: SOON }, SOON)).toBe(true)
    expect(hasEnded({ expiresAt: SOON }, '2026-01-31T23:59:59.999Z')).toBe(false)
    expect(hasEnded({ expiresAt: null }, LATER)).toBe(false)
  })

  it.each<[string, Partial<LiveGrant>, Partial<LiveGrant>, ('old' | 'new')[]]>([
    ['a lower priority, though it ends later', { priority: 1, expiresAt: LATER }, { expiresAt: SOON }, ['new', 'old']],
    ['a higher priority, though it ends sooner', { priority: 3, expiresAt: SOON }, {}, ['old', 'new']],
    ['a sooner end', { expiresAt: SOON }, { expiresAt: LATER }, ['new', 'old']],
    ['a later end', { expiresAt: LATER }, { expiresAt: SOON }, ['old', 'new']],
    ['an end where the other has none', { expiresAt: SOON }, {}, ['new', 'old']],
    ['no end where the other has one', {}, { expiresAt: SOON }, ['old', 'new']],
    ['the same end', { expiresAt: SOON }, { expiresAt: SOON }, ['old', 'new']],
  ])('with %s has its place', (_, newcomer, other, order) => {
    const names = { old: 'grant_1', new: 'grant_2' }
    const place = (name: 'old' | 'new', fields: Partial<LiveGrant>) => liveGrant(names[name], 1, fields)
    const ids = order.map((name) => names[name])
    expect(placeGrant([place('old', other)], place('new', newcomer)).map(({ id }) => id)).toEqual(ids)
    // Also one that comes back, which is older than those that are there.
    expect(placeGrant([place('new', newcomer)], place('old', other)).map(({ id }) => id)).toEqual(ids)
  })
})

describe('an amount', () => {
  it('is paid by grants in their order, each to its end, and by none that has nothing free', () => {
    const account = accountWith([
      liveGrant('a', 3),
      liveGrant('b', 0, { held: 5 }),
      liveGrant('c', 3),
      liveGrant('d', 3),
    ])
    expect(partsOfAvailable(account, 5)).toEqual([
      { grant: 'a', amount: 3 },
      { grant: 'c', amount: 2 },
    ])
    expect(partsOfAvailable(account, 3)).toEqual([{ grant: 'a', amount: 3 }])
    expect(partsOfAvailable(account, 0)).toEqual([])
  })

  it('of a hold is paid by its allocations in their order, from any point to any other', () => {
    const allocations = [
      { grant: 'a', amount: 3 },
      { grant: 'b', amount: 2 },
      { grant: 'a', amount: 4 },
    ]
    expect(partsOfHold(allocations, 0, 9)).toEqual(allocations)
    expect(partsOfHold(allocations, 1, 4)).toEqual([
      { grant: 'a', amount: 2 },
      { grant: 'b', amount: 1 },
    ])
    expect(partsOfHold(allocations, 5, 6)).toEqual([{ grant: 'a', amount: 1 }])
    expect(partsOfHold(allocations, 3, 3)).toEqual([])
    expect(byGrant(allocations)).toEqual([
      { grant: 'a', amount: 7 },
      { grant: 'b', amount: 2 },
    ])
  })
})

describe('an account is due', () => {
  const hold = (expiresAt: string) => ({ id: 'hold', expiresAt })
  const ending = (free: number) => liveGrant('a', free, { expiresAt: SOON, held: 1 })

  it('never, when nothing of it ends', () => {
    expect(nextDue({ grants: [liveGrant('a', 1)], holds: [] })).toBeNull()
  })

  it('when the first of its holds ends, or a grant of which something is free', () => {
    expect(nextDue({ grants: [], holds: [hold(SOON), hold(LATER)] })).toBe(SOON)
    expect(nextDue({ grants: [liveGrant('b', 1, { expiresAt: LATER }), ending(1)], holds: [] })).toBe(SOON)
    expect(nextDue({ grants: [ending(1)], holds: [hold(LATER)] })).toBe(SOON)
    expect(nextDue({ grants: [liveGrant('b', 1, { expiresAt: LATER })], holds: [hold(SOON)] })).toBe(SOON)
  })

  it('not with a grant that is all held: that ends with its holds', () => {
    expect(nextDue({ grants: [ending(0)], holds: [hold(LATER)] })).toBe(LATER)
    expect(nextDue({ grants: [ending(0)], holds: [] })).toBeNull()
  })
})

describe('an account is looked at', () => {
  it('when it is due, and earlier by an alarm that was set before', () => {
    expect(nextAlarm({ dueAt: SOON, alarmAt: null })).toBe(SOON)
    expect(nextAlarm({ dueAt: SOON, alarmAt: LATER })).toBe(SOON)
    expect(nextAlarm({ dueAt: LATER, alarmAt: SOON })).toBe(SOON)
    expect(nextAlarm({ dueAt: null, alarmAt: SOON })).toBe(SOON)
    expect(nextAlarm({ dueAt: null, alarmAt: null })).toBeNull()
  })
})
