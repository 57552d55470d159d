import { setTimeout as delay } from 'node:timers/promises'
import { type Backoff, backoffDelay, type Clock, type Logger } from '../core/index.ts'
import { type AnyCollection, CursorExpired, type Store, StoreUnavailable } from '../store/index.ts'
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
/** Sessions read at once. */
const READ_BATCH = 200
const FEED_BACKOFF: Backoff = { first: 100, most: 5_000 }

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
  let feeds: Promise<void>[] | null = null
  let sweeper: NodeJS.Timeout | undefined
  let round: Promise<void> | null = null
  let probedAt = 0
  let failingSince: number | null = null

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
      const now = clock.now().getTime()
      failingSince ??= now
      logger.warn({ err: error, failingSince }, 'Leases of sessions could not be checked')
      if (now - failingSince >= UNREACHABLE_MS) for (const held of book.all()) book.end(held, 'unavailable')
    } finally {
      given.abort()
    }
  }

  async function readDoubted(): Promise<void> {
    feeds ??= await follow()
    const now = clock.now()
    const due = book.all().filter((held) => held.doubted || isOver(held.identity.expiresAt, now))
    for (let start = 0; start < due.length; start += READ_BATCH) await read(due.slice(start, start + READ_BATCH))
    if (Math.abs(now.getTime() - probedAt) < PROBE_MS) return
    await store.cursor()
    probedAt = now.getTime()
  }

  async function read(leases: readonly HeldLease[]): Promise<void> {
    // Lowered before the read: a doubt raised during it stays.
    for (const held of leases) held.doubted = false
    try {
      const [sessions, owners] = await Promise.all([
        store.collection(authSessions).getMany(leases.map((held) => held.identity.sessionId)),
        store.collection(users).getMany(leases.map((held) => held.identity.user.id)),
      ])
      for (const [index, held] of leases.entries()) {
        const state = { session: sessions[index] ?? null, user: owners[index] ?? null }
        const decision = decideLease(state, clock.now())
        if (decision !== 'goes_on') book.end(held, decision)
        else if (state.session) book.renew(held, state.session)
      }
    } catch (error) {
      for (const held of leases) held.doubted = true
      throw error
    }
  }

  async function follow(): Promise<Promise<void>[]> {
    const from = await store.cursor()
    return [
      followOne(authSessions, from, (id) => book.doubtSession(id)),
      followOne(users, from, (id) => book.doubtUser(id)),
    ]
  }

  async function followOne(collection: AnyCollection, from: string, doubt: (id: string) => boolean): Promise<void> {
    let cursor: string | undefined = from
    for (let failures = 0; !stop.signal.aborted; ) {
      try {
        cursor ??= await store.cursor()
        if (failures > 0) book.doubtAll()
        look()
        for await (const change of store.collection(collection).watch({ from: cursor, signal: stop.signal })) {
          cursor = change.cursor
          failures = 0
          if (doubt(change.id)) look()
        }
        if (!stop.signal.aborted) throw new StoreUnavailable('the feed of changes ended')
      } catch (error) {
        if (stop.signal.aborted) return
        if (CursorExpired.is(error)) cursor = undefined
        failures += 1
        logger.warn(
          { err: error, collection: collection.name, failures },
          'A feed of changes broke; it is taken up again',
        )
        await delay(backoffDelay(FEED_BACKOFF, failures), undefined, { signal: stop.signal, ref: false }).catch(
          () => {},
        )
      }
    }
  }

  return {
    lease(identity, listener) {
      const lease = book.add(identity, listener)
      sweeper ??= setInterval(look, SWEEP_MS).unref()
      look()
      return lease
    },
    async close() {
      stop.abort()
      clearInterval(sweeper)
      await round
      await Promise.all(feeds ?? [])
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
