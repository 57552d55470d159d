import { type Clock, isoAfter, milliseconds, type Observer, observed } from '../core/index.ts'
import { NotFound, type Store, type Transaction, VersionConflict } from '../store/index.ts'
import { LeaseLost } from './errors.ts'
import { LEASE, type RunChange, type RunDocument } from './run.ts'
import { workflowRuns } from './schema.ts'
import type { RunRecord } from './types.ts'

/** How often the lease is renewed while a step takes its time. */
const RENEWALS_PER_LEASE = 3

export interface HeldRunOptions {
  readonly clock: Clock
  readonly observer: Observer<RunRecord>
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
  async save(record: RunRecord['record'], change: RunChange, step: string | null = null): Promise<void> {
    const { workflow, id: runId } = this.#run
    await observed(this.#options.observer, { workflow, runId, record, step }, () => this.#write(change))
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

  #renew(): void {
    // A run that was given up meanwhile has no lease. A store that is away for a moment is no reason
    // to stop: the next record finds out.
    const renewal = this.#tail.then(() => (this.#run.owner === null ? undefined : this.#update({})))
    this.#tail = renewal.catch(() => {})
  }

  #write(change: RunChange): Promise<void> {
    const next = this.#tail.then(() => this.#update(change))
    this.#tail = next.catch(() => {})
    return next
  }

  async #update(change: RunChange): Promise<void> {
    this.#lost.signal.throwIfAborted()
    const dueAt = isoAfter(this.#options.clock.now(), LEASE)
    try {
      const runs = this.#store.collection(workflowRuns)
      this.#run = await runs.update(this.#run.id, { dueAt, ...change }, { ifVersion: this.#run.version })
    } catch (error) {
      throw VersionConflict.is(error) || NotFound.is(error) ? this.#lose() : error
    }
  }

  #lose(): LeaseLost {
    const error = new LeaseLost(this.#run.id)
    this.#lost.abort(error)
    return error
  }
}
