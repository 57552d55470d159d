import { setTimeout as delay } from 'node:timers/promises'
import { backoffDelay, type Clock, invariant, isTillwireError } from '../core/index.ts'
import { KeySpent, OutcomeUnknown, UndoRefused } from './errors.ts'
import { didNothing, failureOf, isDefinite } from './failure.ts'
import type { HeldRun } from './held-run.ts'
import { valueOfText } from './recorded-value.ts'
import {
  canReplay,
  changeStep,
  freshKey,
  keep,
  MAX_RESULT_BYTES,
  STEP_BACKOFF,
  type StepRecord,
  triesOf,
} from './run.ts'
import type { Step, StepContext } from './types.ts'

/** What a step of a run works with. */
export interface Surroundings {
  readonly held: HeldRun
  readonly clock: Clock
  /** Aborted when the run is lost or the process closes. */
  readonly signal: AbortSignal
}

/** What became of a step: it happened, it certainly did not (though it may later, see `isDefinite`), or nobody knows yet. */
export type Outcome =
  | { readonly kind: 'done'; readonly result: unknown }
  | { readonly kind: 'absent'; readonly error: unknown }
  | { readonly kind: 'unknown'; readonly error: unknown }

/**
 * Tries a begun step a bounded number of times under its key. An outcome that is not known is found
 * out first: by the same key, or, when that can no longer be replayed, by `resolve`; if it did not
 * happen, a step that is wanted is tried under a fresh key.
 * @throws OutcomeUnknown when nobody can say, and the signal's reason when it is aborted.
 */
export async function tryStep(
  around: Surroundings,
  index: number,
  step: Step<unknown>,
  { resumed, wanted }: { resumed: boolean; wanted: boolean },
): Promise<Outcome> {
  let uncertain = resumed
  let most = triesOf(around.held.run)
  let wasSpent = false
  for (let tries = 1; ; tries++) {
    around.signal.throwIfAborted()
    const outcome = await tryOnce(around, index, step, { uncertain, wanted }).catch(unknownUnlessStuck)
    if (outcome.kind === 'done') return outcome
    around.signal.throwIfAborted()
    if (outcome.kind === 'absent' && (!wanted || isDefinite(outcome.error))) return outcome
    uncertain = outcome.kind === 'unknown'
    const isSpent = KeySpent.is(outcome.error)
    if (isSpent) await saveStep(around, index, 'key', { keySpent: true })
    // An answer that only tells that the key is spent was no try; once, so that this has an end.
    if (isSpent && !wasSpent) most += 1
    wasSpent ||= isSpent
    if (tries >= most) return { ...outcome, error: behindSpentKey(outcome.error) }
    await pause(around, tries)
  }
}

async function tryOnce(
  around: Surroundings,
  index: number,
  step: Step<unknown>,
  { uncertain, wanted }: { uncertain: boolean; wanted: boolean },
): Promise<Outcome> {
  const lookUpFirst = uncertain && !canReplay(recordOf(around, index), around.clock.now())
  if (lookUpFirst) {
    const found = await lookUp(around, index, step)
    if (found !== null) return { kind: 'done', result: found }
    if (!wanted) return { kind: 'absent', error: null }
    await renewKey(around, index)
  }
  const stillUncertain = uncertain && !lookUpFirst
  try {
    return { kind: 'done', result: await step.do(contextOf(around, index, stillUncertain)) }
  } catch (error) {
    if (!didNothing(error)) return { kind: 'unknown', error }
    if (!stillUncertain) return { kind: 'absent', error }
    // It speaks of this try; the one before it may have happened all the same.
    if (!isDefinite(error)) return { kind: 'unknown', error }
    const earlier = step.resolve ? await lookUp(around, index, step) : null
    return earlier === null ? { kind: 'absent', error } : { kind: 'done', result: earlier }
  }
}

/** What a caller is told of a spent key, which is between the step and the other side: the error that it brought back. */
function behindSpentKey(error: unknown): unknown {
  return KeySpent.is(error) && isTillwireError(error.cause) ? error.cause : error
}

