import type { Claim, StoredDocument, StoredWrite, TableSpec } from '../driver.ts'
import { NotFound, UniqueViolation, VersionConflict } from '../errors.ts'
import type { CommitPlace } from '../types.ts'
import type { ChangeRecorder } from './change-recorder.ts'
import { brokenUniqueness, type Connection } from './connection.ts'
import type { DocumentRow } from './document-row.ts'
import { countSql } from './find-sql.ts'
import { documentSql } from './sql.ts'
import { indexName, pathsOfIndex } from './tables.ts'

/** What stands for a document until its unique values are free: it has none. */
const WITHOUT_VALUES = '{}'

/** A write whose document is text already. */
export type PreparedWrite =
  | { readonly op: 'remove'; readonly table: string; readonly id: string; readonly version: number }
  | {
      readonly op: 'insert' | 'replace' | 'rewrite'
      readonly table: string
      readonly document: StoredDocument
      readonly doc: string
      readonly claims: readonly Claim[]
    }
type Put = Exclude<PreparedWrite, { op: 'remove' }>

/** A document that was written without its values, for another had them when its turn came. */
interface Late {
  readonly write: Put
  readonly at: CommitPlace
}

/** Serialises a write now, so that what the caller does to its objects later does not matter. */
export function prepareWrite(write: StoredWrite): PreparedWrite {
  if (write.op === 'remove') return write
  const { op, table, document, claims = [] } = write
  return { op, table, document, doc: JSON.stringify(document.fields), claims }
}

/**
 * Applies the writes of one commit in their order. SQLite judges uniqueness row by row; here it is that of the
 * commit's end: a document whose values another still has is written without them, and gets them when all else is
 * written. Only what then still fails is refused, so values can change hands within a commit.
 */
export class DocumentWriter {
  readonly #connection: Connection
  readonly #specOf: (table: string) => TableSpec | undefined

  constructor(connection: Connection, specOf: (table: string) => TableSpec | undefined) {
    this.#connection = connection
    this.#specOf = specOf
  }

  /** @throws UniqueViolation, VersionConflict, NotFound, each with the write that is at fault */
  apply(writes: readonly PreparedWrite[], recorder: ChangeRecorder): void {
    const late = new Map<string, Late>()
    let first: { readonly index: number; readonly error: unknown } | null = null
    for (const [index, write] of writes.entries()) {
      const at: CommitPlace = { list: 'writes', index }
      try {
        if (write.op === 'remove') this.#remove(write.table, write.id, write.version, at, recorder, late)
        else this.#put(write, at, recorder, late)
      } catch (error) {
        // Told in the order of the list: where an earlier one waits for its values, the others show whether it gets them.
        if (late.size === 0 || !(NotFound.is(error) || VersionConflict.is(error))) throw first?.error ?? error
        first ??= { index, error }
      }
    }
    for (const { write, at } of late.values()) if (at.index < (first?.index ?? Infinity)) this.#settle(write, at)
    if (first) throw first.error
  }

  #put(write: Put, at: CommitPlace, recorder: ChangeRecorder, late: Map<string, Late>): void {
    const run = this.#statementOf(write, at, recorder, late)
    try {
      this.#checkClaims(write, at)
      run(write.doc)
    } catch (error) {
      const broken = brokenUniqueness(error)
      // An id is taken or not, whatever comes after.
      if (broken?.index === null) throw this.#violation(write.table, broken.index, at)
      if (!broken && !UniqueViolation.is(error)) throw error
      run(WITHOUT_VALUES)
      late.set(keyOf(write.table, write.document.id), { write, at })
    }
  }

  /** Puts a document into its row; its change is recorded once. */
  #statementOf(
    { op, table, document }: Put,
    at: CommitPlace,
    recorder: ChangeRecorder,
    late: Map<string, Late>,
  ): (doc: string) => void {
    const { id, version, schemaVersion, createdAt, updatedAt } = document
    const { insert, replace, rewrite } = documentSql(table)
    if (op === 'insert') {
      const position = recorder.inserted(table, id, version)
      const statement = this.#connection.prepare(insert)
      return (doc) => statement.run(id, version, schemaVersion, createdAt, updatedAt, position, doc)
    }
    const { found, rowid } = this.#found(table, id, op === 'replace' ? version - 1 : version, at, late)
    if (op === 'rewrite') {
      const statement = this.#connection.prepare(rewrite)
      return (doc) => statement.run(schemaVersion, doc, rowid)
    }
    const position = recorder.replaced(table, found)
    const statement = this.#connection.prepare(replace)
    return (doc) => statement.run(version, schemaVersion, updatedAt, position, doc, rowid)
  }

  #remove(
    table: string,
    id: string,
    version: number,
    at: CommitPlace,
    recorder: ChangeRecorder,
    late: Map<string, Late>,
  ): void {
    const { found, rowid } = this.#found(table, id, version, at, late)
    recorder.removed(table, found)
    this.#connection.prepare(documentSql(table).remove).run(rowid)
  }

  /** Gives a document its values, now that all else is written. */
  #settle(write: Put, at: CommitPlace): void {
    this.#checkClaims(write, at)
    try {
      this.#connection.prepare(documentSql(write.table).settle).run(write.doc, write.document.id)
    } catch (error) {
      const broken = brokenUniqueness(error)
      throw broken ? this.#violation(write.table, broken.index, at) : error
    }
  }

  #checkClaims({ table, claims }: Put, at: CommitPlace): void {
    for (const { fields, filter } of claims) {
      const { text, values } = countSql(table, filter)
      const [count] = this.#connection.prepare(text).get(...values) as unknown as [number]
      if (count > 0) throw new UniqueViolation({ collection: table, fields, at })
    }
  }

  /** A document that is at this version, and where. One that waits for its values is told with them, and waits no more. */
  #found(
    table: string,
    id: string,
    version: number,
    at: CommitPlace,
    late: Map<string, Late>,
  ): { found: DocumentRow; rowid: number } {
    const row = this.#connection.prepare(documentSql(table).found).get(id)
    if (!row) throw new NotFound({ collection: table, id, at })
    const [rowid, ...found] = row as unknown as [number, ...DocumentRow]
    const [, actual] = found
    if (actual !== version) throw new VersionConflict({ collection: table, id, expected: version, actual, at })
    const waiting = late.get(keyOf(table, id))
    if (!waiting) return { found, rowid }
    late.delete(keyOf(table, id))
    return { found: found.with(5, waiting.write.doc) as DocumentRow, rowid }
  }

  #violation(table: string, index: string | null, at: CommitPlace): UniqueViolation {
    const spec = this.#specOf(table)?.indexes.find((one) => one.unique && indexName(table, one) === index)
    // No index that this program knows: the id, or one that a newer program made.
    const fields = spec?.fields ?? (index === null ? ['id'] : pathsOfIndex(index))
    return new UniqueViolation({ collection: table, fields, at })
  }
}

function keyOf(table: string, id: string): string {
  return `${table}/${id}`
}
