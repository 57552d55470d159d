import type { Driver, StoredChange } from './driver.ts'
import { CursorExpired, InvalidQuery } from './errors.ts'
import type { Pipeline } from './pipeline.ts'
import type { StoredFilter } from './query/filter.ts'
import { matches } from './query/match.ts'
import type { AnyCollection, Change, DocumentOf } from './types.ts'

/** How many changes a watcher reads at a time; it reads on when those are consumed. */
const READ_CHANGES = 256

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
  driver: Driver,
  pipeline: Pipeline,
  options: { readonly filter: StoredFilter; readonly start: Promise<number>; readonly signal: AbortSignal },
): AsyncGenerator<Change<C>, void, undefined> {
  const { filter, signal } = options
  let wake = Promise.withResolvers<void>()
  const onWake = () => wake.resolve()
  const stopListening = driver.onChange(onWake)
  signal.addEventListener('abort', onWake)
  try {
    let position = await options.start
    while (!signal.aborted) {
      const { changes, upTo } = await driver.changes(pipeline.table.name, position, READ_CHANGES)
      for (const change of changes) {
        if (signal.aborted) return
        const told = tell<C>(driver, pipeline, filter, change)
        if (told) yield told
      }
      const behind = upTo > position
      position = upTo
      if (behind) continue
      await wake.promise
      wake = Promise.withResolvers<void>()
    }
  } finally {
    stopListening()
    signal.removeEventListener('abort', onWake)
  }
}

function tell<C extends AnyCollection>(
  driver: Driver,
  pipeline: Pipeline,
  filter: StoredFilter,
  { position, id, version, before, after }: StoredChange,
): Change<C> | null {
  const did = before !== null && matches(before, filter)
  const does = after !== null && matches(after, filter)
  if (!did && !does) return null
  return {
    type: !did ? 'append' : does ? 'update' : 'remove',
    id,
    version,
    document: after && (pipeline.load(after) as DocumentOf<C>),
    cursor: encodeCursor(driver, position),
  }
}
