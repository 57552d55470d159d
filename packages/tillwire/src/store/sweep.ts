import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from '../core/index.ts'
import type { StoredDocument, StoredQuery } from './driver.ts'
import { NotFound, StoreUnavailable, VersionConflict } from './errors.ts'
import type { Pipeline } from './pipeline.ts'
import { parseWhere } from './query/filter.ts'
import { hasPlace, orderValues, valueAt } from './query/match.ts'
import { parseOrder } from './query/page.ts'
import { dueUntil, type Retention } from './retention.ts'
import type { SteadyDriver } from './steady-driver.ts'
import type { TellOnce } from './tell-once.ts'
import type { Sweep } from './types.ts'

/** How many documents are removed at a time. */
const BATCH_DOCUMENTS = 100
/** The pause between two batches: others' commits go first. */
const PAUSE_MS = 5
const NOT_REMOVED = 'A document past its retention cannot be removed, and stays'

export interface Sweeping {
  readonly driver: SteadyDriver
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly telling: TellOnce
}

/**
 * Removes what is due of all collections; one whose removals fail does not keep the others waiting.
 * @throws the first of those failures, at the end.
 */
export async function sweepCollections(sweeping: Sweeping, pipelines: Iterable<Pipeline>): Promise<Sweep> {
  const sweep = { removed: 0, setAside: 0 }
  const failures: unknown[] = []
  for (const pipeline of pipelines) {
    const { retention } = pipeline.collection
    if (!retention) continue
    try {
      const { removed, setAside } = await sweepCollection(sweeping, pipeline, retention)
      sweep.removed += removed
      sweep.setAside += setAside
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
  return sweep
}

/** Removes the documents of one collection that are due, the oldest first, a batch at a time. */
async function sweepCollection(sweeping: Sweeping, pipeline: Pipeline, retention: Retention): Promise<Sweep> {
  const { driver, clock, signal } = sweeping
  const table = pipeline.table.name
  const now = clock.now()
  const due = dueQuery(pipeline, retention, now)
  const sweep = { removed: 0, setAside: 0 }
  let after: StoredQuery['after'] = null
  while (!signal.aborted) {
    const [batch] = await driver.read({ op: 'find', table, query: { ...due, after } })
    const outcomes = await Promise.all(batch.map((stored) => remove(driver, pipeline, stored, now)))
    // What stops every removal is no fault of a document.
    const down = outcomes.every((outcome) => 'error' in outcome && StoreUnavailable.is(outcome.error))
    for (const outcome of outcomes) {
      if ('removed' in outcome) sweep.removed += outcome.removed
      else if (down) throw outcome.error
      else {
        sweep.setAside++
        const { id, version } = outcome.stored
        sweeping.telling.tell(NOT_REMOVED, { collection: table, id, version }, outcome.error)
      }
    }
    const last = batch.findLast((stored) => hasPlace(stored, due.order))
    if (!last || batch.length < BATCH_DOCUMENTS) break
    after = orderValues(last, due.order)
    await delay(PAUSE_MS)
  }
  return sweep
}

/** The first batch of what is due: by the index of `from`. */
export function dueQuery({ resolver }: Pipeline, retention: Retention, now: Date): StoredQuery {
  const { from } = retention
  return {
    filter: parseWhere({ [from]: { lte: dueUntil(retention, now) } }, resolver),
    order: parseOrder({ [from]: 'asc' }, resolver),
    after: null,
    limit: BATCH_DOCUMENTS,
  }
}

/** Why a document that is due cannot be removed; null when it can, or is not due. */
export function refusalOf(pipeline: Pipeline, stored: StoredDocument, now: Date): { readonly error: unknown } | null {
  try {
    if (isDue(pipeline, stored, now)) pipeline.beforeDelete(stored, now.toISOString())
    return null
  } catch (error) {
    return { error }
  }
}

/** By what it says in the shape of today. Throws when it cannot be read: who knows what it says? */
function isDue(pipeline: Pipeline, stored: StoredDocument, now: Date): boolean {
  const { retention } = pipeline.collection
  if (!retention) return false
  const { path } = pipeline.resolver.resolve(retention.from)
  const time = valueAt({ ...stored, fields: pipeline.plain(stored) }, path)
  return typeof time === 'string' && time <= dueUntil(retention, now)
}

/** `removed` is 0 when somebody else has removed or changed it. */
type Outcome = { readonly removed: 0 | 1 } | { readonly stored: StoredDocument; readonly error: unknown }

async function remove(driver: SteadyDriver, pipeline: Pipeline, stored: StoredDocument, now: Date): Promise<Outcome> {
  const { id, version } = stored
  try {
    if (!isDue(pipeline, stored, now)) return { removed: 0 }
    pipeline.beforeDelete(stored, now.toISOString())
    await driver.commit({ writes: [{ op: 'remove', table: pipeline.table.name, id, version }], requires: [] })
    return { removed: 1 }
  } catch (error) {
    return VersionConflict.is(error) || NotFound.is(error) ? { removed: 0 } : { stored, error }
  }
}
