import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RunPoint } from '../../workflow/index.ts'
import { LocalStripe } from './open-shop.ts'

const PROGRAM = join(import.meta.dirname, 'act-until.ts')

/** Where a process is killed. */
export type KillPoint = Pick<RunPoint, 'record' | 'step' | 'when'>

/** A folder for the stores of processes that are killed, with what was compiled for them once. */
export class KillFolder {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  static async open(): Promise<KillFolder> {
    const folder = new KillFolder(await mkdtemp(join(tmpdir(), 'tillwire-crash-')))
    // A process that is killed leaves no compiled code behind for the next; one that ends does.
    const local = await LocalStripe.start()
    const signal = await folder.runUntil('create', { record: 'never' }, local.url, 'memory:')
    await local.close()
    if (signal !== null) throw new Error(`the process that was to end was ended by ${signal}`)
    return folder
  }

  /** The address of a new store in it. */
  newUrl(): string {
    return `file:${join(this.#path, `${crypto.randomUUID()}.db`)}`
  }

  /** Acts for the customer in a process of its own until a point; returns the signal that ended it. */
  async runUntil(
    act: 'create' | 'charge',
    point: KillPoint | { readonly record: 'never' },
    emulatorUrl: string,
    url: string,
    email = 'user@here.com',
  ): Promise<string | null> {
    const env = { ...process.env, NODE_COMPILE_CACHE: join(this.#path, 'compiled') }
    const child = spawn(process.execPath, [PROGRAM, JSON.stringify({ emulatorUrl, url, email, act, point })], { env })
    const [, signal] = await once(child, 'exit')
    return signal
  }

  remove(): Promise<void> {
    return rm(this.#path, { recursive: true, force: true })
  }
}
