import { setTimeout as delay } from 'node:timers/promises'
import type { z } from 'zod'
import {
  backoffDelay,
  type Clock,
  currentRequest,
  type Duration,
  harmless,
  IdempotencyConflict,
  invariant,
  isTillwireError,
  type Logger,
  milliseconds,
  newId,
  type Observer,
  silentLogger,
  systemClock,
  withRequest,
} from '../core/index.ts'
import { NotFound, type Page, pagesOf, type Store, VersionConflict } from '../store/index.ts'
import { checkRuns, isOverdue } from './check-runs.ts'
import { InvalidRunStatus, LeaseLost, RunPending, WorkflowsClosed } from './errors.ts'
import { executeRun, park } from './execute-run.ts'
import { HeldRun } from './held-run.ts'
import { keepInput } from './input.ts'
import { checkKey, checkName } from './names.ts'
import { type RecordedValue, restoreValue } from './recorded-value.ts'
import { describeRun, errorOf, isFree, type RunDocument, unpark } from './run.ts'
import { RUN_STATUSES, workflowRuns } from './schema.ts'
import { type RunStart, startRun, takeRun } from './take-run.ts'
import type { RunRecord, RunStatus, Workflow, WorkflowRun, Workflows, WorkflowsCheck } from './types.ts'

/** How long a caller waits for a run that another process works on. */
const JOIN_WAIT: Duration = '60s'
const JOIN_BACKOFF = { first: 20, most: 500 }
/** Runs that one `recover` brings on at the same time. */
const RECOVER_AT_ONCE = 8
/** How long `close` waits for steps under way; runs whose steps take longer are recovered later. */
const CLOSE_WAIT: Duration = '10s'
const PAGE = 50
/** How many runs that are set aside are named in the log once, and not at each `recover`. */
const MAX_TOLD = 1_000
/** How often a key is begun with whose record is removed at that moment. */
const MAX_BEGINNINGS = 3

export interface WorkflowsOptions {
  readonly store: Store
  readonly clock?: Clock
  readonly logger?: Logger
  /** Names this process in the leases of its runs; unique unless told. */
  readonly owner?: string
  readonly observer?: Observer<RunRecord>
}

/**
 * Opens the durable workflows of a store. Any number of processes may open the same ones.
 * @example
 * const workflows = openWorkflows({ store, clock, logger })
 * const customer = await workflows.run(createCustomer, { email: 'user@here.com' }, { key: requestId })
 */
export function openWorkflows(options: WorkflowsOptions): Workflows {
  return new StoredWorkflows(options)
}

/** Where a run stands, and the error that stopped it in this process, as it was thrown. */
interface Standing {
  readonly run: RunDocument
  readonly error?: unknown
}

class StoredWorkflows implements Workflows {
  readonly #store: Store
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #owner: string
  readonly #observer: Observer<RunRecord>
  readonly #known = new Map<string, Workflow>()
  readonly #active = new Map<string, Promise<Standing>>()
  readonly #closing = new AbortController()
  /** Runs that were named in the log as set aside. */
  readonly #told = new Set<string>()

  constructor(options: WorkflowsOptions) {
    this.#store = options.store
    this.#clock = options.clock ?? systemClock
    this.#logger = options.logger ?? silentLogger
    this.#owner = options.owner ?? newId('owner')
    this.#observer = harmless(options.observer, this.#logger)
  }

  register(workflow: Workflow): void {
    checkName('workflow', workflow.name)
    this.#known.set(workflow.name, workflow)
  }

