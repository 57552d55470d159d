import { setTimeout as delay } from 'node:timers/promises'
import { backoffDelay, type Logger } from '../core/index.ts'
import type { StoredDocument } from './driver.ts'
import { CursorExpired, InvalidQuery } from './errors.ts'
import {
  type About,
  FEED_BACKOFF,
  type LiveChanges,
  READ_CHANGES,
  type Subscription,
  type ToldChange,
  tell,
} from './live-changes.ts'
import type { Pipeline } from './pipeline.ts'
import type { StoredFilter } from './query/filter.ts'
import type { AnyCollection, Change, DocumentOf } from './types.ts'

/** A cursor names its store, so that one of another store is not mistaken for a place in this one. */
export function encodeCursor(driver: { readonly id: string }, position: number): string {
  return Buffer.from(`${driver.id}@${position}`).toString('base64url')
}

/** @throws InvalidQuery when it is not a cursor, CursorExpired when it belongs to another store. */
export function decodeCursor(driver: { readonly id: string }, cursor: string): number {
  const match = /^(.+)@(\d+)$/.exec(Buffer.from(cursor, 'base64url').toString())
  if (!match) throw new InvalidQuery('`from` is not a cursor of a feed')
  if (match[1] !== driver.id) throw new CursorExpired('it belongs to another store')
  return Number(match[2])
}

export interface Following {
  readonly filter: StoredFilter
  readonly about: About
  readonly start: Promise<number>
  readonly signal: AbortSignal
  readonly logger: Logger
}

/**
 * Changes after a position as they are committed, until the signal aborts. When the feed cannot be read it goes
 * on later from where it was.
 * @throws CursorExpired
 */
export async function* follow<C extends AnyCollection>(
  live: LiveChanges,
  pipeline: Pipeline,
  { filter, about, start, signal, logger }: Following,
): AsyncGenerator<Change<C>, void, undefined> {
  const { driver, table } = live
  const present = ({ type, change: { id, version, after, position } }: ToldChange): Change<C> => ({
    type,
    id,
    version,
    document: after && loadOrTell(after),
    cursor: encodeCursor(driver, position),
  })
  /** A document that cannot be read keeps nobody from those after it. */
  const loadOrTell = (stored: StoredDocument): DocumentOf<C> | null => {
    try {
      return pipeline.loadCopy(stored) as DocumentOf<C>
    } catch (err) {
      logger.error({ err, collection: table, id: stored.id }, 'A changed document cannot be read')
      return null
    }
  }

  let position: number | null = null
  let failures = 0
  while (!signal.aborted) {
    let subscription: Subscription | null = null
    const onAbort = () => subscription?.wake()
    signal.addEventListener('abort', onAbort)
    try {
      position ??= failures === 0 ? await start : await driver.begin()
      subscription = await live.subscribe(filter, about)
      do {
        const { changes, upTo } = await driver.changes(table, position, READ_CHANGES, about)
        failures = 0
        for (const change of changes) {
          const told = tell(change, filter)
          position = change.position
          if (told) yield present(told)
          if (signal.aborted) return
        }
        position = upTo
      } while (position < subscription.from && !signal.aborted)

      while (!signal.aborted && subscription.lostAt === null) {
        const told = await subscription.next()
        if (signal.aborted || !told || told.change.position <= position) continue
        position = told.change.position
        yield present(told)
      }
      position = Math.max(position, subscription.lostAt ?? 0)
    } catch (err) {
      if (signal.aborted) return
      if (CursorExpired.is(err)) throw err
      failures++
      logger.warn({ err, collection: table, failures }, 'A watch goes on later')
      await delay(backoffDelay(FEED_BACKOFF, failures), undefined, { signal, ref: false }).catch(() => undefined)
    } finally {
      signal.removeEventListener('abort', onAbort)
      if (subscription) live.unsubscribe(subscription)
    }
  }
}
