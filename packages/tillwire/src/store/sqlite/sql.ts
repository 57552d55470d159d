import type { StoredQuery } from '../driver.ts'
import type { StoredFilter, StoredOrder, StoredPath } from '../query/filter.ts'
import { fold } from '../query/match.ts'
import type { Scalar } from '../types.ts'
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

const COLUMNS = {
  id: 'id',
  version: 'version',
  createdAt: 'created_at',
  updatedAt: 'updated_at',
  schemaVersion: 'schema_version',
} as const

export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** The expression of a path: the very text that its index is made of, else SQLite would not use it. Segments are checked by the definition or the query parser. */
export function pathSql(path: StoredPath): string {
  return path.column ? COLUMNS[path.column] : `json_extract(doc, ${jsonPath(path)})`
}

function jsonPath(path: StoredPath): string {
  return `'$${path.segments.map((segment) => `."${segment.replaceAll("'", "''")}"`).join('')}'`
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
    remove: `DELETE FROM ${name} WHERE rowid = ?`,
  }
  documentSqls.set(table, made)
  return made
}

const FALSE: Sql = { text: '0', values: [] }
const sql = (text: string, ...values: Bound[]): Sql => ({ text, values })

function join(parts: readonly Sql[], word: 'AND' | 'OR', empty: string): Sql {
  if (parts.length === 0) return sql(empty)
  return { text: parts.map(({ text }) => `(${text})`).join(` ${word} `), values: parts.flatMap(({ values }) => values) }
}

/** A condition that is true where the filter matches, and false or NULL elsewhere. */
export function filterSql(filter: StoredFilter): Sql {
  switch (filter.kind) {
    case 'and':
      return join(filter.filters.map(filterSql), 'AND', '1')
    case 'or':
      return join(filter.filters.map(filterSql), 'OR', '0')
    case 'not': {
      const inner = filterSql(filter.filter)
      return { text: `NOT coalesce(${inner.text}, 0)`, values: inner.values }
    }
    case 'in':
      return inSql(filter.path, filter.values, filter.insensitive)
    case 'compare':
      return compareSql(filter.path, filter.test, filter.value)
    case 'text':
      return textSql(filter)
    case 'exists':
      return sql(filter.path.column ? '1' : `json_type(doc, ${jsonPath(filter.path)}) IS NOT NULL`)
  }
}

const JSON_TYPES = { string: "= 'text'", number: "IN ('integer', 'real')", boolean: "IN ('true', 'false')" } as const

/** SQLite gives booleans as 0 and 1 and lists as text: where the schema leaves the type open, ask for it. */
function guarded(path: StoredPath, type: keyof typeof JSON_TYPES, condition: Sql): Sql {
  const exact = { string: 'text', number: 'number', boolean: 'boolean' }[type]
  if (path.type === exact) return condition
  if (path.type !== 'scalar' && path.type !== 'any') return FALSE
  return {
    text: `(${condition.text}) AND json_type(doc, ${jsonPath(path)}) ${JSON_TYPES[type]}`,
    values: condition.values,
  }
}

function inSql(path: StoredPath, values: readonly Scalar[], insensitive: boolean): Sql {
  const expression = pathSql(path)
  const parts: Sql[] = []
  if (values.includes(null)) parts.push(sql(`${expression} IS NULL`))
  const texts = values.filter((value) => typeof value === 'string')
  if (texts.length > 0) {
    const text = insensitive ? `${FOLD_FUNCTION}(${expression})` : expression
    parts.push(guarded(path, 'string', memberSql(text, insensitive ? texts.map(fold) : texts)))
  }
  const numbers = values.filter((value) => typeof value === 'number')
  if (numbers.length > 0) parts.push(guarded(path, 'number', memberSql(expression, numbers)))
  const booleans = values.filter((value) => typeof value === 'boolean')
  if (booleans.length > 0) parts.push(guarded(path, 'boolean', memberSql(expression, booleans.map(Number))))
  const [only] = parts
  return parts.length === 1 && only ? only : join(parts, 'OR', '0')
}

/** A list is bound as one JSON array, so that its length does not make another statement. */
function memberSql(expression: string, values: readonly (string | number)[]): Sql {
  const [only] = values
  if (values.length === 1 && only !== undefined) return sql(`${expression} = ?`, only)
  return sql(`${expression} IN (SELECT value FROM json_each(?))`, JSON.stringify(values))
}

const COMPARISONS = { lt: '<', lte: '<=', gt: '>', gte: '>=' } as const

function compareSql(path: StoredPath, test: keyof typeof COMPARISONS, value: string | number): Sql {
  const type = typeof value === 'string' ? 'string' : 'number'
  return guarded(path, type, sql(`${pathSql(path)} ${COMPARISONS[test]} ?`, value))
}

function textSql(filter: Extract<StoredFilter, { kind: 'text' }>): Sql {
  const { path, test, insensitive } = filter
  const value = insensitive ? fold(filter.value) : filter.value
  if (path.type === 'list') {
    if (test !== 'contains') return FALSE
    const item = insensitive ? `${FOLD_FUNCTION}(value)` : 'value'
    return sql(`EXISTS (SELECT 1 FROM json_each(doc, ${jsonPath(path)}) WHERE type = 'text' AND ${item} = ?)`, value)
  }
  const text = insensitive ? `${FOLD_FUNCTION}(${pathSql(path)})` : pathSql(path)
  if (test === 'contains') return guarded(path, 'string', sql(`instr(${text}, ?) > 0`, value))
  if (test === 'endsWith') return guarded(path, 'string', sql(`${ENDS_WITH_FUNCTION}(${text}, ?)`, value))
  // The lower bound lets an index skip to the prefix.
  return guarded(path, 'string', sql(`${text} >= ? AND instr(${text}, ?) = 1`, value, value))
}

export function orderSql(order: readonly StoredOrder[]): string {
  return order.map(({ path, descending }) => `${pathSql(path)} ${descending ? 'DESC' : 'ASC'}`).join(', ')
}

/** Documents behind these order values: equal in the first n, and past the next. */
export function afterSql(order: readonly StoredOrder[], after: readonly Bound[]): Sql {
  const [first] = order
  const cases = order.map((_, end) => {
    const parts = order.slice(0, end + 1).map(({ path, descending }, i) => {
      const value = after[i] ?? null
      const expression = pathSql(path)
      if (i < end) return value === null ? sql(`${expression} IS NULL`) : sql(`${expression} = ?`, value)
      if (value === null) return descending ? FALSE : sql(`${expression} IS NOT NULL`)
      if (!descending) return sql(`${expression} > ?`, value)
      return path.column ? sql(`${expression} < ?`, value) : sql(`${expression} < ? OR ${expression} IS NULL`, value)
    })
    return join(parts, 'AND', '1')
  })
  const behind = join(cases, 'OR', '0')
  const value = after[0] ?? null
  if (!first || value === null || (first.descending && !first.path.column)) return behind
  // Implied by the cases; it lets an index skip to the page.
  const bound = sql(`${pathSql(first.path)} ${first.descending ? '<=' : '>='} ?`, value)
  return join([bound, behind], 'AND', '1')
}

export function findSql(table: string, query: StoredQuery): Sql {
  const filter = filterSql(query.filter)
  const where = query.after ? join([filter, afterSql(query.order, query.after)], 'AND', '1') : filter
  return {
    text: `SELECT ${DOCUMENT_COLUMNS} FROM ${quoteName(table)} WHERE ${where.text} ORDER BY ${orderSql(query.order)} LIMIT ?`,
    values: [...where.values, query.limit],
  }
}

export function countSql(table: string, filter: StoredFilter): Sql {
  const { text, values } = filterSql(filter)
  return { text: `SELECT count(*) FROM ${quoteName(table)} WHERE ${text}`, values }
}