  async run<I extends z.ZodType, O extends z.ZodType>(
    workflow: Workflow<I, O>,
    input: z.input<I>,
    options: { key?: string; requestId?: string } = {},
  ): Promise<z.output<O>> {
    this.#closing.signal.throwIfAborted()
    this.register(workflow)
    const { key = newId('attempt'), requestId = currentRequest() ?? null } = options
    checkKey('key', key)
    checkKey('requestId', requestId)
    const given = await keepInput(workflow, input)
    for (let turn = 1; ; turn++) {
      const start = { ...given, id: newId('run'), key, requestId, owner: this.#owner }
      const standing = (await this.#begin(workflow, start)) ?? (await this.#join(workflow, start))
      if (standing) return outcomeOf<O>(standing)
      // Its record was removed between the two: the key is as good as new.
      invariant(turn < MAX_BEGINNINGS, `the record of run "${key}" of ${workflow.name} comes and goes`)
    }
  }

  async get(id: string): Promise<WorkflowRun | null> {
    const run = await this.#store.collection(workflowRuns).get(id)
    return run && describeRun(run)
  }

  async list({ status, after, limit = PAGE }: { status?: RunStatus; after?: string; limit?: number } = {}): Promise<{
    items: WorkflowRun[]
    next: string | null
  }> {
    if (status !== undefined && !RUN_STATUSES.includes(status)) throw new InvalidRunStatus(status, RUN_STATUSES)
    const where = status === undefined ? {} : { status }
    const items: WorkflowRun[] = []
    // Read in small pages: a run keeps its output.
    for (let from: string | null | undefined = after; ; ) {
      const page: Page<RunDocument> = await this.#store.collection(workflowRuns).find({
        where,
        orderBy: { createdAt: 'desc' },
        limit: Math.min(limit - items.length, PAGE),
        after: from ?? undefined,
      })
      items.push(...page.items.map(describeRun))
      from = page.next
      if (from === null || items.length >= limit) return { items, next: from }
    }
  }

