import {
  type Backoff,
  backoffDelay,
  canonicalJson,
  type Duration,
  invariant,
  isTillwireError,
  milliseconds,
  type TillwireError,
} from '../core/index.ts'
import type { DocumentOf, FieldsOf } from '../store/index.ts'
import { CannotUndo, RecordedError, RunParked } from './errors.ts'
import type { workflowRuns } from './schema.ts'
import type { Step, WorkflowRun } from './types.ts'

export type RunDocument = DocumentOf<typeof workflowRuns>
export type RunFields = FieldsOf<typeof workflowRuns>
export type StepRecord = RunFields['steps'][number]
export type Failure = NonNullable<RunFields['error']>
/** What a record changes about a run. */
export type RunChange = Partial<Omit<RunFields, 'workflow' | 'key' | 'input' | 'inputHash' | 'fence'>>

/** How long a run belongs to its owner without a sign of life. */
export const LEASE: Duration = '10s'
/** A key older than this may have been forgotten by the other side (Stripe keeps them 24 hours). */
export const KEY_LIFE: Duration = '23h'
/** How often in a row a step is tried before its run gives up or waits. */
export const STEP_TRIES = 3
export const STEP_BACKOFF: Backoff = { first: 200, most: 2_000 }
/** How often in a row a run waits for the outside before it is parked: about two hours. */
export const MAX_WAITS = 12
export const WAIT_BACKOFF: Backoff = { first: 2_000, most: 1_800_000 }

/** A value as it comes back from the record: nothing is null there. */
export function recorded<T>(value: T): T {
  return JSON.parse(JSON.stringify(value ?? null))
}

/** The record of a step that is about to be tried for the first time. */
export function beginStep(name: string, key: string, now: Date, step: Step<unknown>): StepRecord {
  return {
    name,
    state: 'begun',
    key,
    keySpent: false,
    firstTriedAt: now.toISOString(),
    request: recorded(step.request),
    result: null,
    irreversible: step.irreversible ?? false,
  }
}

/** How often a step is tried now: a run that has waited for the outside asks once, and waits again. */
export function triesOf(run: RunFields): number {
  return run.waits > 0 ? 1 : STEP_TRIES
}

/** The steps with one of them changed. */
export function changeStep(run: RunFields, index: number, change: Partial<StepRecord>): { steps: StepRecord[] } {
  return { steps: run.steps.map((step, at) => (at === index ? { ...step, ...change } : step)) }
}

/** Whether the same key may still be sent outward to learn, or to bring about, the outcome. */
export function canReplay(step: StepRecord, now: Date): boolean {
  if (step.request === null) return true
  return !step.keySpent && now.getTime() - Date.parse(step.firstTriedAt) < milliseconds(KEY_LIFE)
}

/** How a recorded step differs from the code's; null when it is the same. */
export function differenceFrom(step: StepRecord, name: string, request: object | undefined): string | null {
  if (step.name !== name) return `step "${step.name}"`
  const asked = recorded(request)
  const same = step.state !== 'begun' || canonicalJson(step.request) === canonicalJson(asked)
  return same ? null : `another request of step "${step.name}"`
}

/** What changes about a step whose key can no longer be replayed, when it is to be tried again: its next key. */
export function freshKey({ key }: StepRecord, now: Date): Partial<StepRecord> {
  const [, stem, count] = /^(.*):(\d+)$/.exec(key) ?? []
  invariant(stem, `"${key}" is not a step's key`)
  return { key: `${stem}:${Number(count) + 1}`, keySpent: false, firstTriedAt: now.toISOString() }
}

/** Whether an error says for certain that what was asked has not happened. */
export function isDefinite(error: unknown): error is TillwireError {
  return isTillwireError(error) && !error.retryable && error.code !== 'internal'
}

/** What becomes of a run that has failed. */
export type AfterFailure =
  | { readonly next: 'undo'; readonly change: RunChange }
  | { readonly next: 'wait' }
  | { readonly next: 'park'; readonly error: CannotUndo }

/**
 * Decides how a run goes on that failed at the step at `index`, which is `absent` when it certainly
 * did not happen. It is undone when nothing irreversible may have happened; else it goes forward
 * while the outside may still answer, and is the operator's when that has refused.
 */
export function decideFailure(
  run: RunFields,
  { index, absent, error }: { readonly index: number; readonly absent: boolean; readonly error: unknown },
): AfterFailure {
  const { steps } = absent ? changeStep(run, index, { state: 'absent' }) : run
  const isFinal = steps.some(({ irreversible, state }) => irreversible && (state === 'begun' || state === 'done'))
  if (!isFinal) return { next: 'undo', change: { steps, status: 'undoing', error: failureOf(error), waits: 0 } }
  if (!isDefinite(error)) return { next: 'wait' }
  return { next: 'park', error: new CannotUndo(steps.at(-1)?.name ?? '', failureOf(error).message, error) }
}

/** Whether a run that is under way has nobody working on it. */
export function isFree({ owner, dueAt }: RunFields, now: Date): boolean {
  return owner === null || (dueAt !== null && dueAt <= now.toISOString())
}

/** A run's next wait for the outside; null when it has waited often enough. */
export function nextWait(run: RunFields, now: Date): RunChange | null {
  const waits = run.waits + 1
  if (waits > MAX_WAITS) return null
  return { owner: null, waits, dueAt: new Date(now.getTime() + backoffDelay(WAIT_BACKOFF, waits)).toISOString() }
}

/** A parked run's other chance: it goes on as it was when it was parked. */
export function unpark(run: RunFields, now: Date): RunChange {
  return { status: run.error ? 'undoing' : 'running', parked: null, waits: 0, dueAt: now.toISOString() }
}

/** An error that went by, as it is kept. An error that is not of Tillwire's keeps its message for the operator. */
export function failureOf(error: unknown): Failure {
  if (!isTillwireError(error)) {
    const message = error instanceof Error ? error.message : String(error)
    return { code: 'internal', message, details: {}, retryable: false }
  }
  const { code, message, details, retryable } = error
  return { code, message, details: recorded({ ...details }), retryable }
}

/** The error that a run's callers get; null while it runs and when it has completed. */
export function errorOf(run: RunDocument): TillwireError | null {
  if (run.status === 'parked') return new RunParked(run.id, run.parked ?? failureOf('no reason was kept'))
  return run.error ? new RecordedError(run.error) : null
}

/** What a run looks like from outside. */
export function describeRun(run: RunDocument): WorkflowRun {
  const error = run.status === 'parked' ? run.parked : run.error
  return {
    id: run.id,
    workflow: run.workflow,
    key: run.key,
    requestId: run.requestId,
    status: run.status,
    error: error && { code: error.code, message: error.message },
    steps: run.steps.map(({ name, state }) => ({ name, state })),
    startedAt: run.createdAt,
    endedAt: run.endedAt,
  }
}
