import { IdempotencyConflict, isTillwireError, type ManualClock, manualClock } from '../../core/index.ts'
import { openStore, type Store, StoreUnavailable } from '../../store/index.ts'
import { openWorkflows, type Workflows, workflowRuns } from '../index.ts'
import { type CrashPlan, PLANNED_TURNS } from './crash-plan.ts'
import { Outside } from './outside.ts'
import { marks, type PlannedWorkflow, plannedCollections, plannedWorkflow, script } from './planned-workflow.ts'
import { problemsOf, type Told } from './problems.ts'
import { nextTurn, SimulatedProcess } from './simulated-process.ts'

/** More than the longest wait of a run; thirteen of them are less than a key lives. */
const TURN = '35m'
/** Far more than all the waits that all the steps of a run may take. */
const MAX_TURNS = 100
/** How long callers may take before the clock moves on, and to hear of a run that has ended; in turns of the event loop. */
const CALL_TURNS = 20
const MAX_ANSWER_TURNS = 5_000
const KEY = 'the key'

export interface Played {
  readonly problems: readonly string[]
  /** What became of the run before an operator came; undefined when there was none. */
  readonly status: string | undefined
  /** Which processes wrote anything about it. */
  readonly wrote: ReadonlySet<number>
}

/** Plays a plan to its end, and once more after an operator has seen to what was parked. */
export async function simulate(plan: CrashPlan): Promise<Played> {
  await using simulation = await Simulation.open(plan)
  await simulation.begin()
  await simulation.recover()
  const problems = await simulation.problems({ healed: false })
  const status = (await simulation.run())?.status
  if (status === 'parked') {
    await simulation.heal()
    problems.push(...(await simulation.problems({ healed: true })))
  }
  return { problems, status, wrote: simulation.wrote }
}

interface Player {
  readonly process: SimulatedProcess
  readonly workflows: Workflows
  readonly flow: PlannedWorkflow
}
interface Caller {
  readonly player: Player
  readonly input: string
  told: Told | null
}

class Simulation implements AsyncDisposable {
  readonly wrote = new Set<number>()
  readonly #plan: CrashPlan
  readonly #clock: ManualClock
  readonly #store: Store
  readonly #outside = new Outside()
  readonly #players: readonly Player[]
  readonly #callers: Caller[] = []

  private constructor(plan: CrashPlan, clock: ManualClock, store: Store) {
    this.#plan = plan
    this.#clock = clock
    this.#store = store
    script(plan.workflow, this.#outside)
    this.#players = plan.paces.map((pace, at) => this.#playerOf(at, pace))
  }

  static async open(plan: CrashPlan): Promise<Simulation> {
    const clock = manualClock()
    return new Simulation(plan, clock, await openStore({ url: 'memory:', collections: plannedCollections, clock }))
  }

  async begin(): Promise<void> {
    const { process } = this.#player(0)
    await process.whileGoing(this.#call(0, 'this'))
    if (!this.#plan.dayLater) return this.#clock.advance(TURN)
    if (process.state === 'asleep') process.kill()
    this.#clock.advance('24h')
    this.#outside.forgetKeys()
  }

  /** Lets both recoverers recover, again and again, until nothing is left to be done. */
  async recover(): Promise<void> {
    for (let turn = 0; turn < MAX_TURNS; turn++) {
      if (turn >= this.#plan.wokenAt) for (const { process } of this.#players) process.wake()
      for (const { process, input } of this.#plan.callers.filter((caller) => caller.turn === turn))
        if (this.#player(process).process.state === 'going') void this.#call(process, input)
      const going = this.#players.slice(1).filter(({ process }) => process.state === 'going')
      await Promise.all(going.map((player) => player.process.whileGoing(recoverBy(player))))
      const waiting = await this.#answer(CALL_TURNS)
      if (turn >= PLANNED_TURNS && waiting.length === 0 && (await this.#isOver())) return
      this.#clock.advance(TURN)
    }
  }

  /** The outside answers again, and an operator has the run retried. */
  async heal(): Promise<void> {
    this.#outside.heal()
    const run = await this.run()
    if (run) await this.#player(2).workflows.retry(run.id)
    await this.recover()
  }

  async run() {
    return this.#store.collection(workflowRuns).findOne({ key: KEY })
  }

  async problems({ healed }: { healed: boolean }): Promise<string[]> {
    const run = await this.run()
    if (run) {
      await this.#call(2, String(run.input))
      await this.#call(2, 'an input that nobody else has')
    }
    const unanswered = await this.#answer(MAX_ANSWER_TURNS)
    const { workflows } = this.#player(2)
    const seen = {
      run: run && (await workflows.get(run.id)),
      parked: (await workflows.list({ status: 'parked' })).items,
      calls: this.#outside.calls,
      things: this.#outside.things,
      marks: (await this.#store.collection(marks).find()).items.map(({ id }) => id.split(':')[1] ?? ''),
      told: this.#callers.flatMap(({ input, told }) => (told !== null && input === run?.input ? [told] : [])),
    }
    const strangers = this.#callers.filter(({ input, told }) => run && input !== run.input && Array.isArray(told))
    const conflicts = seen.told.filter((told) => told === IdempotencyConflict.code)
    return [
      ...problemsOf(this.#plan.workflow, seen, { keysForgotten: this.#plan.dayLater, healed }),
      ...unanswered.map(() => 'a caller was left without an answer'),
      ...strangers.map(() => 'a caller with other input was told the output'),
      ...conflicts.map(() => 'a caller with the same input was told of a conflict'),
      ...(run && this.#callers.at(-1)?.told !== IdempotencyConflict.code ? ['other input is no conflict'] : []),
    ]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { process } of this.#players) process.kill()
    await this.#store.close()
  }

  #playerOf(at: number, pace: readonly number[]): Player {
    const process = new SimulatedProcess(this.#plan.ends[at] ?? null, pace)
    const store = process.storeOf(this.#store)
    const flow = plannedWorkflow(this.#plan.workflow, { store, outside: process.partyOf(this.#outside) })
    const observer = { reached: () => void this.wrote.add(at) }
    const workflows = openWorkflows({ store, clock: this.#clock, observer })
    workflows.register(flow)
    return { process, workflows, flow }
  }

  #player(at: number): Player {
    const player = this.#players[at]
    if (!player) throw new RangeError(`There is no process ${at}`)
    return player
  }

  async #call(by: number, input: string): Promise<void> {
    const player = this.#player(by)
    const caller: Caller = { player, input, told: null }
    this.#callers.push(caller)
    caller.told = await player.workflows
      .run(player.flow, input, { key: KEY })
      .catch((error) => (isTillwireError(error) ? error.code : String(error)))
  }

  async #isOver(): Promise<boolean> {
    if (this.#players.some(({ process }) => process.state === 'asleep')) return false
    const run = await this.run()
    return run === null || (run.status !== 'running' && run.status !== 'undoing')
  }

  /** Gives callers some time; returns those who wait longer, whose process could tell them. */
  async #answer(turns: number): Promise<Caller[]> {
    const waiting = () => this.#callers.filter(({ told, player }) => told === null && player.process.state === 'going')
    for (let turn = 0; turn < turns && waiting().length > 0; turn++) await nextTurn()
    return waiting()
  }
}

/** A process that is cut off says so; what it makes of its runs is seen by their end. */
async function recoverBy({ workflows }: Player): Promise<void> {
  await workflows.recover().catch((error) => {
    if (!StoreUnavailable.is(error)) throw error
  })
}
