import { DOCUMENT_COLUMNS } from './document-row.ts'

export type Bound = string | number | null
/** Text of a statement and the values for its `?`, in order. */
export interface Sql {
  readonly text: string
  readonly values: readonly Bound[]
}

/** The column of `mode: 'insensitive'`: a function registered on each connection. */
export const FOLD_FUNCTION = 'tillwire_fold'
/** SQLite's own text functions count backwards wrongly in text with NUL; this one does not. */
export const ENDS_WITH_FUNCTION = 'tillwire_ends_with'

export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** The statements about one document of a table. */
export interface DocumentSql {
  readonly get: string
  readonly getMany: string
  readonly versionOf: string
  /** As `get`, and where the row is. */
  readonly found: string
  readonly insert: string
  readonly replace: string
  readonly rewrite: string
  /** Gives a document what was kept back of it. */
  readonly settle: string
  readonly remove: string
}
const documentSqls = new Map<string, DocumentSql>()

/** Texts that are the same objects each time, so that finding their prepared statements is cheap. */
export function documentSql(table: string): DocumentSql {
  const known = documentSqls.get(table)
  if (known) return known
  const name = quoteName(table)
  const made: DocumentSql = {
    get: `SELECT ${DOCUMENT_COLUMNS} FROM ${name} WHERE id = ?`,
    getMany: `SELECT ${DOCUMENT_COLUMNS} FROM ${name} WHERE id IN (SELECT value FROM json_each(?))`,
    versionOf: `SELECT version, position FROM ${name} WHERE id = ?`,
    found: `SELECT rowid, ${DOCUMENT_COLUMNS} FROM ${name} WHERE id = ?`,
    insert: `INSERT INTO ${name} (id, version, schema_version, created_at, updated_at, position, doc) VALUES (?, ?, ?, ?, ?, ?, ?)`,
    replace: `UPDATE ${name} SET version = ?, schema_version = ?, updated_at = ?, position = ?, doc = ? WHERE rowid = ?`,
    rewrite: `UPDATE ${name} SET schema_version = ?, doc = ? WHERE rowid = ?`,
    settle: `UPDATE ${name} SET doc = ? WHERE id = ?`,
    remove: `DELETE FROM ${name} WHERE rowid = ?`,
  }
  documentSqls.set(table, made)
  return made
}

export function sql(text: string, ...values: Bound[]): Sql {
  return { text, values }
}

/** Conditions of which all, or any, must hold; `empty` stands for none. */
export function joinSql(parts: readonly Sql[], word: 'AND' | 'OR', empty: '0' | '1'): Sql {
  if (parts.length === 0) return sql(empty)
  return { text: parts.map(({ text }) => `(${text})`).join(` ${word} `), values: parts.flatMap(({ values }) => values) }
}
