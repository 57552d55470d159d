import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { type Connection, DURABLE } from './connection.ts'

/** How many pages of the write-ahead log wait to be copied into the database before that is begun. */
const COPY_PAGES = 1_000
/** After how many commits it is looked at how long the log is. */
const LOOK_EVERY = 8
/** From how many pages on the log is begun anew when all of it is copied. */
const RESTART_PAGES = 4_000

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
 * log would never be empty; when it has grown long, the little that is left is copied here.
 *
 * Without the thread, or when it fails, SQLite's own limit still holds (`wal_autocheckpoint` of the connection).
 */
export class Checkpointer {
  readonly #connection: Connection
  readonly #path: string
  #worker: Worker | null = null
  #state: 'idle' | 'copying' | 'ended' = 'idle'
  #sinceLook = 0

  constructor(connection: Connection, path: string) {
    this.#connection = connection
    this.#path = path
  }

  /** After a commit: begins to copy when enough has gathered. */
  look(): void {
    if (this.#state !== 'idle' || ++this.#sinceLook < LOOK_EVERY) return
    this.#sinceLook = 0
    const { log, copied } = this.#progress('NOOP')
    if (log - copied < COPY_PAGES) return
    this.#state = 'copying'
    this.#worker ??= this.#start()
    this.#worker.postMessage('copy')
  }

  /** Resolves when the thread has let go of the file. */
  async close(): Promise<void> {
    this.#state = 'ended'
    const worker = this.#worker
    if (!worker) return
    this.#worker = null
    worker.ref()
    worker.postMessage('close')
    await once(worker, 'exit').catch(() => {})
  }

  #start(): Worker {
    const workerData = { path: this.#path, settings: DURABLE }
    // Flags of this process, such as how its own program is to be read, are not the thread's.
    const worker = new Worker(PROGRAM, { eval: true, execArgv: [], workerData })
    worker.unref()
    worker.on('message', () => this.#onCopied())
    worker.on('error', () => {
      this.#state = 'ended'
      this.#worker = null
    })
    return worker
  }

  #onCopied(): void {
    if (this.#state !== 'copying') return
    this.#state = 'idle'
    try {
      if (this.#progress('NOOP').log >= RESTART_PAGES) this.#progress('PASSIVE')
    } catch {
      // As in the thread: a commit tells.
    }
  }

  /** How many pages the log has, and how many of them are copied; `PASSIVE` copies what can be without waiting. */
  #progress(mode: 'NOOP' | 'PASSIVE'): { log: number; copied: number } {
    const row = this.#connection.prepare(`PRAGMA wal_checkpoint(${mode})`).get()
    const [, log, copied] = row as unknown as [busy: number, log: number, copied: number]
    return { log, copied }
  }
}
