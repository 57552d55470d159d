import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import { isTillwireError } from '../../core/index.ts'
import { StoreUnavailable } from '../errors.ts'
import { databaseFileProblem } from '../place.ts'
import { fold } from '../query/match.ts'
import { ENDS_WITH_FUNCTION, FOLD_FUNCTION } from './sql.ts'

/** How long a lock held by another process is waited for. */
export const LOCK_PATIENCE_MS = 5_000
/** What is said when that was not long enough. */
export const LOCKED_FOR_LONG = 'another process kept it locked'
/** Between two tries for a lock, at most; the real wait is random, so that two processes do not stay in step. */
export const LOCK_RETRY_MS = 2
/** Pages kept in memory. SQLite's own 2 MB spill one larger batch into the log page by page. */
const CACHE_KIB = 32 * 1024
/** At how many pages of the write-ahead log a commit copies them itself, should nobody else have done so. */
const MOST_LOG_PAGES = 16_000
/** Durable when a commit returns, also through a power cut. */
export const DURABLE = 'PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON;'
/** How many prepared statements a connection keeps. */
const MAX_STATEMENTS = 500

const BUSY = 5
const LOCKED = 6

/** A connection that never waits inside SQLite, with its prepared statements. */
export class Connection {
  readonly path: string
  readonly db: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  /** Opens a file, making its folder, or `:memory:`. */
  static async open(path: string): Promise<Connection> {
    const connection = new Connection(path)
    try {
      await connection.retrying(() => connection.db.exec('PRAGMA journal_mode = WAL'))
    } catch (error) {
      connection.close()
      throw error
    }
    connection.db.exec(`
      ${DURABLE}
      PRAGMA temp_store = MEMORY; PRAGMA cache_size = -${CACHE_KIB}; PRAGMA wal_autocheckpoint = ${MOST_LOG_PAGES};
    `)
    return connection
  }

  private constructor(path: string) {
    this.path = path
    const problem = path === ':memory:' ? null : databaseFileProblem(path)
    if (problem !== null) throw new StoreUnavailable(problem, { retryable: false })
    try {
      this.db = new DatabaseSync(path, { timeout: 0 })
    } catch (error) {
      throw new StoreUnavailable(`"${path}" cannot be opened`, { cause: error, retryable: false })
    }
    const options = { deterministic: true }
    this.db.function(FOLD_FUNCTION, options, (value) => (typeof value === 'string' ? fold(value) : null))
    this.db.function(ENDS_WITH_FUNCTION, options, (value, end) =>
      typeof value === 'string' && typeof end === 'string' ? Number(value.endsWith(end)) : null,
    )
  }

  /** A prepared statement; rows come as arrays. The least lately made ones are let go when there are too many. */
  prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known) return known
    const statement = this.db.prepare(sql)
    statement.setReturnArrays(true)
    if (this.#statements.size >= MAX_STATEMENTS) {
      for (const oldest of this.#statements.keys()) {
        this.#statements.delete(oldest)
        break
      }
    }
    this.#statements.set(sql, statement)
    return statement
  }

  /** A number that changes when another connection has written. */
  dataVersion(): number {
    const [version] = this.prepare('PRAGMA data_version').get() as unknown as [number]
    return version
  }

  /** Runs synchronous work, again while another process holds the lock that it needs. */
  async retrying<T>(work: () => T): Promise<T> {
    const start = performance.now()
    for (;;) {
      try {
        return work()
      } catch (error) {
        if (!isBusy(error)) throw asStoreError(error)
        if (performance.now() - start > LOCK_PATIENCE_MS) throw new StoreUnavailable(LOCKED_FOR_LONG, { cause: error })
      }
      await delay(Math.random() * LOCK_RETRY_MS)
    }
  }

  /** Runs synchronous reads on one state of the database: another process may commit between two statements. */
  snapshot<T>(work: () => T): Promise<T> {
    return this.#transaction('BEGIN', work)
  }

  /** Runs synchronous work as one transaction of its own. */
  exclusively<T>(work: () => T): Promise<T> {
    return this.#transaction('BEGIN IMMEDIATE', work)
  }

  #transaction<T>(begin: string, work: () => T): Promise<T> {
    return this.retrying(() => {
      this.prepare(begin).run()
      try {
        const result = work()
        this.prepare('COMMIT').run()
        return result
      } catch (error) {
        if (this.db.isTransaction) this.db.exec('ROLLBACK')
        throw error
      }
    })
  }

  close(): void {
    this.#statements.clear()
    if (this.db.isOpen) this.db.close()
  }
}

function errcodeOf(error: unknown): number | null {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : null
}

export function isBusy(error: unknown): boolean {
  const code = errcodeOf(error)
  return code !== null && ((code & 0xff) === BUSY || (code & 0xff) === LOCKED)
}

const CONSTRAINT_UNIQUE = 2067
const CONSTRAINT_PRIMARY_KEY = 1555

/** The index whose uniqueness an error is about, or that it is about the id. */
export function brokenUniqueness(error: unknown): { readonly index: string | null } | null {
  const code = errcodeOf(error)
  if (code !== CONSTRAINT_UNIQUE && code !== CONSTRAINT_PRIMARY_KEY) return null
  const index = /index '(.*)'$/s.exec(error instanceof Error ? error.message : '')
  return { index: index?.[1] ?? null }
}

/** Errors of SQLite as the store tells them; others pass. */
export function asStoreError(error: unknown): unknown {
  if (isTillwireError(error) || brokenUniqueness(error)) return error
  const closed = error instanceof Error && 'code' in error && error.code === 'ERR_INVALID_STATE'
  if (errcodeOf(error) === null && !closed) return error
  const reason = closed ? 'it is closed' : `SQLite says "${(error as Error).message}"`
  return new StoreUnavailable(reason, { cause: error, retryable: !closed })
}
