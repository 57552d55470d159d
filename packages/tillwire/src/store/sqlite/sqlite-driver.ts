import { setTimeout as delay } from 'node:timers/promises'
import { newId } from '../../core/index.ts'
import type {
  AnswerTo,
  Driver,
  FeedBounds,
  SchemaRecord,
  StoredChange,
  StoredCommit,
  StoredDocument,
  StoredQuery,
  StoredRead,
  StoredRequirement,
  TableSpec,
} from '../driver.ts'
import { DamagedDocument, VersionConflict } from '../errors.ts'
import type { StoredFilter } from '../query/filter.ts'
import { hasPlace } from '../query/match.ts'
import type { CommitPlace } from '../types.ts'
import { ChangeLog } from './change-log.ts'
import { ChangeRecorder } from './change-recorder.ts'
import { Checkpointer } from './checkpointer.ts'
import { Committer } from './committer.ts'
import { Connection } from './connection.ts'
import { type DocumentRow, toStored } from './document-row.ts'
import { DocumentWriter, prepareWrite } from './document-writer.ts'
import { amongSound, countSql, damagedSql, findSql, isMalformed } from './find-sql.ts'
import { HEEDED_MS, SchemaGuard } from './schema-guard.ts'
import { documentSql, quoteName, type Sql } from './sql.ts'
import {
  alignIndexes,
  createDocumentTables,
  createSystemTables,
  judgeTables,
  recordSchema,
  schemaRecords,
} from './tables.ts'

/** How many documents that cannot be read are told at most where one of them stops a statement. */
const MAX_DAMAGED = 100

/** Documents in SQLite: a table a collection, JSON in a text column, expression indexes on it. */
export class SqliteDriver implements Driver {
  readonly id: string
  readonly #connection: Connection
  readonly #committer: Committer
  readonly #guard: SchemaGuard
  readonly #writer: DocumentWriter
  readonly #changes: ChangeLog
  readonly #checkpointer: Checkpointer | null
  readonly #tables = new Map<string, TableSpec>()

  /** Opens a file, or `:memory:`. */
  static async open(path: string): Promise<SqliteDriver> {
    const connection = await Connection.open(path)
    try {
      const id = await createSystemTables(connection, newId('store'))
      return new SqliteDriver(connection, id, path === ':memory:' ? null : new Checkpointer(connection, path))
    } catch (error) {
      connection.close()
      throw error
    }
  }

