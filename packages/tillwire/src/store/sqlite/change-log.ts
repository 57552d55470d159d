import { setImmediate as nextTurn } from 'node:timers/promises'
import type { FeedBounds, StoredChange, StoredDocument } from '../driver.ts'
import { CursorExpired } from '../errors.ts'
import { type Connection, isBusy } from './connection.ts'
import { DOCUMENT_COLUMNS, type DocumentRow, toStored } from './document-row.ts'
import { type FoundChange, type PackedChange, unpack } from './packed-change.ts'
import { quoteName } from './sql.ts'

/** How many rows, of all collections, one read looks through. */
const SCANNED_ROWS = 10_000
/** How many rows one block of work looks ahead for what a change left. */
const AHEAD_ROWS = 1_000
/** How far one block of work looks back for a commit, in positions. */
const BACK = 50_000
/** How many rows, and about how many changes, are let go at a time: little beside the commits that they go with. */
const FORGOTTEN_ROWS = 200
const FORGOTTEN_CHANGES = 2_000
/** How often changes of other processes are looked for while somebody listens. */
export const POLL_MS = 25

const FORGOTTEN = 'the changes after it are no longer kept'

/** A row of the feed: the position of its last change, how many there are, and they. */
type FeedRow = [position: number, changes: number, body: string]

/** The feed in SQLite: rows of changes, read by position. */
export class ChangeLog {
  readonly #connection: Connection
  readonly #listeners = new Set<() => void>()
  #timer: NodeJS.Timeout | null = null
  #dataVersion = 0

  constructor(connection: Connection) {
    this.#connection = connection
  }

  head(): number {
    const [head] = this.#connection.prepare('SELECT coalesce(max(position), 0) FROM _changes').get() as unknown as [
      number,
    ]
    return head
  }

  /** Whether the cursor has expired, the rows and the documents are read at one moment. */
  async read(
    table: string,
    after: number,
    limit: number,
    wanted: (id: string) => boolean,
  ): Promise<{ changes: StoredChange[]; upTo: number }> {
    const { told, upTo, unknown } = await this.#connection.snapshot(() => {
      const found = this.#find(table, after, limit, wanted)
      return { ...this.#withAfter(table, found.changes), upTo: found.upTo }
    })
    // What is in the feed stays as it is, so the rest need not be of that moment.
    for (let seen = told.at(-1)?.position ?? upTo; unknown.size > 0; await nextTurn())
      seen = await this.#connection.snapshot(() => this.#lookAhead(table, seen, unknown))
    return { changes: told, upTo }
  }

  #find(
    table: string,
    after: number,
    limit: number,
    wanted: (id: string) => boolean,
  ): { changes: FoundChange[]; upTo: number } {
    if (after > this.head()) throw new CursorExpired('it is ahead of the newest change')
    const oldest = this.#connection.prepare('SELECT position - changes FROM _changes ORDER BY position LIMIT 1').get()
    const [forgotten] = (oldest ?? [0]) as unknown as [number]
    if (after < forgotten) throw new CursorExpired(FORGOTTEN)

    const end = this.#endOfScan(after, SCANNED_ROWS)
    const changes: FoundChange[] = []
    for (const change of this.#changes(table, after, end)) {
      if (change.position <= after || !wanted(change.id)) continue
      changes.push(change)
      if (changes.length === limit) return { changes, upTo: change.position }
    }
    return { changes, upTo: end }
  }

  /** Where the last row ends that one read looks at. */
  #endOfScan(after: number, most: number): number {
    const [end] = this.#connection
      .prepare('SELECT max(position) FROM (SELECT position FROM _changes WHERE position > ? ORDER BY position LIMIT ?)')
      .get(after, most) as unknown as [number | null]
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

  /** What a change left is what the document's next change found, or what is there now; `unknown`, by id: neither is known yet. */
  #withAfter(table: string, changes: readonly FoundChange[]): Told {
    const found = new Map<string, StoredDocument | null>()
    const unknown = new Map<string, Writable<StoredChange>>()
    const told = changes.toReversed().map(({ removed, ...change }): Writable<StoredChange> => {
      const { id, position, before } = change
      const known = removed ? null : found.has(id) ? found.get(id) : this.#current(table, id, position)
      const one = { ...change, after: known ?? null }
      if (known === undefined) unknown.set(id, one)
      found.set(id, before)
      return one
    })
    return { told: told.reverse(), unknown }
  }

  /** The document as it is, if this change was its last. */
  #current(table: string, id: string, position: number): StoredDocument | undefined {
    const row = this.#connection
      .prepare(`SELECT ${DOCUMENT_COLUMNS} FROM ${quoteName(table)} WHERE id = ? AND position = ?`)
      .get(id, position) as unknown as DocumentRow | undefined
    return row && toStored(row)
  }

  /** Fills in what the next changes found; returns up to where it has looked. */
  #lookAhead(table: string, after: number, unknown: Told['unknown']): number {
    const end = this.#endOfScan(after, AHEAD_ROWS)
    if (end === after) throw new CursorExpired(FORGOTTEN)
    for (const { id, position, before } of this.#changes(table, after, end)) {
      if (position <= after) continue
      const waiting = unknown.get(id)
      if (!waiting) continue
      waiting.after = before
      unknown.delete(id)
      if (unknown.size === 0) break
    }
    return end
  }

  /** Whether a commit's changes are in the feed: looked for from the newest on, a block at a time. */
  async has(commit: string): Promise<boolean> {
    const find = (from: number, to: number) =>
      this.#connection
        .prepare('SELECT 1 FROM _changes WHERE position > ? AND position <= ? AND commit_id = ? LIMIT 1')
        .get(from, to, commit) !== undefined
    const [oldest, newest] = await this.#connection.snapshot(() => [this.#oldest(), this.head()] as const)
    for (let to = newest; to >= oldest && to > 0; to -= BACK) {
      if (await this.#connection.retrying(() => find(to - BACK, to))) return true
      await nextTurn()
    }
    return false
  }

  #oldest(): number {
    const [oldest] = this.#connection.prepare('SELECT coalesce(min(position), 0) FROM _changes').get() as unknown as [
      number,
    ]
    return oldest
  }

  /** Up to where changes may be let go, a bounded number of them; null when none may. */
  due({ before, changes: kept }: FeedBounds): { readonly upTo: number; readonly more: boolean } | null {
    const head = this.head()
    const rows = this.#connection
      .prepare('SELECT position, at, changes FROM _changes ORDER BY position LIMIT ?')
      .all(FORGOTTEN_ROWS) as unknown as [position: number, at: number, changes: number][]
    let upTo: number | null = null
    let sum = 0
    for (const [position, at, changes] of rows) {
      // The newest row stays, for positions are counted on from it.
      if (position === head || (position > head - kept && at >= before)) break
      upTo = position
      sum += changes
      if (sum >= FORGOTTEN_CHANGES) break
    }
    const last = rows.at(-1)
    return upTo === null
      ? null
      : { upTo, more: sum >= FORGOTTEN_CHANGES || (rows.length === FORGOTTEN_ROWS && upTo === last?.[0]) }
  }

  forget(upTo: number): void {
    this.#connection.prepare('DELETE FROM _changes WHERE position <= ?').run(upTo)
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

/** Changes, and those of them that wait for what they left, by the id of their document. */
interface Told {
  readonly told: Writable<StoredChange>[]
  readonly unknown: Map<string, Writable<StoredChange>>
}
type Writable<T> = { -readonly [K in keyof T]: T[K] }
