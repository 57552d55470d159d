import { newId } from '../../core/index.ts'
import type {
  Driver,
  StoredChange,
  StoredCommit,
  StoredDocument,
  StoredQuery,
  StoredRequirement,
  StoredWrite,
  TableSpec,
} from '../driver.ts'
import { NotFound, UniqueViolation, VersionConflict } from '../errors.ts'
import type { StoredFilter } from '../query/filter.ts'
import type { CommitPlace } from '../types.ts'
import { ChangeLog } from './change-log.ts'
import { ChangeRecorder } from './change-recorder.ts'
import { Checkpointer } from './checkpointer.ts'
import { Committer } from './committer.ts'
import { brokenUniqueness, Connection } from './connection.ts'
import { type DocumentRow, toStored } from './document-row.ts'
import { countSql, documentSql, findSql, quoteName } from './sql.ts'
import { alignIndexes, createDocumentTables, createSystemTables, indexName, pathsOfIndex } from './tables.ts'

/** Documents in SQLite: a table a collection, JSON in a text column, expression indexes on it. */
export class SqliteDriver implements Driver {
  readonly id: string
  readonly #connection: Connection
  readonly #committer: Committer
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
    this.#changes = new ChangeLog(connection)
    this.#checkpointer = checkpointer
    this.#committer = new Committer(
      connection,
      () => {
        this.#changes.wake()
        checkpointer?.look()
      },
      () => checkpointer?.finished,
    )
  }

  async ensureTables(tables: readonly TableSpec[]): Promise<void> {
    await createDocumentTables(this.#connection, tables)
    for (const table of tables) this.#tables.set(table.name, table)
  }

  async ensureIndexes(tables: readonly TableSpec[]): Promise<void> {
    try {
      await alignIndexes(this.#connection, tables)
    } catch (error) {
      throw this.#uniqueness(error, tables) ?? error
    }
    for (const table of tables) this.#tables.set(table.name, table)
  }

  hasTable(name: string): boolean {
    return this.#tables.has(name)
  }

  get(table: string, id: string): Promise<StoredDocument | null> {
    return this.#read(() => {
      const row = this.#connection.prepare(documentSql(table).get).get(id) as unknown as DocumentRow | undefined
      return row ? toStored(row) : null
    })
  }

  getMany(table: string, ids: readonly string[]): Promise<(StoredDocument | null)[]> {
    return this.#read(() => {
      const rows = this.#connection
        .prepare(documentSql(table).getMany)
        .all(JSON.stringify(ids)) as unknown as DocumentRow[]
      const found = new Map(rows.map((row) => [row[0], row]))
      return ids.map((id) => {
        const row = found.get(id)
        return row ? toStored(row) : null
      })
    })
  }

  find(table: string, query: StoredQuery): Promise<StoredDocument[]> {
    return this.#read(() => {
      const { text, values } = findSql(table, query)
      return (this.#connection.prepare(text).all(...values) as unknown as DocumentRow[]).map(toStored)
    })
  }

  count(table: string, filter: StoredFilter): Promise<number> {
    return this.#read(() => this.#count(table, filter))
  }

  commit({ writes, requires }: StoredCommit): Promise<void> {
    // Serialised now, so that what the caller does to its objects later does not matter.
    const steps = writes.map((write, index) => this.#prepareWrite(write, { list: 'writes', index }))
    return this.#committer.submit(() => {
      for (const [index, requirement] of requires.entries()) this.#require(requirement, { list: 'requires', index })
      const recorder = new ChangeRecorder(this.#connection, this.#changes.head())
      for (const step of steps) step(recorder)
      recorder.end()
      this.#changes.trim(writes.length)
    })
  }

  head(): Promise<number> {
    return this.#read(() => this.#changes.head())
  }

  changes(table: string, after: number, limit: number): Promise<{ changes: StoredChange[]; upTo: number }> {
    return this.#read(() => this.#changes.read(table, after, limit))
  }

  onChange(listener: () => void): () => void {
    return this.#changes.listen(listener)
  }

  /** Table by table, so that the event loop gets its turns. */
  async verify(): Promise<string[]> {
    const problems: string[] = []
    for (const table of [...this.#tables.keys(), '_changes']) {
      const rows = await this.#read(() =>
        this.#connection.db.prepare(`PRAGMA integrity_check(${quoteName(table)})`).all(),
      )
      problems.push(...rows.map((row) => String(Object.values(row)[0])).filter((line) => line !== 'ok'))
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

  #read<T>(work: () => T): Promise<T> {
    return this.#connection.retrying(work)
  }

  #count(table: string, filter: StoredFilter): number {
    const { text, values } = countSql(table, filter)
    const [count] = this.#connection.prepare(text).get(...values) as unknown as [number]
    return count
  }

  #require({ table, id, version, revision }: StoredRequirement, at: CommitPlace): void {
    const row = this.#connection.prepare(documentSql(table).versionOf).get(id)
    const [actual, position] = (row ?? [0, 0]) as unknown as [version: number, position: number]
    if (actual === version && (revision === undefined || revision === position)) return
    throw new VersionConflict({ collection: table, id, expected: version, actual, at })
  }

  #prepareWrite(write: StoredWrite, at: CommitPlace): (recorder: ChangeRecorder) => void {
    if (write.op === 'remove') return (recorder) => this.#remove(write.table, write.id, write.version, at, recorder)
    const doc = JSON.stringify(write.document.fields)
    return (recorder) => {
      try {
        for (const { fields, filter } of write.claims ?? []) {
          if (this.#count(write.table, filter) > 0) throw new UniqueViolation({ collection: write.table, fields, at })
        }
        if (write.op === 'insert') return this.#insert(write.table, write.document, doc, recorder)
        if (write.op === 'replace') return this.#replace(write.table, write.document, doc, at, recorder)
        return this.#rewrite(write.table, write.document, doc, at)
      } catch (error) {
        throw this.#uniqueness(error, [this.#tables.get(write.table)], at) ?? error
      }
    }
  }

  #insert(table: string, document: StoredDocument, doc: string, recorder: ChangeRecorder): void {
    const { id, version, schemaVersion, createdAt, updatedAt } = document
    const position = recorder.inserted(table, id, version)
    this.#connection
      .prepare(documentSql(table).insert)
      .run(id, version, schemaVersion, createdAt, updatedAt, position, doc)
  }

  #replace(table: string, document: StoredDocument, doc: string, at: CommitPlace, recorder: ChangeRecorder): void {
    const { id, version, schemaVersion, updatedAt } = document
    const { found, rowid } = this.#find(table, id, version - 1, at)
    const position = recorder.replaced(table, found)
    this.#connection.prepare(documentSql(table).replace).run(version, schemaVersion, updatedAt, position, doc, rowid)
  }

  #rewrite(table: string, document: StoredDocument, doc: string, at: CommitPlace): void {
    const { id, version, schemaVersion } = document
    const { rowid } = this.#find(table, id, version, at)
    this.#connection.prepare(documentSql(table).rewrite).run(schemaVersion, doc, rowid)
  }

  #remove(table: string, id: string, version: number, at: CommitPlace, recorder: ChangeRecorder): void {
    const { found, rowid } = this.#find(table, id, version, at)
    recorder.removed(table, found)
    this.#connection.prepare(documentSql(table).remove).run(rowid)
  }

  /** A document that is at this version, and where. */
  #find(table: string, id: string, version: number, at: CommitPlace): { found: DocumentRow; rowid: number } {
    const row = this.#connection.prepare(documentSql(table).found).get(id)
    if (!row) throw new NotFound({ collection: table, id, at })
    const [rowid, ...found] = row as unknown as [number, ...DocumentRow]
    const [, actual] = found
    if (actual !== version) throw new VersionConflict({ collection: table, id, expected: version, actual, at })
    return { found, rowid }
  }

  #uniqueness(error: unknown, tables: readonly (TableSpec | undefined)[], at?: CommitPlace): UniqueViolation | null {
    const broken = brokenUniqueness(error)
    if (!broken) return null
    const place = at ? { at } : {}
    for (const table of tables) {
      const spec = table?.indexes.find((index) => index.unique && indexName(table.name, index) === broken.index)
      if (table && spec) return new UniqueViolation({ collection: table.name, fields: spec.fields, ...place })
    }
    // No index that this program knows: the id, or one that a newer program made.
    const fields = broken.index === null ? ['id'] : pathsOfIndex(broken.index)
    return new UniqueViolation({ collection: tables[0]?.name ?? '', fields, ...place })
  }
}
