import { type Clock, type Duration, IdempotencyConflict } from '../../core/index.ts'
import type { Store } from '../../store/index.ts'
import { openWorkflows, type Workflows, workflowRuns, workflowSteps } from '../index.ts'
import { type CrashPlan, PLANNED_TURNS } from './crash-plan.ts'
import type { Outside } from './outside.ts'
import { KEY, marks, type Told } from './planned-workflow.ts'
import { problemsOf } from './problems.ts'
import type { ProcessState } from './process-state.ts'

/** More than the longest wait of a run; thirteen of them are less than a key lives. */
const TURN = '35m'
/** Far more than all the waits that all the steps of a run may take. */
const MAX_TURNS = 100
/** How often callers are waited for before the clock moves on, and for the outcome of a run that has ended. */
const CALL_PAUSES = 20
const MAX_ANSWER_PAUSES = 5_000

/** A process that can run the workflow of a plan, always with the same key. */
export interface Player {
  readonly state: ProcessState
  /** What its caller is told; never, when it is killed before. */
  call(input: string): Promise<Told>
  recover(): Promise<void>
  wake(): void
  kill(): void
}
/** What a plan is played on: in one process, or with a process for each player. */
export interface Stage {
  /** By their numbers in the plan. */
  player(at: number): Promise<Player> | Player
  readonly outside: Outside
  /** For a look at it from beside the players. */
  readonly store: Store
  readonly clock: Clock
  /** Which players have written records. */
  readonly wrote: ReadonlySet<number>
  advance(by: Duration): void
  pause(): Promise<void>
}
export interface Played {
  readonly problems: readonly string[]
  /** What became of the run before an operator came; undefined when there was none. */
  readonly status: string | undefined
}

/** Plays a plan to its end, and once more after an operator has seen to what was parked. */
export async function playCrash(plan: CrashPlan, stage: Stage): Promise<Played> {
  const play = new Play(plan, stage)
  await play.begin()
  await play.recover()
  const problems = await play.problems({ healed: false })
  const status = (await play.run())?.status
  if (status === 'parked') {
    await play.heal()
    problems.push(...(await play.problems({ healed: true })))
  }
  return { problems, status }
}

interface Caller {
  readonly player: Player
  readonly input: string
  told: Told | null
}

class Play {
  readonly #plan: CrashPlan
  readonly #stage: Stage
  readonly #workflows: Workflows
  readonly #callers: Caller[] = []

  constructor(plan: CrashPlan, stage: Stage) {
    this.#plan = plan
    this.#stage = stage
    this.#workflows = openWorkflows(stage)
  }

  async begin(): Promise<void> {
    const first = await this.#stage.player(0)
    await first.state.whileGoing(this.#call(first, 'this'))
    if (!this.#plan.dayLater) return this.#stage.advance(TURN)
    if (first.state.now === 'asleep') first.kill()
    this.#stage.advance('24h')
    this.#stage.outside.forgetKeys()
  }

  /** Lets both recoverers recover at once, again and again, until nothing is left to be done. */
  async recover(): Promise<void> {
    const players = await Promise.all([0, 1, 2].map((at) => this.#stage.player(at)))
    for (let turn = 0; turn < MAX_TURNS; turn++) {
      if (turn >= this.#plan.wokenAt) for (const player of players) player.wake()
      for (const { process, input } of this.#plan.callers.filter((caller) => caller.turn === turn)) {
        const player = players[process]
        if (player?.state.now === 'going') void this.#call(player, input)
      }
      const going = players.slice(1).filter(({ state }) => state.now === 'going')
      await Promise.all(going.map((player) => player.state.whileGoing(player.recover())))
      const waiting = await this.#answer(CALL_PAUSES)
      const asleep = players.some(({ state }) => state.now === 'asleep')
      if (turn >= PLANNED_TURNS && waiting.length === 0 && !asleep && (await this.#isOver())) return
      this.#stage.advance(TURN)
    }
  }

  /** The outside answers again, and an operator has the run retried. */
  async heal(): Promise<void> {
    this.#stage.outside.heal()
    const run = await this.run()
    if (run) await this.#workflows.retry(run.id)
    await this.recover()
  }

  async run() {
    return this.#stage.store.collection(workflowRuns).findOne({ key: KEY })
  }

  async problems({ healed }: { healed: boolean }): Promise<string[]> {
    const { store, outside } = this.#stage
    const run = await this.run()
    if (run) {
      const player = await this.#stage.player(2)
      await this.#call(player, String(run.input))
      await this.#call(player, 'an input that nobody else has')
    }
    const unanswered = await this.#answer(MAX_ANSWER_PAUSES)
    const seen = {
      run: run && (await this.#workflows.get(run.id)),
      parked: (await this.#workflows.list({ status: 'parked' })).items,
      calls: outside.calls,
      things: outside.things,
      marks: (await store.collection(marks).find()).items.map(({ id }) => id.split(':')[1] ?? ''),
      documents: await store.collection(workflowSteps).count(),
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

  async #call(player: Player, input: string): Promise<void> {
    const caller: Caller = { player, input, told: null }
    this.#callers.push(caller)
    caller.told = await player.call(input)
  }

  async #isOver(): Promise<boolean> {
    const run = await this.run()
    return run === null || (run.status !== 'running' && run.status !== 'undoing')
  }

  /** Gives callers some time; returns those who wait longer, although their process goes on. */
  async #answer(pauses: number): Promise<Caller[]> {
    const waiting = () => this.#callers.filter(({ told, player }) => told === null && player.state.now === 'going')
    for (let pause = 0; pause < pauses && waiting().length > 0; pause++) await this.#stage.pause()
    return waiting()
  }
}
