import {
  type Backoff,
  backoffDelay,
  contentHash,
  type Duration,
  invariant,
  milliseconds,
  type TillwireError,
} from '../core/index.ts'
import type { DocumentOf, FieldsOf } from '../store/index.ts'
import { CannotUndo, RecordedError, RunParked, RunTooLarge } from './errors.ts'
import { failureOf, isDefinite } from './failure.ts'
import { checkName } from './names.ts'
import { comparable, type RecordedValue, recordValue } from './recorded-value.ts'
import type { workflowRuns } from './schema.ts'
import type { Step, WorkflowRun } from './types.ts'

export type RunDocument = DocumentOf<typeof workflowRuns>
export type RunFields = FieldsOf<typeof workflowRuns>
export type StepRecord = RunFields['steps'][number]
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

/** What is kept of a step's request, and of an input. */
export const MAX_REQUEST_BYTES = 256 * 1024
/** What is kept of a step's result, and of an output. */
export const MAX_RESULT_BYTES = 2 * 1024 * 1024
/** What is kept of all steps of a run: no further step is begun above it. */
export const MAX_RUN_BYTES = 128 * 1024 * 1024
export const MAX_STEPS = 500
/** Documents of steps that are removed in one commit, once their run has ended. */
const FORGET_STEPS = 32
const FORGET_BYTES = 4 * 1024 * 1024

/** A value that is kept, as text. */
export interface Kept {
  readonly text: string
  readonly bytes: number
}

/**
 * What is written down of a value.
 * @throws NotRecordable, RunTooLarge
 */
export function keep(value: unknown, what: string, most: number): Kept {
  const text = JSON.stringify(recordValue(value, what))
  const bytes = Buffer.byteLength(text)
  if (bytes > most) throw new RunTooLarge(what, { size: bytes, most, unit: 'bytes' })
  return { text, bytes }
}

/** Equal for values that ask for the same; null for none. */
export function hashOf(recorded: RecordedValue): string {
  return contentHash(comparable(recorded))
}

/**
 * The record of a step that is about to be tried for the first time, and what it asks for.
 * @throws InvalidName, NotRecordable, RunTooLarge: it certainly does not happen
 */
export function beginStep(
  run: Pick<RunDocument, 'id' | 'steps'>,
  name: string,
  step: Step<unknown>,
  now: Date,
): { readonly record: StepRecord; readonly request: Kept | null } {
  checkName('step', name)
  const count = run.steps.length + 1
  if (count > MAX_STEPS) throw new RunTooLarge(`Run ${run.id}`, { size: count, most: MAX_STEPS, unit: 'steps' })
  const size = run.steps.reduce((sum, { bytes }) => sum + bytes, 0)
  if (size > MAX_RUN_BYTES) throw new RunTooLarge(`Run ${run.id}`, { size, most: MAX_RUN_BYTES, unit: 'bytes' })
  const request =
    step.request === undefined ? null : keep(step.request, `The request of step ${name}`, MAX_REQUEST_BYTES)
  const record = {
    name,
    state: 'begun' as const,
    key: `${run.id}:${name}:1`,
    keySpent: false,
    firstTriedAt: now.toISOString(),
    requestHash: request && hashOf(JSON.parse(request.text)),
    returned: false,
    irreversible: step.irreversible ?? false,
    bytes: request?.bytes ?? 0,
  }
  return { record, request }
}

/** The version of a step's document: it is written with its request, and with its result. 0: there is none. */
export function documentVersion({ requestHash, returned }: StepRecord): number {
  return (requestHash === null ? 0 : 1) + (returned ? 1 : 0)
}

/** The steps of an ended run whose documents are removed next, in one commit: from `forgotten` up to this one. */
export function forgetUpTo({ steps, forgotten }: Pick<RunFields, 'steps' | 'forgotten'>): number {
  let end = forgotten
  for (let bytes = 0; end < steps.length && end - forgotten < FORGET_STEPS; end++) {
    bytes += steps[end]?.bytes ?? 0
    if (bytes > FORGET_BYTES && end > forgotten) break
  }
  return end
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
  if (step.requestHash === null) return true
  return !step.keySpent && now.getTime() - Date.parse(step.firstTriedAt) < milliseconds(KEY_LIFE)
}

/** How a recorded step differs from the code's; null when it is the same. What it asked for counts until it happened. */
export function differenceFrom(step: StepRecord, name: string, request: object | undefined): string | null {
  if (step.name !== name) return `step "${step.name}"`
  if (step.state === 'done' || step.state === 'undone') return null
  const asked = request === undefined ? null : hashOf(recordValue(request, `The request of step ${name}`))
  return step.requestHash === asked ? null : `another request of step "${step.name}"`
}

/** What changes about a step whose key can no longer be replayed, when it is to be tried again: its next key. */
export function freshKey({ key }: StepRecord, now: Date): Partial<StepRecord> {
  const [, stem, count] = /^(.*):(\d+)$/.exec(key) ?? []
  invariant(stem, `"${key}" is not a step's key`)
  return { key: `${stem}:${Number(count) + 1}`, keySpent: false, firstTriedAt: now.toISOString() }
}

/** What becomes of a run that has failed. */
export type AfterFailure =
  | { readonly next: 'undo'; readonly change: RunChange }
  | { readonly next: 'wait'; readonly change: RunChange }
  | { readonly next: 'park'; readonly error: CannotUndo }

/**
 * Decides how a run goes on that failed at the step at `index`, which is `absent` when it certainly
 * did not happen. It is undone when nothing irreversible may have happened; else, and at an irreversible
 * step that may still happen, it goes forward while the outside may answer, and is the operator's when that has refused.
 */
export function decideFailure(
  run: RunFields,
  { index, absent, error }: { readonly index: number; readonly absent: boolean; readonly error: unknown },
): AfterFailure {
  const { steps } = absent ? changeStep(run, index, { state: 'absent' }) : run
  const isFinal = steps.some(({ irreversible, state }) => irreversible && (state === 'begun' || state === 'done'))
  const mayHappen = steps[index]?.irreversible && !isDefinite(error)
  if (!isFinal && !mayHappen)
    return { next: 'undo', change: { steps, status: 'undoing', error: failureOf(error), waits: 0 } }
  if (!isDefinite(error)) return { next: 'wait', change: { steps } }
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
