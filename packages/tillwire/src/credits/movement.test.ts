import { describe, expect, it } from 'vitest'
import { InternalError } from '../core/index.ts'
import { decideDue } from './decide-due.ts'
import { Movement, ownLabel } from './movement.ts'
import type { LiveGrant } from './schema.ts'
import { accountWith, booksOf, liveGrant, momentAt, NOW } from './testing/books.ts'

const label = ownLabel('spend', 'k')

function movementOn(...grants: LiveGrant[]) {
  const books = booksOf(accountWith(grants))
  return { books, movement: new Movement(books, label, NOW) }
}

describe('a movement', () => {
  it('is one entry, and leaves the account that its postings add up to', () => {
    const { movement } = movementOn(liveGrant('a', 10), liveGrant('b', 5))
    movement.move([{ grant: 'a', amount: 4 }], 'available', 'held')
    movement.move([{ grant: 'b', amount: 5 }], 'available', 'consumed')
    const { account, entries, holds, grants } = movement.record()
    expect(account).toMatchObject({ available: 6, held: 4, debt: 0, sequence: 1, at: NOW })
    expect(account.grants).toEqual([liveGrant('a', 6, { held: 4 })])
    expect(entries).toMatchObject([
      {
        id: movement.entry,
        sequence: 1,
        key: 'k',
        postings: [
          { account: 'available', amount: -4, grant: 'a' },
          { account: 'held', amount: 4, grant: 'a' },
          { account: 'available', amount: -5, grant: 'b' },
          { account: 'consumed', amount: 5, grant: 'b' },
        ],
        after: { available: 6, held: 4, debt: 0 },
        hold: null,
        grant: null,
      },
    ])
    expect([holds, grants]).toEqual([[], []])
  })

  it('leaves the books alone that it was made on', () => {
    const { books, movement } = movementOn(liveGrant('a', 10))
    const before = structuredClone(books)
    movement.move([{ grant: 'a', amount: 4 }], 'available', 'held')
    movement.record()
    expect(books).toEqual(before)
  })

  it('posts once for an account and grant, and not at all what comes to nothing', () => {
    const { movement } = movementOn(liveGrant('a', 10), liveGrant('b', 10))
    movement.post('available', -3, 'a')
    movement.post('available', -3, 'a')
    movement.post('available', -4, 'b')
    movement.post('available', 4, 'b')
    movement.post('consumed', 0, 'b')
    movement.post('consumed', 6, 'a')
    expect(movement.record().entries[0].postings).toEqual([
      { account: 'available', amount: -6, grant: 'a' },
      { account: 'consumed', amount: 6, grant: 'a' },
    ])
  })

  it('of debt counts against the holder', () => {
    const { movement } = movementOn()
    movement.post('debt', -3, null)
    movement.post('consumed', 3, null)
    expect(movement.record().account).toMatchObject({ available: 0, held: 0, debt: 3 })
  })

  it('adds up what expired of a grant', () => {
    const record = {
      ...{ id: 'a', holder: 'user/ada', amount: 10, source: { kind: 'manual' as const }, expiresAt: NOW, priority: 2 },
      ...{ entry: 'entry_0', reversed: 0, expired: 2, owed: 0 },
    }
    const expiring = () => {
      const movement = new Movement(booksOf(accountWith([liveGrant('a', 8)]), { grants: [record] }), label, NOW)
      movement.move([{ grant: 'a', amount: 3 }], 'available', 'expired')
      return movement
    }
    expect(expiring().record().grants).toEqual([{ ...record, expired: 5 }])
    expect(expiring().record({ grant: { ...record, reversed: 1 } })).toMatchObject({
      grants: [{ reversed: 1, expired: 5 }],
      entries: [{ grant: { id: 'a', reversed: 1, owed: 0 } }],
    })
  })
})

describe('no movement is recorded', () => {
  const refused: Record<string, (movement: Movement) => void> = {
    'whose postings do not sum to zero': (movement) => movement.post('available', -1, 'a'),
    'that takes more of a grant than is free': (movement) =>
      movement.move([{ grant: 'b', amount: 3 }], 'available', 'consumed'),
    'that takes more of a grant than is held': (movement) =>
      movement.move([{ grant: 'b', amount: 3 }], 'held', 'consumed'),
    'that reverses more than is held': (movement) => {
      movement.liveGrant('b').reversing = 3
    },
    'that reverses less than nothing': (movement) => {
      movement.liveGrant('b').reversing = -1
    },
    'after which more is available than its grants have': (movement) => {
      movement.post('available', 5, null)
      movement.post('issued', -5, null)
    },
    'after which more is held than its grants have': (movement) => {
      movement.post('held', 5, null)
      movement.post('issued', -5, null)
    },
    'that takes from a grant of which nothing is left': (movement) =>
      movement.move([{ grant: 'none', amount: 1 }], 'available', 'consumed'),
    'that lets a grant expire which was not read': (movement) =>
      movement.move([{ grant: 'a', amount: 1 }], 'available', 'expired'),
  }
  it.each(Object.keys(refused))('%s', (name) => {
    const { movement } = movementOn(liveGrant('a', 10), liveGrant('b', 2, { held: 2 }))
    expect(() => {
      refused[name]?.(movement)
      movement.record()
    }).toThrow(InternalError)
  })

  it('that would make balances too large to be exact', () => {
    const books = booksOf(accountWith([liveGrant('a', 0, { held: 2 })]))
    const movement = new Movement(books, label, NOW)
    movement.post('debt', -(Number.MAX_SAFE_INTEGER - 1), null)
    movement.post('consumed', Number.MAX_SAFE_INTEGER - 1, null)
    expect(() => movement.record()).toThrow(expect.objectContaining({ code: 'invalid_amount' }))
  })
})

describe('what is due', () => {
  it('must be there: an account that says otherwise is damaged', () => {
    const books = booksOf(accountWith([liveGrant('a', 1)], { dueAt: NOW }))
    expect(() => decideDue(books, momentAt())).toThrow(InternalError)
  })

  it('must have been read', () => {
    const holds = [{ id: 'hold_1', expiresAt: NOW }]
    expect(() => decideDue(booksOf(accountWith([], { dueAt: NOW, holds })), momentAt())).toThrow(InternalError)
  })

  it('is nothing before its time', () => {
    const later = '2026-01-01T00:00:00.001Z'
    const account = accountWith([liveGrant('a', 1, { expiresAt: later })], { dueAt: later })
    expect(decideDue(booksOf(account), momentAt())).toBeNull()
    expect(decideDue(booksOf(accountWith([])), momentAt())).toBeNull()
  })
})
