import type { Settings } from '../../settings.ts'
import { buildWeb } from './build-web.ts'
import { Child } from './child.ts'
import { checkPortFree } from './ports.ts'
import { type Part, planPrograms } from './programs.ts'

const STOP_DEADLINE_MS = 12_000
const PARENT_POLL_MS = 500

/** What `supervise` is given beside the settings. */
export interface SuperviseOptions {
  readonly part?: Part
  /** Runs once before any program: migrations, the demo user. */
  prepare(): Promise<void>
  say(line: string): void
  /** Runs when everything serves. */
  serving(): void
}

/**
 * Starts the programs and keeps them until a signal, the end of the parent, or a program that
 * will not stay up. Resolves with the exit code; by then no child is left.
 */
export async function supervise(settings: Settings, options: SuperviseOptions): Promise<number> {
  const { say } = options
  const programs = planPrograms(settings, options.part)
  const end = new Ending()
  const gaveUp = (reason: string) => {
    say(reason)
    end.now(1)
  }
  const children = programs.map((program) => new Child(program, settings.root, { say, gaveUp }))
  const stopWatching = watchForTheEnd(children, end)
  try {
    for (const program of programs) await checkPortFree(program.port, program.host, program.variable)
    if (programs.some((program) => program.name === 'web')) await buildWeb(settings.root, say, end.signal)
    if (!end.signal.aborted) await options.prepare()
    if (!end.signal.aborted) await Promise.race([Promise.all(children.map((child) => child.start())), end.code])
    if (!end.signal.aborted) options.serving()
    return await end.code
  } finally {
    // What the others call goes last, so that they can finish what they are at.
    for (const child of children.toReversed()) await child.stop(STOP_DEADLINE_MS)
    stopWatching()
  }
}

/** That everything is to end, and with which exit code; the first word counts. */
class Ending {
  readonly #controller = new AbortController()
  readonly #code = Promise.withResolvers<number>()
  readonly signal = this.#controller.signal
  readonly code = this.#code.promise

  now(code: number): void {
    this.#code.resolve(code)
    this.#controller.abort()
  }
}

/** Signals, a closed IPC channel, and a parent that is gone (npm ends on SIGTERM without a word to us). */
function watchForTheEnd(children: readonly Child[], end: Ending): () => void {
  let asked = 0
  const onSignal = () => {
    if (asked++ === 0) end.now(0)
    else for (const child of children) child.kill()
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, onSignal)
  process.on('disconnect', onSignal)
  process.channel?.unref()
  const parent = process.ppid
  const poll = setInterval(() => process.ppid !== parent && end.now(0), PARENT_POLL_MS)
  return () => {
    clearInterval(poll)
    for (const signal of signals) process.off(signal, onSignal)
    process.off('disconnect', onSignal)
  }
}
