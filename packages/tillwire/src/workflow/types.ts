import type { z } from 'zod'

/** What a step's `do` and `undo` are given. */
export interface StepContext {
  /** Stable for this step of this run: pass it outward as idempotency key. A fresh one replaces it only when its old outcome has been resolved. */
  readonly key: string
  readonly runId: string
  /** True when an earlier try of this step was begun and its outcome is not known. */
  readonly uncertain: boolean
  /** When this step's key was first written, ISO. */
  readonly firstTriedAt: string
  readonly signal: AbortSignal
}
export interface Step<T> {
  /** JSON that says what is about to be asked of the outside; recorded, with the key, before `do` runs. */
  readonly request?: object
  do(context: StepContext): Promise<T> | T
  undo?(result: T, context: StepContext): Promise<void> | void
  /**
   * Finds out what became of a try whose outcome is unknown and whose key can no longer be replayed
   * (past 23 hours, or a replayed server error). `null`: it did not happen.
   */
  resolve?(context: StepContext): Promise<T | null>
}
export interface WorkflowContext {
  readonly runId: string
  /** Runs a step once, or returns its recorded result. Names are unique in a run; results are JSON. */
  step<T>(name: string, step: Step<T>): Promise<T>
}
export interface Workflow<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  readonly name: string
  readonly version: number
  readonly input: I
  readonly output: O
  run(context: WorkflowContext, input: z.output<I>): Promise<z.input<O>>
}
export type RunStatus = 'running' | 'completed' | 'undoing' | 'failed' | 'parked'
export interface WorkflowRun {
  readonly id: string
  readonly workflow: string
  readonly key: string
  readonly status: RunStatus
  readonly error: { readonly code: string; readonly message: string } | null
  readonly steps: readonly { readonly name: string; readonly state: string }[]
  readonly startedAt: string
  readonly endedAt: string | null
}
export interface Workflows {
  /** Makes a workflow known, so that runs of it left by a dead process are recovered. */
  register(workflow: Workflow): void
  /** Runs to the end, or joins the run with this key, or returns its outcome. Without a key each call is a new attempt. */
  run<I extends z.ZodType, O extends z.ZodType>(
    workflow: Workflow<I, O>,
    input: z.input<I>,
    options?: { key?: string },
  ): Promise<z.output<O>>
  get(id: string): Promise<WorkflowRun | null>
  list(options?: {
    status?: RunStatus
    after?: string
    limit?: number
  }): Promise<{ readonly items: WorkflowRun[]; readonly next: string | null }>
  /** Takes over runs whose owner is gone and brings them to an end; returns how many. Run by the server now and then. */
  recover(): Promise<number>
  /** Gives a parked run another chance. */
  retry(id: string): Promise<void>
  close(): Promise<void>
}