  private constructor(connection: Connection, id: string, checkpointer: Checkpointer | null) {
    this.id = id
    this.#connection = connection
    this.#guard = new SchemaGuard(connection)
    this.#changes = new ChangeLog(connection)
    this.#checkpointer = checkpointer
    this.#writer = new DocumentWriter(connection, (table) => this.#tables.get(table))
    this.#committer = new Committer(
      connection,
      () => {
        this.#changes.wake()
        checkpointer?.look()
      },
      () => checkpointer?.finished,
      () => this.#guard.look(),
    )
  }

  judgeTables(tables: readonly TableSpec[]): Promise<void> {
    return this.#connection.snapshot(() => judgeTables(this.#connection, tables))
  }

  async ensureTables(tables: readonly TableSpec[]): Promise<void> {
    await createDocumentTables(this.#connection, tables)
    this.#guard.forget()
    for (const table of tables) this.#tables.set(table.name, table)
  }

  async ensureIndexes(tables: readonly TableSpec[]): Promise<void> {
    await alignIndexes(this.#connection, tables)
    for (const table of tables) this.#tables.set(table.name, table)
  }

  schemaRecords(): Promise<ReadonlyMap<string, SchemaRecord>> {
    return this.#connection.retrying(() => schemaRecords(this.#connection))
  }

  async recordSchema(table: string, record: SchemaRecord): Promise<void> {
    await this.#connection.exclusively(() => {
      this.#guard.forget()
      recordSchema(this.#connection, table, record)
    })
    await delay(HEEDED_MS)
  }

  hasTable(name: string): boolean {
    return this.#tables.has(name)
  }

  read<R extends readonly StoredRead[]>(...reads: R): Promise<{ -readonly [K in keyof R]: AnswerTo<R[K]> }> {
    const answer = () => {
      const answers = reads.map((read) => this.#answer(read))
      this.#guard.checkReads(reads)
      return answers
    }
    // A statement by itself is a snapshot already; a page behind another takes several.
    const [only] = reads
    const isOne = reads.length === 1 && (only?.op !== 'find' || only.query.after === null)
    const answers = isOne ? this.#connection.retrying(answer) : this.#connection.snapshot(answer)
    return answers as Promise<{ -readonly [K in keyof R]: AnswerTo<R[K]> }>
  }

  commit(commit: StoredCommit): Promise<void> {
    const { writes, requires, known } = commit
    const prepared = writes.map(prepareWrite)
    return this.#committer.submit(() => {
      this.#guard.checkWrites(known, writes)
      for (const [index, requirement] of requires.entries()) this.#require(requirement, { list: 'requires', index })
      const recorder = new ChangeRecorder(this.#connection, this.#changes.head(), commit)
      this.#writer.apply(prepared, recorder)
      recorder.end()
    })
  }

  head(): Promise<number> {
    return this.#connection.retrying(() => this.#changes.head())
  }

  changes(
    table: string,
    after: number,
    limit: number,
    wanted: (id: string) => boolean = () => true,
  ): Promise<{ changes: StoredChange[]; upTo: number }> {
    return this.#changes.read(table, after, limit, wanted)
  }

  tookPlace(id: string): Promise<boolean> {
    return this.#changes.has(id)
  }

  async trim(bounds: FeedBounds): Promise<boolean> {
    const due = await this.#connection.snapshot(() => this.#changes.due(bounds))
    if (due === null) return false
    await this.#committer.submit(() => this.#changes.forget(due.upTo))
    return due.more
  }

  onChange(listener: () => void): () => void {
    return this.#changes.listen(listener)
  }

  /** Table by table, so that the event loop gets its turns. */
  async verify(): Promise<string[]> {
    const problems: string[] = []
    for (const table of [...this.#tables.keys(), '_changes']) {
      const lines = await this.#connection.retrying(() => this.#integrityOf(table))
      problems.push(...lines.filter((line) => line !== 'ok'))
      await new Promise((resolve) => setImmediate(resolve))
    }
    return problems
  }

  async close(): Promise<void> {
    this.#changes.close()
    await this.#committer.settled()
    await this.#checkpointer?.close()
    this.#connection.close()
  }

  #integrityOf(table: string): string[] {
    try {
      const rows = this.#connection.db.prepare(`PRAGMA integrity_check(${quoteName(table)})`).all()
      return rows.map((row) => String(Object.values(row)[0]))
    } catch (error) {
      if (!isMalformed(error)) throw error
      return [`the indexes of "${table}" cannot be checked while documents of it are damaged`]
    }
  }

  #answer(read: StoredRead): AnswerTo<StoredRead> {
    switch (read.op) {
      case 'get':
        return this.#documents(read.table, read.ids)
      case 'find':
        return this.#find(read.table, read.query)
      case 'count':
        return this.#count(read.table, read.filter)
    }
  }

  #find(table: string, query: StoredQuery): StoredDocument[] {
    try {
      const found = this.#run(findSql(table, query), query.limit)
      // A page that ends nowhere: what comes after it is found by what can be read.
      if (found.length < query.limit || found.some((stored) => hasPlace(stored, query.order))) return found
      return [...found, ...this.#run(findSql(table, query, amongSound), query.limit)]
    } catch (error) {
      if (!isMalformed(error)) throw error
      return [...this.#damaged(table), ...this.#run(findSql(table, query, amongSound), query.limit)]
    }
  }

  #run(statements: readonly Sql[], limit: number): StoredDocument[] {
    const found: DocumentRow[] = []
    for (const { text, values } of statements) {
      if (found.length === limit) break
      const rows = this.#connection.prepare(text).all(...values, limit - found.length)
      found.push(...(rows as unknown as DocumentRow[]))
    }
    return found.map(toStored)
  }

  #damaged(table: string): StoredDocument[] {
    const rows = this.#connection.prepare(damagedSql(table)).all(MAX_DAMAGED) as unknown as DocumentRow[]
    return rows.map(toStored)
  }

  #documents(table: string, ids: readonly string[]): (StoredDocument | null)[] {
    const { get, getMany } = documentSql(table)
    const [only] = ids
    if (ids.length === 1 && only !== undefined) {
      const row = this.#connection.prepare(get).get(only) as unknown as DocumentRow | undefined
      return [row ? toStored(row) : null]
    }
    const rows = this.#connection.prepare(getMany).all(JSON.stringify(ids)) as unknown as DocumentRow[]
    const found = new Map(rows.map((row) => [row[0], row]))
    return ids.map((id) => {
      const row = found.get(id)
      return row ? toStored(row) : null
    })
  }

  #count(table: string, filter: StoredFilter): number {
    const { text, values } = countSql(table, filter)
    try {
      const [count] = this.#connection.prepare(text).get(...values) as unknown as [number]
      return count
    } catch (error) {
      const [damaged] = isMalformed(error) ? this.#damaged(table) : []
      if (damaged?.damage === undefined) throw error
      throw new DamagedDocument({ collection: table, id: damaged.id, reason: damaged.damage })
    }
  }

  #require({ table, id, version, revision }: StoredRequirement, at: CommitPlace): void {
    const row = this.#connection.prepare(documentSql(table).versionOf).get(id)
    const [actual, position] = (row ?? [0, 0]) as unknown as [version: number, position: number]
    if (actual === version && (revision === undefined || revision === position)) return
    throw new VersionConflict({ collection: table, id, expected: version, actual, at })
  }
}
