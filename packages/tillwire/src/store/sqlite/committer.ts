import { setTimeout as delay } from 'node:timers/promises'
import { StoreUnavailable } from '../errors.ts'
import {
  asStoreError,
  type Connection,
  isBusy,
  LOCK_PATIENCE_MS,
  LOCK_RETRY_MS,
  LOCKED_FOR_LONG,
} from './connection.ts'

/** How long one batch goes on taking commits. */
export const MAX_BATCH_MS = 5
/** How many commits may wait. */
export const MAX_WAITING = 50_000
/** The pause after a batch while another process is writing too: longer than its wait between tries. */
const SHARED_GAP_MS = LOCK_RETRY_MS + 1
/** How long after its last write another process counts as writing. */
const SHARING_MS = 1_000
/** How often it is looked whether another process has written. */
const LOOK_EVERY_MS = 20

interface Waiting {
  readonly apply: () => void
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * Group commit. Commits that wait are applied in turn, each in a savepoint of its own, under one
 * COMMIT, and answered after it. One that fails is rolled back and answered alone. A batch is one
 * synchronous block, so no read of this process ever sees a part of it.
 */
export class Committer {
  readonly #connection: Connection
  readonly #onCommit: () => void
  readonly #pause: () => Promise<void> | undefined
  readonly #onBegin: () => void
  #waiting: Waiting[] = []
  #draining: Promise<void> | null = null
  #othersWroteAt = Number.NEGATIVE_INFINITY
  #lookedAt = Number.NEGATIVE_INFINITY
  #dataVersion: number | null = null

  /** `pause` is what the next batch waits for, if anything; `onBegin` runs first in its transaction. */
  constructor(
    connection: Connection,
    onCommit: () => void,
    pause: () => Promise<void> | undefined,
    onBegin = () => {},
  ) {
    this.#connection = connection
    this.#onCommit = onCommit
    this.#pause = pause
    this.#onBegin = onBegin
  }

  /** Runs synchronous work inside the next batch; resolves once it is durable. */
  submit(apply: () => void): Promise<void> {
    if (this.#waiting.length >= MAX_WAITING)
      return Promise.reject(new StoreUnavailable(`${MAX_WAITING} commits are waiting already`))
    return new Promise((resolve, reject) => {
      this.#waiting.push({ apply, resolve, reject })
      this.#draining ??= this.#drain()
    })
  }

  /** Resolves when nothing waits. */
  async settled(): Promise<void> {
    while (this.#draining) await this.#draining
  }

  /** Never rejects: nobody could be told, and the process would end by it. */
  async #drain(): Promise<void> {
    // Whoever commits in this turn of the event loop joins the first batch.
    await nextTurn()
    while (this.#waiting.length > 0) {
      try {
        await this.#pause()
        const start = performance.now()
        while (!this.#tryBatch(start)) await delay(Math.random() * LOCK_RETRY_MS)
      } catch (error) {
        for (const { reject } of this.#waiting.splice(0)) reject(asStoreError(error))
      }
      await (performance.now() - this.#othersWroteAt < SHARING_MS ? delay(SHARED_GAP_MS) : nextTurn())
    }
    this.#draining = null
  }

  /** False while another process holds the lock and patience lasts. */
  #tryBatch(start: number): boolean {
    try {
      this.#connection.prepare('BEGIN IMMEDIATE').run()
      this.#onBegin()
    } catch (error) {
      if (this.#connection.db.isTransaction) this.#connection.db.exec('ROLLBACK')
      const now = performance.now()
      if (isBusy(error)) this.#othersWroteAt = now
      if (isBusy(error) && now - start < LOCK_PATIENCE_MS) return false
      const reason = isBusy(error) ? new StoreUnavailable(LOCKED_FOR_LONG, { cause: error }) : asStoreError(error)
      for (const { reject } of this.#waiting.splice(0)) reject(reason)
      return true
    }
    if (start - this.#lookedAt > LOOK_EVERY_MS) this.#lookForOthers(start)
    this.#runBatch()
    return true
  }

  #lookForOthers(now: number): void {
    this.#lookedAt = now
    const dataVersion = this.#connection.dataVersion()
    if (this.#dataVersion !== null && dataVersion !== this.#dataVersion) this.#othersWroteAt = now
    this.#dataVersion = dataVersion
  }

  #runBatch(): void {
    const end = performance.now() + MAX_BATCH_MS
    const answers: (() => void)[] = []
    let taken = 0
    try {
      while (taken < this.#waiting.length && performance.now() < end) {
        const isAlone = this.#waiting.length === 1
        const one = this.#waiting[taken++] as Waiting
        answers.push(isAlone ? runAlone(one) : this.#runOne(one))
      }
      this.#connection.prepare('COMMIT').run()
    } catch (error) {
      for (const { reject } of this.#waiting.splice(0, taken)) reject(asStoreError(error))
      if (this.#connection.db.isTransaction) this.#connection.db.exec('ROLLBACK')
      return
    }
    this.#waiting.splice(0, taken)
    for (const answer of answers) answer()
    try {
      this.#onCommit()
    } catch (error) {
      // They have happened and are answered, whatever comes after.
      process.emitWarning(`What follows a commit failed: ${error}`)
    }
  }

  #runOne({ apply, resolve, reject }: Waiting): () => void {
    const { db } = this.#connection
    this.#connection.prepare('SAVEPOINT one').run()
    try {
      apply()
      this.#connection.prepare('RELEASE one').run()
      return resolve
    } catch (error) {
      // A full disk or a failed read ends the whole transaction: nobody's work is there any more.
      if (!db.isTransaction) throw error
      db.exec('ROLLBACK TO one; RELEASE one')
      return () => reject(asStoreError(error))
    }
  }
}

/** What fails here fails the whole batch, of which it is all. */
function runAlone({ apply, resolve }: Waiting): () => void {
  apply()
  return resolve
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
