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
  | { readonly kind: 'open-upgraded' }

/** A real process with a store on the same database. */
export class OtherProcess {
  readonly #child: ChildProcess
  readonly messages: unknown[] = []

  constructor(url: string) {
    this.#child = fork(fileURLToPath(new URL('./child.ts', import.meta.url)), [url], { execArgv: [] })
    this.#child.on('message', (message) => this.messages.push(message))
  }

  start(task: Task): void {
    this.#child.send(task)
  }

  /** Waits for a message that the child sends. */
  async message(): Promise<unknown> {
    const [message] = await Promise.race([
      once(this.#child, 'message'),
      once(this.#child, 'exit').then(([code]) => {
        throw new Error(`the other process ended with ${code}`)
      }),
    ])
    return message
  }

  async run(task: Task): Promise<unknown> {
    const answer = this.message()
    this.start(task)
    return answer
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await exited
  }
}
