import { type Clock, invariant, isoAfter, milliseconds, type Observer, observed } from '../core/index.ts'
import {
  insert,
  NotFound,
  remove,
  replace,
  type Store,
  type Transaction,
  VersionConflict,
  type Write,
} from '../store/index.ts'
import { LeaseLost } from './errors.ts'
import { valueOfText } from './recorded-value.ts'
import { documentVersion, type Kept, LEASE, type RunChange, type RunDocument, type StepRecord } from './run.ts'
import { workflowRuns, workflowSteps } from './schema.ts'
import type { RunRecord } from './types.ts'

/** How often the lease is renewed while a step takes its time. */
const RENEWALS_PER_LEASE = 3

export interface HeldRunOptions {
  readonly clock: Clock
  readonly observer: Observer<RunRecord>
}

/** A record as it is written: what changes about the run, and what is written of its steps with it. */
export interface RunWrite {
  readonly change: RunChange
  readonly step?: string | null
  readonly documents?: readonly Write[]
}

/**
 * A run that this process owns. Every write names the version it follows, so that a process that
 * has lost the run can write nothing more; every write renews the lease.
 */
export class HeldRun {
  readonly #store: Store
  readonly #options: HeldRunOptions
  readonly #lost = new AbortController()
  readonly #renewal: NodeJS.Timeout
  #run: RunDocument
  #tail: Promise<unknown> = Promise.resolve()

  constructor(store: Store, run: RunDocument, options: HeldRunOptions) {
    this.#store = store
    this.#run = run
    this.#options = options
    this.#renewal = setInterval(() => this.#renew(), milliseconds(LEASE) / RENEWALS_PER_LEASE)
    this.#renewal.unref()
  }

  get run(): RunDocument {
    return this.#run
  }

  /** Aborted when another process has taken the run. */
  get lost(): AbortSignal {
    return this.#lost.signal
  }

  /**
   * Writes a record, and says so before and after.
   * @throws LeaseLost when another process has taken the run.
   */
  async save(record: RunRecord['record'], { change, step = null, documents = [] }: RunWrite): Promise<void> {
    const { workflow, id: runId } = this.#run
    await observed(this.#options.observer, { workflow, runId, record, step }, () => this.#write(change, documents))
  }

  /** What a step returned, as a value of its own. */
  async resultOf(index: number): Promise<unknown> {
    if (!this.#step(index).returned) return undefined
    const document = await this.#store.collection(workflowSteps).get(this.#documentId(index))
    invariant(document && document.result !== null, `the result of step ${index} of run ${this.#run.id} is gone`)
    return valueOfText(document.result)
  }

  /** The write of a request that a step is about to send. */
  keepRequest(index: number, request: Kept): Write {
    return this.#keep(index, this.#run.steps[index], { request: request.text, result: null })
  }

  /** The write of what a step has returned. */
  async keepResult(index: number, result: Kept): Promise<Write> {
    const step = this.#step(index)
    const document =
      documentVersion(step) === 0 ? null : await this.#store.collection(workflowSteps).get(this.#documentId(index))
    return this.#keep(index, step, { request: document?.request ?? null, result: result.text })
  }

  /** The writes that remove the documents of some steps. */
  forget(from: number, to: number): Write[] {
    return this.#run.steps.slice(from, to).flatMap((step, offset) => {
      const ifVersion = documentVersion(step)
      return ifVersion === 0 ? [] : [remove(workflowSteps, this.#documentId(from + offset), { ifVersion })]
    })
  }

  /** Makes a transaction depend on this process still holding the run. */
  async guard(tx: Transaction): Promise<void> {
    const stored = await tx.collection(workflowRuns).get(this.#run.id)
    if (!stored || stored.fence !== this.#run.fence || stored.owner !== this.#run.owner) throw this.#lose()
  }

  /** Ends the renewal; the record says who goes on. */
  stop(): void {
    clearInterval(this.#renewal)
  }

  #step(index: number): StepRecord {
    const step = this.#run.steps[index]
    invariant(step, `run ${this.#run.id} has no step ${index}`)
    return step
  }

  #documentId(index: number): string {
    return `${this.#run.id}:${index}`
  }

  #keep(
    index: number,
    step: StepRecord | undefined,
    document: { request: string | null; result: string | null },
  ): Write {
    const id = this.#documentId(index)
    const ifVersion = step ? documentVersion(step) : 0
    if (ifVersion === 0) return insert(workflowSteps, { id, ...document })
    return replace(workflowSteps, id, document, { ifVersion })
  }

  #renew(): void {
    // A run that was given up meanwhile has no lease. A store that is away for a moment is no reason
    // to stop: the next record finds out.
    const renewal = this.#tail.then(() => (this.#run.owner === null ? undefined : this.#commit({}, [])))
    this.#tail = renewal.catch(() => {})
  }

  #write(change: RunChange, documents: readonly Write[]): Promise<void> {
    const next = this.#tail.then(() => this.#commit(change, documents))
    this.#tail = next.catch(() => {})
    return next
  }

  async #commit(change: RunChange, documents: readonly Write[]): Promise<void> {
    this.#lost.signal.throwIfAborted()
    const { id, version } = this.#run
    const next = { ...this.#run, dueAt: isoAfter(this.#options.clock.now(), LEASE), ...change }
    try {
      await this.#store.commit({ writes: [replace(workflowRuns, id, next, { ifVersion: version }), ...documents] })
    } catch (error) {
      throw VersionConflict.is(error) || NotFound.is(error) ? this.#lose() : error
    }
    this.#run = { ...next, version: version + 1 }
  }

  #lose(): LeaseLost {
    const error = new LeaseLost(this.#run.id)
    this.#lost.abort(error)
    return error
  }
}
