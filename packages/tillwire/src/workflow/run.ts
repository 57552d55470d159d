import {
  type Backoff,
  canonicalJson,
  type Duration,
  isTillwireError,
  milliseconds,
  type TillwireError,
} from '../core/index.ts'
import type { DocumentOf, FieldsOf } from '../store/index.ts'
import { RecordedError, RunParked } from './errors.ts'
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

/** Whether an error says for certain that what was asked has not happened. */
export function isDefinite(error: unknown): error is TillwireError {
  return isTillwireError(error) && !error.retryable && error.code !== 'internal'
}

/** Whether a run may be undone: nothing irreversible has been begun, or it is known not to have happened. */
export function canGoBack(run: RunFields): boolean {
  return !run.steps.some((step) => step.irreversible && (step.state === 'begun' || step.state === 'done'))
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
    status: run.status,
    error: error && { code: error.code, message: error.message },
    steps: run.steps.map(({ name, state }) => ({ name, state })),
    startedAt: run.createdAt,
    endedAt: run.endedAt,
  }
}
