import { newId } from '../../core/index.ts'
import type {
  AnswerTo,
  Driver,
  StoredChange,
  StoredCommit,
  StoredDocument,
  StoredRead,
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

  async read<R extends readonly StoredRead[]>(...reads: R): Promise<{ -readonly [K in keyof R]: AnswerTo<R[K]> }> {
    const answer = () => reads.map((read) => this.#answer(read))
    // A statement by itself is a snapshot already.
    const answers = await (reads.length === 1 ? this.#connection.retrying(answer) : this.#connection.snapshot(answer))
    return answers as { -readonly [K in keyof R]: AnswerTo<R[K]> }
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
    return this.#connection.retrying(() => this.#changes.head())
  }

  changes(
    table: string,
    after: number,
    limit: number,
    wanted: (id: string) => boolean = () => true,
  ): Promise<{ changes: StoredChange[]; upTo: number }> {
    return this.#connection.snapshot(() => this.#changes.read(table, after, limit, wanted))
  }

  onChange(listener: () => void): () => void {
    return this.#changes.listen(listener)
  }

  /** Table by table, so that the event loop gets its turns. */
  async verify(): Promise<string[]> {
    const problems: string[] = []
    for (const table of [...this.#tables.keys(), '_changes']) {
      const rows = await this.#connection.retrying(() =>
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

  #answer(read: StoredRead): AnswerTo<StoredRead> {
    switch (read.op) {
      case 'get':
        return this.#documents(read.table, read.ids)
      case 'find': {
        const { text, values } = findSql(read.table, read.query)
        return (this.#connection.prepare(text).all(...values) as unknown as DocumentRow[]).map(toStored)
      }
      case 'count':
        return this.#count(read.table, read.filter)
    }
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
