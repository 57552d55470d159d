import { setTimeout as delay } from 'node:timers/promises'
import { backoffDelay, type Clock, invariant } from '../core/index.ts'
import { KeySpent, OutcomeUnknown } from './errors.ts'
import type { HeldRun } from './held-run.ts'
import { canReplay, changeStep, freshKey, isDefinite, STEP_BACKOFF, type StepRecord, triesOf } from './run.ts'
import type { Step, StepContext } from './types.ts'

/** What a step of a run works with. */
export interface Surroundings {
  readonly held: HeldRun
  readonly clock: Clock
  /** Aborted when the run is lost or the process closes. */
  readonly signal: AbortSignal
}

/** What became of a step: it happened, it certainly did not, or nobody knows yet. */
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
  for (let tries = 1; ; tries++) {
    around.signal.throwIfAborted()
    const uncertain = resumed || tries > 1
    const outcome = await tryOnce(around, index, step, { uncertain, wanted }).catch(unknownUnlessStuck)
    if (outcome.kind === 'done') return outcome
    around.signal.throwIfAborted()
    if (outcome.kind === 'absent') return outcome
    if (KeySpent.is(outcome.error)) await saveStep(around, index, 'key', { keySpent: true })
    if (tries >= triesOf(around.held.run)) return outcome
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
    if (!isDefinite(error)) return { kind: 'unknown', error }
    // A refusal speaks of this try; the one before it may have happened all the same.
    const earlier = stillUncertain && step.resolve ? await lookUp(around, index, step) : null
    return earlier === null ? { kind: 'absent', error } : { kind: 'done', result: earlier }
  }
}

function unknownUnlessStuck(error: unknown): Outcome {
  if (OutcomeUnknown.is(error)) throw error
  return { kind: 'unknown', error }
}

/**
 * Undoes one step, after finding out whether it happened.
 * @throws what the last of a bounded number of tries threw.
 */
export async function undoStep(around: Surroundings, index: number, step: Step<unknown>): Promise<void> {
  const { state } = recordOf(around, index)
  if (!step.undo || state === 'absent' || state === 'undone') return
  if (state === 'begun') {
    const outcome = await tryStep(around, index, step, { resumed: true, wanted: false })
    if (outcome.kind === 'unknown') throw outcome.error
    if (outcome.kind === 'absent') return saveStep(around, index, 'absent', { state: 'absent' })
    await saveStep(around, index, 'result', { state: 'done', result: outcome.result })
  }
  for (let tries = 1; ; tries++) {
    around.signal.throwIfAborted()
    try {
      const context = contextOf(around, index, tries > 1)
      await step.undo(recordOf(around, index).result, { ...context, key: `${context.key}:undo` })
      break
    } catch (error) {
      if (tries >= triesOf(around.held.run)) throw error
    }
    await pause(around, tries)
  }
  await saveStep(around, index, 'undone', { state: 'undone' })
}

async function lookUp(around: Surroundings, index: number, step: Step<unknown>): Promise<unknown> {
  const { name, key } = recordOf(around, index)
  if (!step.resolve) throw new OutcomeUnknown(name, key)
  return step.resolve(contextOf(around, index, true))
}

async function renewKey(around: Surroundings, index: number): Promise<void> {
  await saveStep(around, index, 'key', freshKey(recordOf(around, index), around.clock.now()))
}

function saveStep(
  { held }: Surroundings,
  index: number,
  record: 'key' | 'absent' | 'result' | 'undone',
  change: Partial<StepRecord>,
): Promise<void> {
  const progress = record === 'key' ? {} : { waits: 0 }
  return held.save(record, { ...changeStep(held.run, index, change), ...progress }, recordOf({ held }, index).name)
}

function recordOf({ held }: Pick<Surroundings, 'held'>, index: number): StepRecord {
  const record = held.run.steps[index]
  invariant(record, `run ${held.run.id} has no step ${index}`)
  return record
}

function contextOf({ held, signal }: Surroundings, index: number, uncertain: boolean): StepContext {
  const { key, firstTriedAt } = recordOf({ held }, index)
  const { id: runId, requestId } = held.run
  return { key, firstTriedAt, uncertain, signal, runId, requestId, guard: (tx) => held.guard(tx) }
}

/** Waits, unless the signal ends the wait; the caller looks at the signal next. */
async function pause({ signal }: Surroundings, tries: number): Promise<void> {
  await delay(backoffDelay(STEP_BACKOFF, tries), undefined, { signal }).catch(() => {})
}
