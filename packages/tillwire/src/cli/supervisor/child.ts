import { type ChildProcess, spawn } from 'node:child_process'
import { TillwireError } from '../../core/index.ts'

/** A program that the supervisor keeps running. */
export interface Program {
  readonly name: string
  /** Arguments of node. */
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** An address that answers once the program serves; programs of ours say so themselves. */
  readonly readyUrl?: string
}

const READY_POLL_MS = 100
const READY_LIMIT_MS = 60_000
const RESTART_FIRST_MS = 1_000
const RESTART_MOST_MS = 30_000
/** A child that has run this long has recovered: its next restart waits the shortest time again. */
const STEADY_MS = 60_000
const DEATHS_LIMIT = 5
const DEATHS_WINDOW_MS = 60_000

/** A program did not come up; its own words are above. */
export class ProgramNotServing extends TillwireError {
  static override readonly code = 'program_not_serving'
  constructor(program: string, what: string) {
    super(ProgramNotServing.code, `${program} ${what}: its messages are above.`, { details: { program } })
  }
}

/** What a child tells its keeper. */
export interface ChildEvents {
  say(line: string): void
  /** It died too often; nothing will start it again. */
  gaveUp(reason: string): void
}

/** Keeps one program running: starts it, restarts it when it dies, ends it when asked. */
export class Child {
  readonly #program: Program
  readonly #root: string
  readonly #events: ChildEvents
  #process: ChildProcess | null = null
  #startedAt = 0
  #restarts = 0
  #deaths: number[] = []
  #restartTimer: NodeJS.Timeout | undefined
  #stopping = false

  constructor(program: Program, root: string, events: ChildEvents) {
    this.#program = program
    this.#root = root
    this.#events = events
  }

  /** Starts it; resolves when it serves, rejects when it ends first or takes too long. */
  async start(): Promise<void> {
    const child = this.#spawn()
    await Promise.race([
      this.#ready(child),
      new Promise<never>((_, fail) =>
        child.once('exit', () => fail(new ProgramNotServing(this.#program.name, 'ended before it served'))),
      ),
    ])
    child.once('exit', (code, signal) => this.#died(code, signal))
  }

  /** Asks it to end, and makes it end after `deadlineMs`. */
  async stop(deadlineMs: number): Promise<void> {
    this.#stopping = true
    clearTimeout(this.#restartTimer)
    const child = this.#process
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise<void>((done) => child.once('exit', () => done()))
    child.kill('SIGTERM')
    const force = setTimeout(() => child.kill('SIGKILL'), deadlineMs)
    await ended
    clearTimeout(force)
  }

  kill(): void {
    this.#stopping = true
    this.#process?.kill('SIGKILL')
  }

  #spawn(): ChildProcess {
    // A group of its own: Ctrl-C in the terminal then reaches the supervisor only, which ends the
    // children in order. The IPC channel ends them when the supervisor is killed.
    const child = spawn(process.execPath, this.#program.args, {
      cwd: this.#root,
      env: { ...process.env, ...this.#program.env },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      detached: true,
    })
    child.on('error', (error) => this.#events.say(`${this.#program.name}: ${error.message}`))
    this.#process = child
    this.#startedAt = Date.now()
    return child
  }

  async #ready(child: ChildProcess): Promise<void> {
    const limit = AbortSignal.timeout(READY_LIMIT_MS)
    const tooLate = new ProgramNotServing(this.#program.name, `did not serve within ${READY_LIMIT_MS / 1000} s`)
    if (!this.#program.readyUrl) {
      await new Promise<void>((done, fail) => {
        child.on('message', (message: { type?: string }) => message?.type === 'ready' && done())
        limit.addEventListener('abort', () => fail(tooLate))
      })
      return
    }
    for (;;) {
      if (limit.aborted) throw tooLate
      const answer = await fetch(this.#program.readyUrl, { redirect: 'manual', signal: limit }).catch(() => null)
      await answer?.body?.cancel()
      if (answer && answer.status < 500) return
      if (this.#stopping || child.exitCode !== null) return
      await new Promise((wake) => setTimeout(wake, READY_POLL_MS))
    }
  }

  #died(code: number | null, signal: string | null): void {
    if (this.#stopping) return
    const now = Date.now()
    const how = signal ? `by ${signal}` : `with exit code ${code}`
    this.#deaths = [...this.#deaths.filter((at) => at > now - DEATHS_WINDOW_MS), now]
    if (this.#deaths.length >= DEATHS_LIMIT) {
      this.#events.gaveUp(`${this.#program.name} ended ${this.#deaths.length} times within a minute, last ${how}.`)
      return
    }
    this.#restarts = now - this.#startedAt > STEADY_MS ? 0 : this.#restarts
    const wait = Math.min(RESTART_MOST_MS, RESTART_FIRST_MS * 2 ** this.#restarts++)
    this.#events.say(`${this.#program.name} ended ${how}: it starts again in ${wait / 1000} s.`)
    this.#restartTimer = setTimeout(() => {
      const child = this.#spawn()
      child.once('exit', (nextCode, nextSignal) => this.#died(nextCode, nextSignal))
    }, wait)
  }
}
