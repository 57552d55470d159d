import { setTimeout as delay } from 'node:timers/promises'
import type { z } from 'zod'
import {
  backoffDelay,
  type Clock,
  contentHash,
  currentRequest,
  type Duration,
  harmless,
  IdempotencyConflict,
  InternalError,
  type Logger,
  milliseconds,
  newId,
  type Observer,
  silentLogger,
  systemClock,
  withRequest,
} from '../core/index.ts'
import { NotFound, type Store } from '../store/index.ts'
import { InvalidWorkflowInput, LeaseLost, RunPending, WorkflowsClosed } from './errors.ts'
import { executeRun } from './execute-run.ts'
import { HeldRun } from './held-run.ts'
import { describeRun, errorOf, isFree, type RunDocument, recorded, unpark } from './run.ts'
import { workflowRuns } from './schema.ts'
import { startRun, takeRun } from './take-run.ts'
import type { RunRecord, RunStatus, Workflow, WorkflowRun, Workflows } from './types.ts'

/** How long a caller waits for a run that another process works on. */
const JOIN_WAIT: Duration = '60s'
const JOIN_BACKOFF = { first: 20, most: 500 }
/** Runs that one `recover` brings on at the same time. */
const RECOVER_AT_ONCE = 8
/** How long `close` waits for steps under way; runs whose steps take longer are recovered later. */
const CLOSE_WAIT: Duration = '10s'
const PAGE = 50

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

  constructor(options: WorkflowsOptions) {
    this.#store = options.store
    this.#clock = options.clock ?? systemClock
    this.#logger = options.logger ?? silentLogger
    this.#owner = options.owner ?? newId('owner')
    this.#observer = harmless(options.observer, this.#logger)
  }

  register(workflow: Workflow): void {
    this.#known.set(workflow.name, workflow)
  }

  async run<I extends z.ZodType, O extends z.ZodType>(
    workflow: Workflow<I, O>,
    input: z.input<I>,
    options: { key?: string; requestId?: string } = {},
  ): Promise<z.output<O>> {
    this.#closing.signal.throwIfAborted()
    this.register(workflow)
    checkInput(workflow, input)
    const key = options.key ?? newId('attempt')
    const id = newId('run')
    const point = { workflow: workflow.name, runId: id, record: 'start', step: null } as const
    this.#observer.reached({ ...point, when: 'before' })
    const requestId = options.requestId ?? currentRequest() ?? null
    const start = { id, key, requestId, input, owner: this.#owner, clock: this.#clock }
    const run = await startRun(this.#store, workflow, start)
    if (run) this.#observer.reached({ ...point, when: 'after' })
    const standing = await (run ? this.#execute(workflow, run) : this.#join(workflow, key, input))
    return outcomeOf(workflow, standing)
  }

  async get(id: string): Promise<WorkflowRun | null> {
    const run = await this.#store.collection(workflowRuns).get(id)
    return run && describeRun(run)
  }

  async list({ status, after, limit = PAGE }: { status?: RunStatus; after?: string; limit?: number } = {}): Promise<{
    items: WorkflowRun[]
    next: string | null
  }> {
    const where = status ? { status } : {}
    const page = await this.#store
      .collection(workflowRuns)
      .find({ where, orderBy: { createdAt: 'desc' }, limit, after })
    return { items: page.items.map(describeRun), next: page.next }
  }

  async recover(): Promise<number> {
    let recovered = 0
    for (let after: string | undefined; !this.#closing.signal.aborted; ) {
      const page = await this.#store.collection(workflowRuns).find({
        where: {
          status: { in: ['running', 'undoing'] },
          dueAt: { lte: this.#clock.now().toISOString() },
          workflow: { in: [...this.#known.keys()] },
        },
        limit: RECOVER_AT_ONCE,
        after,
      })
      const taken = await Promise.all(page.items.map((run) => this.#recoverRun(run)))
      recovered += taken.filter((done) => done).length
      if (page.next === null) break
      after = page.next
    }
    return recovered
  }

  async retry(id: string): Promise<void> {
    const runs = this.#store.collection(workflowRuns)
    const run = await runs.get(id)
    if (!run) throw new NotFound({ collection: workflowRuns.name, id })
    if (run.status !== 'parked') return
    await runs.update(id, unpark(run, this.#clock.now()), { ifVersion: run.version })
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
        return this.#wait(workflow, run.key)
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
      if (WorkflowsClosed.is(error)) await held.save('wait', { owner: null, dueAt: this.#clock.now().toISOString() })
      throw error
    } finally {
      held.stop()
    }
  }

  async #recoverRun(run: RunDocument): Promise<boolean> {
    const workflow = this.#known.get(run.workflow)
    if (!workflow || this.#active.has(run.id)) return false
    const taken = await takeRun(this.#store, run, this.#owner, this.#clock)
    if (!taken) return false
    this.#logger.info(describeForLog(run), 'workflow run taken over')
    try {
      await this.#execute(workflow, taken)
      return true
    } catch (error) {
      // What stopped this process from going on with one run must not keep it from the others.
      this.#logger.warn({ ...describeForLog(run), err: error }, 'workflow run not recovered')
      return false
    }
  }

  /** The run that has this key already: joined, or taken over when nobody works on it. */
  async #join(workflow: Workflow, key: string, input: unknown): Promise<Standing> {
    const run = await this.#find(workflow, key)
    if (run.inputHash !== contentHash(recorded(input))) throw new IdempotencyConflict({ operation: workflow.name, key })
    return this.#wait(workflow, key)
  }

  async #wait(workflow: Workflow, key: string): Promise<Standing> {
    const deadline = performance.now() + milliseconds(JOIN_WAIT)
    for (let turn = 1; ; turn++) {
      this.#closing.signal.throwIfAborted()
      const run = await this.#find(workflow, key)
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

  async #find(workflow: Workflow, key: string): Promise<RunDocument> {
    const run = await this.#store.collection(workflowRuns).findOne({ workflow: workflow.name, key })
    if (!run) throw new InternalError(`Run "${key}" of ${workflow.name} is gone.`)
    return run
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

function checkInput(workflow: Workflow, input: unknown): void {
  const { error } = workflow.input.safeParse(recorded(input))
  if (!error) return
  const issues = error.issues.map(({ path, message }) => ({ path: path.join('.'), message }))
  throw new InvalidWorkflowInput(workflow.name, issues)
}

function outcomeOf<O extends z.ZodType>(workflow: Workflow<z.ZodType, O>, { run, error }: Standing): z.output<O> {
  if (run.status === 'completed') return workflow.output.parse(run.output)
  if (run.status === 'running') throw new RunPending(run.id, error)
  const failed = run.status === 'parked' ? null : error
  throw failed ?? errorOf(run)
}
