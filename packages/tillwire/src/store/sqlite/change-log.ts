import type { StoredChange, StoredDocument } from '../driver.ts'
import { CursorExpired } from '../errors.ts'
import { type Connection, isBusy } from './connection.ts'
import { DOCUMENT_COLUMNS, type DocumentRow, toStored } from './document-row.ts'
import { quoteName } from './sql.ts'

/** How many changes are kept: how far behind a watcher may fall before its cursor expires. */
export const KEPT_CHANGES = 100_000
/** After how many changes old ones are looked for, and twice that is the most that one look deletes. */
const TRIM_EVERY = 500
/** How many changes of all collections one read looks through. */
const SCANNED_CHANGES = 10_000
/** How often changes of other processes are looked for while somebody listens. */
export const POLL_MS = 25

type ChangeRow = [position: number, id: string, version: number, removed: number, ...before: Nullable<DocumentRow>]
type Nullable<T extends unknown[]> = { [K in keyof T]: T[K] | null }

/** The feed in SQLite: rows that triggers write beside each change, read by position. */
export class ChangeLog {
  readonly #connection: Connection
  readonly #listeners = new Set<() => void>()
  #timer: NodeJS.Timeout | null = null
  #dataVersion = 0
  #sinceTrim = 0

  constructor(connection: Connection) {
    this.#connection = connection
  }

  head(): number {
    const [head] = this.#connection.prepare('SELECT coalesce(max(position), 0) FROM _changes').get() as unknown as [
      number,
    ]
    return head
  }

  read(table: string, after: number, limit: number): { changes: StoredChange[]; upTo: number } {
    const head = this.head()
    if (after > head) throw new CursorExpired('it is ahead of the newest change')
    const [first] = this.#connection.prepare('SELECT coalesce(min(position), 1) FROM _changes').get() as unknown as [
      number,
    ]
    if (after < first - 1) throw new CursorExpired('the changes after it are no longer kept')

    const end = Math.min(head, after + SCANNED_CHANGES)
    const rows = this.#connection
      .prepare(
        `SELECT position, id, version, removed, id, version - 1 + removed, schema_version, created_at, updated_at, doc
         FROM _changes WHERE position > ? AND position <= ? AND collection = ? ORDER BY position LIMIT ?`,
      )
      .all(after, end, table, limit) as unknown as ChangeRow[]
    const last = rows.at(-1)
    return { changes: this.#withAfter(table, rows), upTo: last && rows.length === limit ? last[0] : end }
  }

  /** What a change left is what the document's next change found, or what is there now. */
  #withAfter(table: string, rows: readonly ChangeRow[]): StoredChange[] {
    const found = new Map<string, StoredDocument | null>()
    return rows
      .toReversed()
      .map(([position, id, version, removed, ...row]): StoredChange => {
        const before = row[5] === null ? null : toStored(row as DocumentRow)
        const after = removed ? null : found.has(id) ? found.get(id) : this.#leftBy(table, id, position)
        found.set(id, before)
        return { position, table, id, version, before, after: after ?? null }
      })
      .reverse()
  }

  #leftBy(table: string, id: string, position: number): StoredDocument | null {
    const current = this.#connection
      .prepare(`SELECT ${DOCUMENT_COLUMNS} FROM ${quoteName(table)} WHERE id = ? AND position = ?`)
      .get(id, position) as unknown as DocumentRow | undefined
    if (current) return toStored(current)
    const next = this.#connection
      .prepare(
        `SELECT id, version - 1 + removed, schema_version, created_at, updated_at, doc FROM _changes
         WHERE position > ? AND id = ? AND collection = ? ORDER BY position LIMIT 1`,
      )
      .get(position, id, table) as unknown as DocumentRow | undefined
    return next ? toStored(next) : null
  }

  /** Inside a batch: lets old changes go, a bounded number at a time. */
  trim(written: number): void {
    this.#sinceTrim += written
    if (this.#sinceTrim < TRIM_EVERY) return
    const most = Math.max(this.#sinceTrim, TRIM_EVERY) * 2
    this.#sinceTrim = 0
    const oldest = this.head() - KEPT_CHANGES
    if (oldest <= 0) return
    this.#connection
      .prepare('DELETE FROM _changes WHERE position <= min(?, (SELECT min(position) FROM _changes) + ?)')
      .run(oldest, most)
  }

  /** Calls back on each commit of this process, and soon after one of another. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener)
    if (!this.#timer) {
      this.#dataVersion = this.#connection.dataVersion()
      this.#timer = setInterval(() => this.#poll(), POLL_MS)
      this.#timer.unref()
    }
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size === 0) this.close()
    }
  }

  wake(): void {
    for (const listener of this.#listeners) listener()
  }

  close(): void {
    if (this.#timer) clearInterval(this.#timer)
    this.#timer = null
  }

  #poll(): void {
    let dataVersion: number
    try {
      dataVersion = this.#connection.dataVersion()
    } catch (error) {
      if (isBusy(error)) return
      throw error
    }
    if (dataVersion === this.#dataVersion) return
    this.#dataVersion = dataVersion
    this.wake()
  }
}
