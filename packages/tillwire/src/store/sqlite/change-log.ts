import type { StoredChange, StoredDocument } from '../driver.ts'
import { CursorExpired } from '../errors.ts'
import { type Connection, isBusy } from './connection.ts'
import { DOCUMENT_COLUMNS, type DocumentRow, toStored } from './document-row.ts'
import { type FoundChange, type PackedChange, unpack } from './packed-change.ts'
import { quoteName } from './sql.ts'

/** How many changes are kept: how far behind a watcher may fall before its cursor expires. */
export const KEPT_CHANGES = 100_000
/** After how many changes old ones are looked for, and twice that is the most that one look deletes. */
const TRIM_EVERY = 500
/** How many rows, of all collections, one read looks through. */
const SCANNED_ROWS = 10_000
/** How often changes of other processes are looked for while somebody listens. */
export const POLL_MS = 25

/** A row of the feed: the position of its last change, how many there are, and they. */
type FeedRow = [position: number, changes: number, body: string]

/** The feed in SQLite: rows of changes, read by position. */
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

  read(
    table: string,
    after: number,
    limit: number,
    wanted: (id: string) => boolean,
  ): { changes: StoredChange[]; upTo: number } {
    if (after > this.head()) throw new CursorExpired('it is ahead of the newest change')
    const oldest = this.#connection.prepare('SELECT position - changes FROM _changes ORDER BY position LIMIT 1').get()
    const [forgotten] = (oldest ?? [0]) as unknown as [number]
    if (after < forgotten) throw new CursorExpired('the changes after it are no longer kept')

    const end = this.#endOfScan(after)
    const changes: FoundChange[] = []
    for (const change of this.#changes(table, after, end)) {
      if (change.position <= after || !wanted(change.id)) continue
      changes.push(change)
      if (changes.length === limit) return { changes: this.#withAfter(table, changes), upTo: change.position }
    }
    return { changes: this.#withAfter(table, changes), upTo: end }
  }

  /** Where the last row ends that one read looks at. */
  #endOfScan(after: number): number {
    const [end] = this.#connection
      .prepare('SELECT max(position) FROM (SELECT position FROM _changes WHERE position > ? ORDER BY position LIMIT ?)')
      .get(after, SCANNED_ROWS) as unknown as [number | null]
    return end ?? after
  }

  /** The changes of one table in the rows that end after one position and up to another, oldest first. */
  *#changes(table: string, after: number, end: number): Generator<FoundChange, void, undefined> {
    const rows = this.#connection
      .prepare(
        'SELECT position, changes, body FROM _changes WHERE position > ? AND position <= ? AND collection = ? ORDER BY position',
      )
      .iterate(after, end, table) as unknown as Iterable<FeedRow>
    for (const [position, changes, body] of rows) {
      for (const [index, packed] of (JSON.parse(body) as PackedChange[]).entries())
        yield unpack(table, position - changes + index + 1, packed)
    }
  }

  /** What a change left is what the document's next change found, or what is there now. */
  #withAfter(table: string, changes: readonly FoundChange[]): StoredChange[] {
    const found = new Map<string, StoredDocument | null>()
    const unknown = new Map<string, number>()
    const told = changes.toReversed().map(({ removed, ...change }, index): Writable<StoredChange> => {
      const { id, position, before } = change
      const known = removed ? null : found.has(id) ? found.get(id) : this.#current(table, id, position)
      if (known === undefined) unknown.set(id, index)
      found.set(id, before)
      return { ...change, after: known ?? null }
    })
    const last = changes.at(-1)
    if (last && unknown.size > 0) this.#lookAhead(table, last.position, unknown, told)
    return told.reverse()
  }

  /** The document as it is, if this change was its last. */
  #current(table: string, id: string, position: number): StoredDocument | undefined {
    const row = this.#connection
      .prepare(`SELECT ${DOCUMENT_COLUMNS} FROM ${quoteName(table)} WHERE id = ? AND position = ?`)
      .get(id, position) as unknown as DocumentRow | undefined
    return row && toStored(row)
  }

  /** Fills in what later changes found; `unknown` has the places of those that wait for it. */
  #lookAhead(
    table: string,
    after: number,
    unknown: Map<string, number>,
    told: readonly Writable<StoredChange>[],
  ): void {
    for (const { id, position, before } of this.#changes(table, after, this.head())) {
      if (position <= after) continue
      const waiting = told[unknown.get(id) ?? -1]
      if (!waiting) continue
      waiting.after = before
      unknown.delete(id)
      if (unknown.size === 0) return
    }
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

type Writable<T> = { -readonly [K in keyof T]: T[K] }
