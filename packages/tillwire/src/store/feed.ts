import type { Driver } from './driver.ts'
import { CursorExpired, InvalidQuery } from './errors.ts'
import { type About, type LiveChanges, READ_CHANGES, type ToldChange, tell } from './live-changes.ts'
import type { Pipeline } from './pipeline.ts'
import type { StoredFilter } from './query/filter.ts'
import type { AnyCollection, Change, DocumentOf } from './types.ts'

/** A cursor names its store, so that one of another store is not mistaken for a place in this one. */
export function encodeCursor(driver: Driver, position: number): string {
  return Buffer.from(`${driver.id}@${position}`).toString('base64url')
}

/** @throws InvalidQuery when it is not a cursor, CursorExpired when it belongs to another store. */
export function decodeCursor(driver: Driver, cursor: string): number {
  const match = /^(.+)@(\d+)$/.exec(Buffer.from(cursor, 'base64url').toString())
  if (!match) throw new InvalidQuery('`from` is not a cursor of a feed')
  if (match[1] !== driver.id) throw new CursorExpired('it belongs to another store')
  return Number(match[2])
}

/** Changes after a position as they are committed, until the signal aborts. */
export async function* follow<C extends AnyCollection>(
  live: LiveChanges,
  pipeline: Pipeline,
  options: {
    readonly filter: StoredFilter
    readonly about: About
    readonly start: Promise<number>
    readonly signal: AbortSignal
  },
): AsyncGenerator<Change<C>, void, undefined> {
  const { filter, about, signal } = options
  const { driver, table } = live
  const present = ({ type, change: { id, version, after, position } }: ToldChange): Change<C> => ({
    type,
    id,
    version,
    document: after && (pipeline.loadCopy(after) as DocumentOf<C>),
    cursor: encodeCursor(driver, position),
  })

  let position = await options.start
  while (!signal.aborted) {
    const subscription = await live.subscribe(filter, about)
    const onAbort = () => subscription.wake()
    signal.addEventListener('abort', onAbort)
    try {
      do {
        const { changes, upTo } = await driver.changes(table, position, READ_CHANGES, about)
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
    } finally {
      signal.removeEventListener('abort', onAbort)
      live.unsubscribe(subscription)
    }
  }
}
