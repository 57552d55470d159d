import type { z } from 'zod'
import type { Point } from '../core/index.ts'
import type { Transaction } from '../store/index.ts'
import type { RUN_STATUSES } from './schema.ts'

/** What a step's `do`, `undo` and `resolve` are given. */
export interface StepContext {
  /** The step's name. */
  readonly step: string
  /** Stable for this step of this run: pass it outward as idempotency key. A fresh one replaces it only when its old outcome has been resolved. */
  readonly key: string
  readonly runId: string
  /** The request that began the run, for what the step writes and logs; null when none did. */
  readonly requestId: string | null
  /** True when an earlier try of this step was begun and its outcome is not known. */
  readonly uncertain: boolean
  /** When this step's key was first written, ISO. */
  readonly firstTriedAt: string
  /** Aborted when this process has lost the run or is closing. */
  readonly signal: AbortSignal
  /** Reads the run in a transaction of yours, which then commits only while this process holds the run. */
  guard(tx: Transaction): Promise<void>
}
export interface Step<T> {
  /**
   * What says what is about to be asked of the outside; recorded, with the key, before `do`
   * runs. A step without it touches the store only, and is simply run again when its outcome is not
   * known; one with it is run again only while its key can be replayed.
   */
  readonly request?: object
  /** Must do its work once, however often it is run with the same key. */
  do(context: StepContext): Promise<T> | T
  /** Must be safe to repeat. A step without it has nothing to undo. */
  undo?(result: T, context: StepContext): Promise<void> | void
  /**
   * Finds out what became of a try whose outcome is unknown and whose key can no longer be replayed
   * (past 23 hours, or a replayed server error). `null`: it did not happen. Where that cannot be told it throws
   * `OutcomeUnknown`, and the run is the operator's: what it finds must be surely of this step.
   */
  resolve?(context: StepContext): Promise<T | null>
  /** What it does cannot be taken back: from its first try on, the run goes forward only, with back-off while the outside is away. */
  readonly irreversible?: true
}
export interface WorkflowContext {
  readonly runId: string
  /** The request that began the run; null when none did. */
  readonly requestId: string | null
  /**
   * Runs a step once, or returns its recorded result. Names are unique in a run; steps run one after the other, also
   * those that are asked for side by side. What has begun is waited for, whether the code does so or not. A result is
   * a plain value of at most 2 MiB (see `recorded-value.ts`), a run has at most 500 steps and 128 MiB. Outside of steps
   * a workflow does nothing but compute.
   */
  step<T>(name: string, step: Step<T>): Promise<T>
}
export interface Workflow<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  readonly name: string
  readonly version: number
  /** Input (at most 256 KiB) and output (at most 2 MiB) are plain values: JSON, undefined, dates, maps, sets, bigints. */
  readonly input: I
  readonly output: O
  run(context: WorkflowContext, input: z.output<I>): Promise<z.input<O>>
}
/** `running` and `undoing` go on by themselves; `parked` waits for an operator. */
export type RunStatus = (typeof RUN_STATUSES)[number]
/** `begun`: its outcome is not known; `absent`: it is known not to have happened. */
export type StepState = 'begun' | 'done' | 'absent' | 'undone'
export interface WorkflowRun {
  readonly id: string
  readonly workflow: string
  readonly key: string
  readonly requestId: string | null
  readonly status: RunStatus
  /** Why it is being undone, has failed, or is parked. */
  readonly error: { readonly code: string; readonly message: string } | null
  readonly steps: readonly { readonly name: string; readonly state: StepState }[]
  readonly startedAt: string
  readonly endedAt: string | null
}
/** A record of a run, as observers are told of it. */
export interface RunRecord {
  readonly workflow: string
  readonly runId: string
  readonly record:
    | 'start'
    | 'intent'
    | 'result'
    | 'key'
    | 'complete'
    | 'fail'
    | 'absent'
    | 'undone'
    | 'wait'
    | 'park'
    | 'end'
    | 'forget'
  /** The step that the record is about; null for one about the whole run. */
  readonly step: string | null
}
export type RunPoint = Point<RunRecord>
export interface WorkflowsCheck {
  readonly problems: readonly { readonly code: string; readonly id: string; readonly message: string }[]
  readonly checked: { readonly runs: number }
}
export interface Workflows {
  /** Makes a workflow known, so that runs of it left by a dead process are recovered. */
  register(workflow: Workflow): void
  /**
   * Runs to the end, or joins the run with this key, or returns its outcome. Without a key each call is a new attempt.
   * `requestId` (unless told, that of the request being worked for) is kept with a run that this call begins, given
   * to its steps, and is the current request of whatever they do, also after a crash; a run that it joins keeps its own.
   * @throws what a step threw, once the run has been undone, or is left to be undone with back-off
   * @throws InvalidWorkflowInput, InvalidRunKey before anything is done
   * @throws IdempotencyConflict the key was used with other input
   * @throws RunPending it goes forward with back-off: its step cannot be undone, and its outcome is not known
   * @throws RunParked it waits for an operator
   */
  run<I extends z.ZodType, O extends z.ZodType>(
    workflow: Workflow<I, O>,
    input: z.input<I>,
    options?: { key?: string; requestId?: string },
  ): Promise<z.output<O>>
  get(id: string): Promise<WorkflowRun | null>
  /** Newest first; 50 a page unless told, at most 1000. */
  list(options?: {
    status?: RunStatus
    after?: string
    limit?: number
  }): Promise<{ readonly items: WorkflowRun[]; readonly next: string | null }>
  /** Takes over runs whose owner is gone or whose wait is over and brings them on; returns how many. Run by the server now and then. */
  recover(): Promise<number>
  /** Gives a parked run another chance: the next `recover`, in any process, goes on with it. */
  retry(id: string): Promise<void>
  /** Every run that waits for an operator, and every one that no process has gone on with for long. Reads only. */
  check(): Promise<WorkflowsCheck>
  /** Lets the steps under way end, records them, and hands the runs to other processes. */
  close(): Promise<void>
}
