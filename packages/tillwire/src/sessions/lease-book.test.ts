import { describe, expect, it } from 'vitest'
import { decideLease, leaseBook } from './lease-book.ts'
import type { SessionEnd } from './types.ts'

const now = new Date('2026-01-01T00:00:00.000Z')
const later = '2026-01-02T00:00:00.000Z'
const identity = { sessionId: 's1', user: { id: 'u1', name: 'Ada', email: 'ada@here.com' }, expiresAt: later }

describe('what becomes of a lease', () => {
  const session = { version: 1, expiresAt: later }
  it.each([
    ['goes_on', { session, user: {} }],
    ['goes_on', { session, user: { bannedAt: null } }],
    ['user_deleted', { session, user: null }],
    ['user_deleted', { session: null, user: null }],
    ['revoked', { session: null, user: {} }],
    ['revoked', { session, user: { bannedAt: later } }],
    ['expired', { session: { version: 1, expiresAt: now.toISOString() }, user: {} }],
  ] as const)('%s', (decision, state) => {
    expect(decideLease(state, now)).toBe(decision)
  })
})

describe('the book of leases', () => {
  const listen = () => {
    const heard: (SessionEnd | string)[] = []
    return { heard, onEnd: (reason: SessionEnd) => heard.push(reason), onRenew: (at: string) => heard.push(at) }
  }

  it('tells an end once, and nothing after it', () => {
    const book = leaseBook(() => {})
    const listener = listen()
    book.add(identity, listener)
    const [held] = book.all()
    book.end(held!, 'revoked')
    book.end(held!, 'expired')
    book.renew(held!, { version: 9, expiresAt: now.toISOString() })
    expect(listener.heard).toEqual(['revoked'])
    expect(book.size).toBe(0)
  })

  it('tells nothing to one that was released', () => {
    const book = leaseBook(() => {})
    const listener = listen()
    const lease = book.add(identity, listener)
    const [held] = book.all()
    lease.release()
    book.end(held!, 'revoked')
    expect(listener.heard).toEqual([])
  })

  it('never goes back to an older reading of a session', () => {
    const book = leaseBook(() => {})
    const listener = listen()
    const lease = book.add(identity, listener)
    const [held] = book.all()
    book.renew(held!, { version: 3, expiresAt: '2026-01-05T00:00:00.000Z' })
    book.renew(held!, { version: 2, expiresAt: '2026-01-03T00:00:00.000Z' })
    expect(listener.heard).toEqual(['2026-01-05T00:00:00.000Z'])
    expect(lease.identity.expiresAt).toBe('2026-01-05T00:00:00.000Z')
  })

  it('takes no reading twice, and tells nothing when the end of the session stays', () => {
    const book = leaseBook(() => {})
    const listener = listen()
    const lease = book.add(identity, listener)
    const [held] = book.all()
    book.renew(held!, { version: 3, expiresAt: later })
    book.renew(held!, { version: 3, expiresAt: '2026-01-05T00:00:00.000Z' })
    expect(listener.heard).toEqual([])
    expect(lease.identity.expiresAt).toBe(later)
  })

  describe('doubts', () => {
    /** A book of leases that were read: two of one session, and one of its user's other session. */
    const readBook = () => {
      const book = leaseBook(() => {})
      const leases = ['s1', 's1', 's2'].map((sessionId) => book.add({ ...identity, sessionId }, listen()))
      for (const held of book.all()) held.doubted = false
      return { book, leases, doubted: () => book.all().map((held) => held.doubted) }
    }

    it('a lease from its first moment: it was not read yet', () => {
      const book = leaseBook(() => {})
      book.add(identity, listen())
      expect(book.all()).toMatchObject([{ doubted: true }])
    })

    it('every lease of a session, and no other', () => {
      const { book, doubted } = readBook()
      expect(book.doubtSession('s1')).toBe(true)
      expect(doubted()).toEqual([true, true, false])
    })

    it('every lease of a user', () => {
      const { book, doubted } = readBook()
      expect(book.doubtUser('u1')).toBe(true)
      expect(doubted()).toEqual([true, true, true])
    })

    it('all leases', () => {
      const { book, doubted } = readBook()
      book.doubtAll()
      expect(doubted()).toEqual([true, true, true])
    })

    it('nothing where there is no lease, or none is left', () => {
      const { book, leases } = readBook()
      expect([book.doubtSession('s3'), book.doubtUser('u2')]).toEqual([false, false])
      leases[0]?.release()
      expect([book.doubtSession('s1'), book.doubtUser('u1')]).toEqual([true, true])
      leases[1]?.release()
      expect([book.doubtSession('s1'), book.doubtUser('u1')]).toEqual([false, true])
      leases[2]?.release()
      expect([book.doubtSession('s2'), book.doubtUser('u1')]).toEqual([false, false])
    })
  })

  it('tells the others when one listener throws', () => {
    const errors: unknown[] = []
    const book = leaseBook((error) => errors.push(error))
    const listener = listen()
    book.add(identity, {
      onEnd() {
        throw new Error('broken')
      },
      onRenew() {},
    })
    book.add(identity, listener)
    for (const held of book.all()) book.end(held, 'expired')
    expect(listener.heard).toEqual(['expired'])
    expect(errors).toHaveLength(1)
  })
})
