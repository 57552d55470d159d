import { setTimeout as delay } from 'node:timers/promises'
import type { Clock, Logger } from '../core/index.ts'
import {
  type AnyCollection,
  followChanges,
  readEach,
  type Store,
  StoreUnavailable,
  UNREADABLE,
} from '../store/index.ts'
import { decideLease, type HeldLease, isOver, leaseBook } from './lease-book.ts'
import { authSessions, users } from './schema.ts'
import type { LeaseListener, SessionIdentity, SessionLease } from './types.ts'

/** How often leases are looked over: for sessions that end, and for reads that failed. */
const SWEEP_MS = 250
/** How often the store is asked for a sign of life. */
const PROBE_MS = 5_000
/** A round that has no answer after this counts as failed. */
const ROUND_MS = 5_000
/** When rounds have failed for this long, every lease ends: never open on doubt. */
const UNREACHABLE_MS = 30_000
/** How long a lease goes on without being read: a feed that tells nothing, for whatever reason, is not believed for longer. */
const BELIEVED_MS = 30_000
/** Sessions read at once. */
const READ_BATCH = 200

/** One followed collection. Neither promise rejects. */
interface Feed {
  /** Settles once changes are followed, or no more will be. */
  readonly begun: Promise<void>
  readonly ended: Promise<void>
}

export interface LeaseKeeper {
  lease(identity: SessionIdentity, listener: LeaseListener): SessionLease
  close(): Promise<void>
}

/**
 * Keeps the leases of this process true to the store, with one feed of sessions and one of users.
 *
 * The feeds only say whom to doubt; what is true is read. A lease is entered as doubted and read
 * after the feeds have begun, so a revocation at any moment is either in that read or in a feed. A
 * feed that broke goes on where it was, with every lease doubted.
 */
export function keepLeases(store: Store, options: { readonly clock: Clock; readonly logger: Logger }): LeaseKeeper {
  const { clock, logger } = options
  const stop = new AbortController()
  const book = leaseBook((error) => logger.error({ err: error }, 'The listener of a lease failed'))
  let feeds: readonly Feed[] = []
  let sweeper: NodeJS.Timeout | undefined
  let round: Promise<void> | null = null
  let probedAt = 0
  let failingSince: number | null = null
  let confirmedAt = clock.now().getTime()
  /** Those whose reading has not come back. */
  const reading = new Set<HeldLease>()

  /** Sees to all that is doubted or due, unless that is under way. */
  function look(): void {
    if (round !== null || book.size === 0 || stop.signal.aborted) return
    round = lookOnce().finally(() => {
      round = null
    })
  }

  async function lookOnce(): Promise<void> {
    const given = new AbortController()
    try {
      await Promise.race([readDoubted(), expire(given.signal)])
      failingSince = null
    } catch (error) {
      for (const held of reading) held.doubted = true
      reading.clear()
      const now = clock.now().getTime()
      failingSince ??= now
      logger.warn({ err: error, failingSince }, 'Leases of sessions could not be checked')
      if (now - failingSince >= UNREACHABLE_MS) for (const held of book.all()) book.end(held, 'unavailable')
    } finally {
      given.abort()
    }
  }

  async function readDoubted(): Promise<void> {
    await Promise.all(feeds.map(({ begun }) => begun))
    const now = clock.now()
    if (Math.abs(now.getTime() - confirmedAt) >= BELIEVED_MS) {
      book.doubtAll()
      confirmedAt = now.getTime()
    }
    const due = book.all().filter((held) => held.doubted || isOver(held.identity.expiresAt, now))
    for (let start = 0; start < due.length; start += READ_BATCH) await read(due.slice(start, start + READ_BATCH))
    if (Math.abs(now.getTime() - probedAt) < PROBE_MS) return
    await store.cursor()
    probedAt = now.getTime()
  }

  async function read(leases: readonly HeldLease[]): Promise<void> {
    // Lowered before the read: a doubt raised during it stays.
    for (const held of leases) {
      held.doubted = false
      reading.add(held)
    }
    try {
      const [sessions, owners] = await Promise.all([
        readEach(
          store,
          authSessions,
          leases.map((held) => held.identity.sessionId),
        ),
        readEach(
          store,
          users,
          leases.map((held) => held.identity.user.id),
        ),
      ])
      for (const [index, held] of leases.entries()) {
        const [session, user] = [sessions[index] ?? null, owners[index] ?? null]
        if (session === UNREADABLE || user === UNREADABLE) {
          logger.error({ session: held.identity.sessionId }, 'A lease ends: its session or its user cannot be read')
          book.end(held, 'unavailable')
          continue
        }
        const state = { session, user }
        const decision = decideLease(state, clock.now())
        if (decision !== 'goes_on') book.end(held, decision)
        else if (state.session) book.renew(held, state.session)
      }
      for (const held of leases) reading.delete(held)
    } catch (error) {
      for (const held of leases) held.doubted = true
      throw error
    }
  }

  function follow(): Feed[] {
    return [followOne(authSessions, book.doubtSession), followOne(users, book.doubtUser)]
  }

  function followOne(collection: AnyCollection, doubt: (id: string) => boolean): Feed {
    const begun = Promise.withResolvers<void>()
    let isFollowed = false
    const changes = async () => {
      for await (const told of followChanges(store, collection, { signal: stop.signal, logger })) {
        if (told.type !== 'read-anew') {
          if (doubt(told.id)) look()
        } else if (isFollowed) {
          book.doubtAll()
          look()
        }
        isFollowed = true
        begun.resolve()
      }
    }
    return { begun: begun.promise, ended: changes().finally(begun.resolve) }
  }

  return {
    lease(identity, listener) {
      const lease = book.add(identity, listener)
      if (feeds.length === 0) feeds = follow()
      sweeper ??= setInterval(look, SWEEP_MS).unref()
      look()
      return lease
    },
    async close() {
      stop.abort()
      clearInterval(sweeper)
      await round
      await Promise.all(feeds.map(({ ended }) => ended))
    },
  }
}

/** Throws when the time for a round is up; ends quietly when `signal` aborts. */
async function expire(signal: AbortSignal): Promise<void> {
  try {
    await delay(ROUND_MS, undefined, { signal, ref: false })
  } catch {
    return
  }
  throw new StoreUnavailable(`no answer within ${ROUND_MS} ms`)
}
