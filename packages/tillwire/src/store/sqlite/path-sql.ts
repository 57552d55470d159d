import type { StoredPath } from '../query/filter.ts'

const COLUMNS = {
  id: 'id',
  version: 'version',
  createdAt: 'created_at',
  updatedAt: 'updated_at',
  schemaVersion: 'schema_version',
} as const

/** What kind of value a path that may hold several has: their order is the total one, absent and null first. */
export const CLASS = { boolean: 1, number: 2, string: 3, list: 4, object: 5 } as const

/** An expression that an index can be of, and an order. */
export interface ColumnSql {
  readonly expression: string
  readonly nullable: boolean
}

/**
 * What an index or an order by a path is made of. Expressions are the very texts that indexes are made of, else
 * SQLite would not use them. Where the schema leaves the type open the class comes first, for SQLite has no
 * booleans: `true` would be 1, and a list the text of it.
 */
export function columnsOf(path: StoredPath): ColumnSql[] {
  const value = { expression: valueSql(path), nullable: path.column === null }
  return isMixed(path) ? [{ expression: classSql(path), nullable: true }, value] : [value]
}

/** Whether values of several types may lie at a path. */
export function isMixed({ type }: StoredPath): boolean {
  return type === 'scalar' || type === 'any'
}

/**
 * The value at a path; NULL where there is none. Numbers are doubles, as they are in JSON: SQLite would keep long
 * integers as 64 bits, and the shortest text of 2^60 as another number. Segments are checked by the definition or the
 * query parser.
 */
export function valueSql(path: StoredPath): string {
  if (path.column) return COLUMNS[path.column]
  const value = `json_extract(doc, ${jsonPath(path)})`
  if (path.type === 'number') return `CAST(${value} AS REAL)`
  return isMixed(path) ? `iif(${typeSql(path)} IN ('integer', 'real'), CAST(${value} AS REAL), ${value})` : value
}

/** Which class the value at a path is of; NULL where there is none. */
export function classSql(path: StoredPath): string {
  const { boolean, number, string, list, object } = CLASS
  return `CASE ${typeSql(path)} WHEN 'true' THEN ${boolean} WHEN 'false' THEN ${boolean} WHEN 'integer' THEN ${number} WHEN 'real' THEN ${number} WHEN 'text' THEN ${string} WHEN 'array' THEN ${list} WHEN 'object' THEN ${object} END`
}

/** SQLite's name of the type of the JSON at a path; NULL where there is none. */
export function typeSql(path: StoredPath): string {
  return `json_type(doc, ${jsonPath(path)})`
}

export function jsonPath(path: StoredPath): string {
  return `'$${path.segments.map((segment) => `."${segment.replaceAll("'", "''")}"`).join('')}'`
}