function unknownUnlessStuck(error: unknown): Outcome {
  if (OutcomeUnknown.is(error)) throw error
  return { kind: 'unknown', error }
}

/**
 * Undoes one step, after finding out whether it happened.
 * @throws UndoRefused when the other side will not have it, else what the last of a bounded number of tries threw.
 */
export async function undoStep(around: Surroundings, index: number, step: Step<unknown>): Promise<void> {
  const { state } = recordOf(around, index)
  if (!step.undo || state === 'absent' || state === 'undone') return
  if (state === 'begun') {
    const outcome = await tryStep(around, index, step, { resumed: true, wanted: false })
    if (outcome.kind === 'unknown') throw outcome.error
    if (outcome.kind === 'absent') return saveStep(around, index, 'absent', { state: 'absent' })
    await saveResult(around, index, outcome.result)
  }
  for (let tries = 1; ; tries++) {
    around.signal.throwIfAborted()
    try {
      const context = contextOf(around, index, tries > 1)
      await step.undo(await around.held.resultOf(index), { ...context, key: `${context.key}:undo` })
      break
    } catch (error) {
      if (isDefinite(error)) throw new UndoRefused(recordOf(around, index).name, failureOf(error).message, error)
      if (tries >= triesOf(around.held.run)) throw behindSpentKey(error)
    }
    await pause(around, tries)
  }
  await saveStep(around, index, 'undone', { state: 'undone' })
}

async function lookUp(around: Surroundings, index: number, step: Step<unknown>): Promise<unknown> {
  const { name, key } = recordOf(around, index)
  if (!step.resolve) throw new OutcomeUnknown({ step: name, key })
  return step.resolve(contextOf(around, index, true))
}

async function renewKey(around: Surroundings, index: number): Promise<void> {
  await saveStep(around, index, 'key', freshKey(recordOf(around, index), around.clock.now()))
}

/**
 * Records what a step returned; returns it as it will be returned from then on.
 * @throws NotRecordable, RunTooLarge when that cannot be kept: an operator has to look
 */
export async function saveResult({ held }: Surroundings, index: number, value: unknown): Promise<unknown> {
  const record = recordOf({ held }, index)
  const result = value === undefined ? null : keep(value, `What step ${record.name} returned`, MAX_RESULT_BYTES)
  const documents = result ? [await held.keepResult(index, result)] : []
  const done = { state: 'done' as const, returned: result !== null, bytes: record.bytes + (result?.bytes ?? 0) }
  await held.save('result', {
    change: { ...changeStep(held.run, index, done), waits: 0 },
    step: record.name,
    documents,
  })
  return result ? valueOfText(result.text) : undefined
}

/** Makes a step that did not happen ready for a try of its own. */
export function beginAgain(around: Surroundings, index: number): Promise<void> {
  const fresh = freshKey(recordOf(around, index), around.clock.now())
  return saveStep(around, index, 'key', { state: 'begun', ...fresh })
}

function saveStep(
  { held }: Surroundings,
  index: number,
  record: 'key' | 'absent' | 'undone',
  change: Partial<StepRecord>,
): Promise<void> {
  const progress = record === 'key' ? {} : { waits: 0 }
  const { name } = recordOf({ held }, index)
  return held.save(record, { change: { ...changeStep(held.run, index, change), ...progress }, step: name })
}

function recordOf({ held }: Pick<Surroundings, 'held'>, index: number): StepRecord {
  const record = held.run.steps[index]
  invariant(record, `run ${held.run.id} has no step ${index}`)
  return record
}

function contextOf({ held, signal }: Surroundings, index: number, uncertain: boolean): StepContext {
  const { name, key, firstTriedAt } = recordOf({ held }, index)
  const { id: runId, requestId } = held.run
  return { step: name, key, firstTriedAt, uncertain, signal, runId, requestId, guard: (tx) => held.guard(tx) }
}

/** Waits, unless the signal ends the wait; the caller looks at the signal next. */
async function pause({ signal }: Surroundings, tries: number): Promise<void> {
  await delay(backoffDelay(STEP_BACKOFF, tries), undefined, { signal }).catch(() => {})
}
