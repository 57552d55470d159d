import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { milliseconds } from '../../core/index.ts'
import { openStore } from '../../store/index.ts'
import type { CrashPlan } from './crash-plan.ts'
import { Outside } from './outside.ts'
import { plannedCollections, script } from './planned-workflow.ts'
import type { Player, Stage } from './play-crash.ts'
import type { Answer, Order, Part } from './player-process.ts'
import { ProcessState } from './process-state.ts'
import { serveOutside } from './serve-outside.ts'

const PROGRAM = join(import.meta.dirname, 'player-process.ts')
const PAUSE_MS = 10

/**
 * A process for each player, on one SQLite file in a folder; this one is the outside, served over HTTP.
 * Processes are killed and stopped by real signals.
 */
export async function openProcessStage(plan: CrashPlan, folder: string): Promise<Stage & AsyncDisposable> {
  let ahead = 0
  const clock = { now: () => new Date(Date.now() + ahead) }
  const url = `file:${join(folder, `${crypto.randomUUID()}.db`)}`
  const store = await openStore({ url, collections: plannedCollections, clock })
  const outside = new Outside()
  script(plan.workflow, outside)
  const served = await serveOutside(outside)
  const wrote = new Set<number>()
  const players = new Map<number, Promise<PlayerProcess>>()

  return {
    player(at) {
      const player =
        players.get(at) ??
        PlayerProcess.start(
          { plan, at, url, outsideUrl: served.url },
          { compiled: join(folder, 'compiled'), ahead: () => ahead, wrote: () => void wrote.add(at) },
        )
      players.set(at, player)
      return player
    },
    outside,
    store,
    clock,
    wrote,
    advance(by) {
      ahead += milliseconds(by)
    },
    pause: () => delay(PAUSE_MS),
    async [Symbol.asyncDispose]() {
      for (const player of players.values()) await (await player).end()
      await served[Symbol.asyncDispose]()
      await store.close()
    },
  }
}

interface Around {
  /** Where processes leave their compiled code for the next ones. */
  readonly compiled: string
  /** How far the clock is ahead, in milliseconds. */
  ahead(): number
  wrote(): void
}

class PlayerProcess implements Player {
  readonly state = new ProcessState()
  readonly #child: ChildProcess
  readonly #around: Around
  readonly #orders = new Map<number, PromiseWithResolvers<Answer>>()
  #count = 0

  private constructor(child: ChildProcess, around: Around) {
    this.#child = child
    this.#around = around
    child.once('exit', (code, signal) => {
      const failure = new Error(`A process ended by itself, with ${code}`)
      if (signal !== 'SIGKILL') for (const { reject } of this.#orders.values()) reject(failure)
      this.state.halt('killed')
    })
    child.stdout?.once('data', () => this.state.halt('asleep'))
    child.on('message', (answer: Answer) => {
      if (answer.wrote) around.wrote()
      this.#orders.get(answer.id)?.resolve(answer)
      this.#orders.delete(answer.id)
    })
  }

  static async start(part: Part, around: Around): Promise<PlayerProcess> {
    const env = { ...process.env, NODE_COMPILE_CACHE: around.compiled }
    const child = fork(PROGRAM, [JSON.stringify(part)], { env, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
    const [message] = await Promise.race([once(child, 'message'), once(child, 'exit')])
    if (message !== 'ready') throw new Error(`A process ended before it was ready, with ${message}`)
    return new PlayerProcess(child, around)
  }

  async call(input: string) {
    const { told } = await this.#order({ input })
    return told ?? 'nothing'
  }

  async recover(): Promise<void> {
    await this.#order({})
  }

  wake(): void {
    if (this.state.now !== 'asleep') return
    this.state.wake()
    // It told that it would stop: on a busy machine it may do so only after a first signal to go on.
    const waking = setInterval(() => this.#child.kill('SIGCONT'), PAUSE_MS)
    this.#child.once('exit', () => clearInterval(waking))
  }

  kill(): void {
    this.state.halt('killed')
    this.#child.kill('SIGKILL')
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = once(this.#child, 'exit')
    this.kill()
    await ended
  }

  #order(order: Pick<Order, 'input'>): Promise<Answer> {
    const id = ++this.#count
    const answered = Promise.withResolvers<Answer>()
    this.#orders.set(id, answered)
    this.#child.send({ id, ahead: this.#around.ahead(), ...order } satisfies Order)
    return answered.promise
  }
}