  async recover(): Promise<number> {
    if (this.#closing.signal.aborted) return 0
    let recovered = 0
    // By the index of dueAt alone: what has ended is not come by.
    const where = { dueAt: { lte: this.#clock.now().toISOString() } }
    const due = { where, orderBy: { dueAt: 'asc' }, limit: RECOVER_AT_ONCE } as const
    for await (const page of pagesOf(this.#store, workflowRuns, due)) {
      const taken = await Promise.all(page.map((run) => this.#recoverRun(run)))
      recovered += taken.filter((done) => done).length
      if (this.#closing.signal.aborted) break
    }
    return recovered
  }

  async retry(id: string): Promise<void> {
    const runs = this.#store.collection(workflowRuns)
    const run = await runs.get(id)
    if (!run) throw new NotFound({ collection: workflowRuns.name, id })
    if (run.status !== 'parked') return
    try {
      await runs.update(id, unpark(run, this.#clock.now()), { ifVersion: run.version })
    } catch (error) {
      // Somebody else has just given it this chance.
      if (!VersionConflict.is(error)) throw error
    }
  }

  async check(): Promise<WorkflowsCheck> {
    return checkRuns(this.#store, this.#clock)
  }

  async close(): Promise<void> {
    this.#closing.abort(new WorkflowsClosed())
    const ended = Promise.allSettled(this.#active.values())
    const wait = new AbortController()
    await Promise.race([ended, delay(milliseconds(CLOSE_WAIT), undefined, { signal: wait.signal }).catch(() => {})])
    wait.abort()
  }

  /** Brings a run that this process owns on, and lets others of this process join it. */
  #execute(workflow: Workflow, run: RunDocument): Promise<Standing> {
    const standing = this.#hold(workflow, run)
      .catch((error) => {
        if (!LeaseLost.is(error)) throw error
        this.#active.delete(run.id)
        return this.#waitFor(workflow, run.key)
      })
      .finally(() => this.#active.delete(run.id))
    this.#active.set(run.id, standing)
    return standing
  }

  async #hold(workflow: Workflow, run: RunDocument): Promise<Standing> {
    const held = new HeldRun(this.#store, run, { clock: this.#clock, observer: this.#observer })
    const signal = AbortSignal.any([held.lost, this.#closing.signal])
    try {
      const execute = () => executeRun(workflow, { held, clock: this.#clock, signal })
      const error = await (run.requestId === null ? execute() : withRequest(run.requestId, execute))
      this.#log(held.run, error)
      return { run: held.run, error }
    } catch (error) {
      if (WorkflowsClosed.is(error))
        await held.save('wait', { change: { owner: null, dueAt: this.#clock.now().toISOString() } })
      else if (!isTillwireError(error) || !error.retryable) {
        // Trying again would end in the same way: it must not be tried for ever.
        await park(held, error)
        this.#log(held.run, error)
        return { run: held.run, error }
      }
      throw error
    } finally {
      held.stop()
    }
  }

  async #recoverRun(run: RunDocument): Promise<boolean> {
    const workflow = this.#known.get(run.workflow)
    if (!workflow && isOverdue(run, this.#clock)) this.#setAside(run, `this program has no workflow "${run.workflow}"`)
    if (!workflow || this.#active.has(run.id)) return false
    try {
      const taken = await takeRun(this.#store, run, this.#owner, this.#clock)
      if (!taken) return false
      this.#logger.info(describeForLog(run), 'workflow run taken over')
      await this.#execute(workflow, taken)
      return true
    } catch (error) {
      // What stopped this process from going on with one run must not keep it from the others.
      if (isTillwireError(error) && error.retryable)
        this.#logger.warn({ ...describeForLog(run), err: error }, 'workflow run not recovered')
      else this.#setAside(run, error)
      return false
    }
  }

  /** Names a run that this process cannot go on with, once: it is looked at again with every `recover`. */
  #setAside(run: RunDocument, reason: unknown): void {
    if (this.#told.has(run.id)) return
    if (this.#told.size >= MAX_TOLD) this.#told.clear()
    this.#told.add(run.id)
    this.#logger.error({ ...describeForLog(run), err: reason }, 'workflow run set aside: an operator has to look')
  }

  /** Begins a run, unless its key has one. */
  async #begin(workflow: Workflow, start: RunStart): Promise<Standing | null> {
    const point = { workflow: workflow.name, runId: start.id, record: 'start', step: null } as const
    this.#observer.reached({ ...point, when: 'before' })
    const run = await startRun(this.#store, workflow, { ...start, clock: this.#clock })
    if (!run) return null
    this.#observer.reached({ ...point, when: 'after' })
    return this.#execute(workflow, run)
  }

  /** The run that has this key already: joined, or taken over when nobody works on it; null when its record is gone. */
  async #join(workflow: Workflow, { key, inputHash }: RunStart): Promise<Standing | null> {
    const run = await this.#find(workflow, key)
    if (run && run.inputHash !== inputHash) throw new IdempotencyConflict({ operation: workflow.name, key })
    return run && this.#wait(workflow, key)
  }

  async #wait(workflow: Workflow, key: string): Promise<Standing | null> {
    const deadline = performance.now() + milliseconds(JOIN_WAIT)
    for (let turn = 1; ; turn++) {
      this.#closing.signal.throwIfAborted()
      const run = await this.#find(workflow, key)
      if (!run) return null
      const active = this.#active.get(run.id)
      if (active) return active
      if (run.status !== 'running') return { run }
      if (isFree(run, this.#clock.now())) {
        const taken = await takeRun(this.#store, run, this.#owner, this.#clock)
        if (taken) return this.#execute(workflow, taken)
      }
      if (performance.now() > deadline) throw new RunPending(run.id)
      await delay(backoffDelay(JOIN_BACKOFF, turn), undefined, { signal: this.#closing.signal }).catch(() => {})
    }
  }

  async #waitFor(workflow: Workflow, key: string): Promise<Standing> {
    const standing = await this.#wait(workflow, key)
    invariant(standing, `run "${key}" of ${workflow.name} is gone`)
    return standing
  }

  #find(workflow: Workflow, key: string): Promise<RunDocument | null> {
    return this.#store.collection(workflowRuns).findOne({ workflow: workflow.name, key })
  }

  #log(run: RunDocument, error: unknown): void {
    const fields = { ...describeForLog(run), err: error }
    if (run.status === 'parked') this.#logger.error(fields, 'workflow run parked: an operator has to look')
    else if (run.endedAt === null) this.#logger.warn(fields, 'workflow run waits')
    else this.#logger.debug(fields, 'workflow run ended')
  }
}

function describeForLog({ id, workflow, status, requestId }: RunDocument) {
  return { runId: id, workflow, status, ...(requestId !== null && { requestId }) }
}

function outcomeOf<O extends z.ZodType>({ run, error }: Standing): z.output<O> {
  // What is recorded as a run's output is what its schema made of what the code returned.
  if (run.status === 'completed') return restoreValue(run.output as RecordedValue) as z.output<O>
  if (run.status === 'running') throw new RunPending(run.id, error)
  const failed = run.status === 'parked' ? null : error
  throw failed ?? errorOf(run)
}
