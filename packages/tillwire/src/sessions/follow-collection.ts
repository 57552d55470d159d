import { setTimeout as delay } from 'node:timers/promises'
import { type Backoff, backoffDelay, type Logger } from '../core/index.ts'
import { type AnyCollection, CursorExpired, type Store, StoreUnavailable } from '../store/index.ts'

const BACKOFF: Backoff = { first: 100, most: 5_000 }

export interface Feed {
  /** Settles once changes are followed, or no more will be; never rejects. */
  readonly begun: Promise<void>
  /** Settles when `signal` has ended it; never rejects. */
  readonly ended: Promise<void>
}

/**
 * Follows which documents of a collection change, until `signal` aborts. A feed that breaks is taken
 * up where it was, and `onBreak` is told once it runs again: changes may have been missed.
 */
export function followCollection(
  store: Store,
  collection: AnyCollection,
  options: {
    readonly signal: AbortSignal
    readonly logger: Logger
    onChange(id: string): void
    onBreak(): void
  },
): Feed {
  const { signal, logger, onChange, onBreak } = options
  const begun = Promise.withResolvers<void>()
  return { begun: begun.promise, ended: follow().finally(begun.resolve) }

  async function follow(): Promise<void> {
    let cursor: string | undefined
    for (let failures = 0; !signal.aborted; ) {
      try {
        cursor ??= await store.cursor()
        begun.resolve()
        if (failures > 0) onBreak()
        for await (const change of store.collection(collection).watch({ from: cursor, signal })) {
          cursor = change.cursor
          failures = 0
          onChange(change.id)
        }
        if (!signal.aborted) throw new StoreUnavailable('the feed of changes ended')
      } catch (error) {
        if (signal.aborted) return
        if (CursorExpired.is(error)) cursor = undefined
        failures += 1
        logger.warn({ err: error, collection: collection.name, failures }, 'A feed of changes broke')
        const pause = delay(backoffDelay(BACKOFF, failures), undefined, { signal, ref: false })
        await pause.catch(() => {})
      }
    }
  }
}
