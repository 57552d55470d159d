import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { type Connection, DURABLE, isBusy } from './connection.ts'

/** How many pages of the write-ahead log wait to be copied into the database before that is begun. */
const COPY_PAGES = 1_000
/** After how many commits it is looked at how long the log is. */
const LOOK_EVERY = 8
/** From how many pages on the log is begun anew when all of it is copied. */
const RESTART_PAGES = 4_000

/** How long commits wait for the thread at most, and how long closing does. */
const FINISH_MS = 2_000
const CLOSE_MS = 2_000

/** The thread's program, as text: a bundler that takes this module along would leave a file of its own behind. */
const PROGRAM = `
  const { parentPort, workerData } = require('node:worker_threads')
  const { DatabaseSync } = require('node:sqlite')
  const db = new DatabaseSync(workerData.path, { timeout: 0 })
  db.exec(workerData.settings)
  const checkpoint = db.prepare('PRAGMA wal_checkpoint(PASSIVE)')
  parentPort.on('message', (wanted) => {
    if (wanted === 'copy') {
      // A full disk fails the next commit too, which tells of it.
      try { checkpoint.get() } catch {}
      parentPort.postMessage('copied')
    } else {
      db.close()
      parentPort.close()
    }
  })
`

/**
 * Copies the write-ahead log into the database on a thread of its own: inside a commit, where SQLite does it,
 * that holds up the event loop. What is written meanwhile is left for the next time, so under steady writing the
 * log would never be empty; when it has grown long, commits wait while the little that is left is copied too.
 *
 * Without the thread, or when it fails, SQLite's own limit still holds (`wal_autocheckpoint` of the connection).
 */
export class Checkpointer {
  readonly #connection: Connection
  readonly #path: string
  readonly #program: string
  #worker: Worker | null = null
  #state: 'idle' | 'copying' | 'ended' = 'idle'
  /** Commits wait for it while the last of a long log is copied. */
  #finishing: PromiseWithResolvers<void> | null = null
  #sinceLook = 0
  #limit: NodeJS.Timeout | undefined

  /** `program` is the thread's. */
  constructor(connection: Connection, path: string, program = PROGRAM) {
    this.#connection = connection
    this.#path = path
    this.#program = program
  }

  /** After a commit: begins to copy when enough has gathered. */
  look(): void {
    if (this.#state !== 'idle' || ++this.#sinceLook < LOOK_EVERY) return
    this.#sinceLook = 0
    try {
      const { log, copied } = this.#progress()
      if (log - copied < COPY_PAGES) return
      this.#worker ??= this.#start()
      this.#worker.postMessage('copy')
      this.#state = 'copying'
    } catch (error) {
      // No thread to be had, or a log that cannot be read: the latter fails the next commit, which tells of it.
      if (!isBusy(error)) this.#state = 'ended'
    }
  }

  /** What the next commit waits for, if anything. */
  get finished(): Promise<void> | undefined {
    return this.#finishing?.promise
  }

  /** Resolves when the thread has let go of the file. */
  async close(): Promise<void> {
    const worker = this.#worker
    this.#end()
    if (!worker) return
    worker.ref()
    worker.postMessage('close')
    const given = new AbortController()
    const exit = once(worker, 'exit', { signal: given.signal }).catch(() => {})
    const limit = delay(CLOSE_MS, 'late', { signal: given.signal }).catch(() => {})
    if ((await Promise.race([exit, limit])) === 'late') void worker.terminate()
    given.abort()
  }

  #start(): Worker {
    const workerData = { path: this.#path, settings: DURABLE }
    // Flags of this process, such as how its own program is to be read, are not the thread's.
    const worker = new Worker(this.#program, { eval: true, execArgv: [], workerData })
    worker.unref()
    worker.on('message', () => this.#onCopied())
    worker.on('error', () => this.#end())
    return worker
  }

  #end(): void {
    this.#state = 'ended'
    this.#worker = null
    this.#letGo()
  }

  /** The thread may come back; until then the log grows up to SQLite's own limit. */
  #giveUp(): void {
    this.#worker?.unref()
    this.#letGo()
  }

  #letGo(): void {
    clearTimeout(this.#limit)
    this.#finishing?.resolve()
    this.#finishing = null
  }

  #onCopied(): void {
    if (this.#state !== 'copying') return
    if (!this.#finishing && this.#isLong()) {
      this.#finishing = Promise.withResolvers()
      this.#limit = setTimeout(() => this.#giveUp(), FINISH_MS)
      // A process whose commits wait does not end.
      this.#worker?.ref()
      this.#worker?.postMessage('copy')
      return
    }
    this.#state = 'idle'
    this.#worker?.unref()
    this.#letGo()
  }

  #isLong(): boolean {
    try {
      return this.#progress().log >= RESTART_PAGES
    } catch {
      // As in the thread: a commit tells.
      return false
    }
  }

  /** How many pages the log has, and how many of them are copied. */
  #progress(): { log: number; copied: number } {
    const row = this.#connection.prepare('PRAGMA wal_checkpoint(NOOP)').get()
    const [, log, copied] = row as unknown as [busy: number, log: number, copied: number]
    return { log, copied }
  }
}
