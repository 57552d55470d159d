import { setTimeout as delay } from 'node:timers/promises'
import { type Backoff, backoffDelay, type Logger, silentLogger } from '../core/index.ts'
import { CursorExpired, StoreUnavailable } from './errors.ts'
import type { AnyCollection, Change, Store, WatchOptions } from './types.ts'

const BACKOFF: Backoff = { first: 100, most: 5_000 }

/** Changes from here on follow: whoever keeps what they are told of reads it now, since some may have been missed. */
export interface ReadAnew {
  readonly type: 'read-anew'
}

/**
 * A collection's changes without an end but that of `signal`. It begins with `read-anew`, and says so again after
 * changes that the feed no longer keeps; a feed that breaks is taken up where it was, with growing pauses.
 * @example
 * for await (const told of followChanges(store, notes, { signal })) {
 *   if (told.type === 'read-anew') await readAllNotes()
 *   else show(told.document)
 * }
 */
export async function* followChanges<C extends AnyCollection>(
  store: Store,
  collection: C,
  options: Omit<WatchOptions<C>, 'from'> & { readonly signal: AbortSignal; readonly logger?: Logger },
): AsyncGenerator<Change<C> | ReadAnew, void, undefined> {
  const { signal, logger = silentLogger } = options
  let cursor: string | undefined
  for (let failures = 0; !signal.aborted; ) {
    try {
      if (cursor === undefined) {
        cursor = await store.cursor()
        yield { type: 'read-anew' }
      }
      for await (const change of store.collection(collection).watch({ ...options, from: cursor })) {
        cursor = change.cursor
        failures = 0
        yield change
      }
      if (!signal.aborted) throw new StoreUnavailable('the feed of changes ended')
    } catch (err) {
      if (signal.aborted) return
      if (CursorExpired.is(err)) cursor = undefined
      failures += 1
      logger.warn({ err, collection: collection.name, failures }, 'A feed of changes broke')
      await delay(backoffDelay(BACKOFF, failures), undefined, { signal, ref: false }).catch(() => {})
    }
  }
}
