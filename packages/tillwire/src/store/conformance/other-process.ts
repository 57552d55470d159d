import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** What the child process can be asked to do. */
export type Task =
  | { readonly kind: 'update' | 'transaction'; readonly id: string; readonly times: number }
  | { readonly kind: 'insert'; readonly id: string }
  /** Inserts without end, and reports each id once its insertion was acknowledged. */
  | { readonly kind: 'insert-forever' }
  /** Keeps several commits waiting at all times. */
  | { readonly kind: 'write-forever' }
  /** Raises these documents by one, all in one commit, without end; says so once both are there. */
  | { readonly kind: 'raise-together'; readonly ids: readonly string[] }
  | { readonly kind: 'open-upgraded' }

/** A real process with a store on the same database. */
export class OtherProcess {
  readonly #child: ChildProcess
  /** All that it has said. */
  readonly messages: unknown[] = []
  #read = 0
  #news = Promise.withResolvers<void>()

  constructor(url: string) {
    this.#child = fork(fileURLToPath(new URL('./child.ts', import.meta.url)), [url], { execArgv: [] })
    this.#child.on('message', (message) => {
      this.messages.push(message)
      this.#news.resolve()
    })
    this.#child.on('exit', () => this.#news.resolve())
  }

  start(task: Task): void {
    this.#child.send(task)
  }

  /** The next message that was not read yet. */
  async message(): Promise<unknown> {
    while (this.#read === this.messages.length) {
      if (this.#hasEnded) throw new Error('the other process has ended')
      await this.#news.promise
      this.#news = Promise.withResolvers<void>()
    }
    return this.messages[this.#read++]
  }

  async run(task: Task): Promise<unknown> {
    this.start(task)
    return this.message()
  }

  async kill(): Promise<void> {
    if (this.#hasEnded) return
    const exited = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await exited
  }

  get #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }
}
