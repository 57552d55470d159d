import type { StoredQuery } from '../driver.ts'
import type { StoredFilter, StoredOrder } from '../query/filter.ts'
import type { Scalar } from '../types.ts'
import { DOCUMENT_COLUMNS } from './document-row.ts'
import { filterSql } from './filter-sql.ts'
import { CLASS, type ColumnSql, columnsOf } from './path-sql.ts'
import { type Bound, joinSql, quoteName, type Sql, sql } from './sql.ts'

/** Above NULL and below all values: what an index skips to behind the absent ones. */
const BEHIND_NULL = '-9e999'

type OrderColumn = ColumnSql & { readonly descending: boolean }

function orderColumns(order: readonly StoredOrder[]): OrderColumn[] {
  return order.flatMap(({ path, descending }) => columnsOf(path).map((column) => ({ ...column, descending })))
}

/** The values of the order's columns behind which a page begins. */
function columnValues(order: readonly StoredOrder[], after: readonly Scalar[]): Bound[] {
  return order.flatMap(({ path }, i): Bound[] => {
    const scalar = after[i] ?? null
    const value = typeof scalar === 'boolean' ? Number(scalar) : scalar
    if (columnsOf(path).length === 1) return [value]
    return scalar === null ? [null, null] : [CLASS[typeof scalar as 'string' | 'number' | 'boolean'], value]
  })
}

/** A part of a page's order: what it has, and what it is still to be ordered by. */
interface Range {
  readonly condition: Sql | null
  readonly columns: readonly OrderColumn[]
}

/**
 * What is behind these values, as ranges that follow one another in the order: equal in all but the last column, then
 * in all but the last two, and so on. Each is one seek in an index; as one condition they would be read from its start.
 */
function rangesBehind(columns: readonly OrderColumn[], values: readonly Bound[]): Range[] {
  return columns
    .map((column, end) => {
      const equal = columns.slice(0, end).map(({ expression }, i) => equalSql(expression, values[i] ?? null))
      return pastSql(column, values[end] ?? null).map((past) => ({
        condition: joinSql([...equal, past], 'AND', '1'),
        // Without those that are equal: SQLite would sort by an expression that is.
        columns: columns.slice(end),
      }))
    })
    .reverse()
    .flat()
}

function equalSql(expression: string, value: Bound): Sql {
  return value === null ? sql(`${expression} IS NULL`) : sql(`${expression} = ?`, value)
}

function pastSql({ expression, nullable, descending }: OrderColumn, value: Bound): Sql[] {
  if (!descending) return [value === null ? sql(`${expression} > ${BEHIND_NULL}`) : sql(`${expression} > ?`, value)]
  if (value === null) return []
  return [sql(`${expression} < ?`, value), ...(nullable ? [sql(`${expression} IS NULL`)] : [])]
}

/**
 * The statements that find a page: what they find, one after the other, until there is enough. Each takes how many as
 * its last value.
 */
export function findSql(
  table: string,
  { filter, order, after }: StoredQuery,
  wrap = (condition: Sql) => condition,
): Sql[] {
  const columns = orderColumns(order)
  const matching = filterSql(filter)
  const ranges: Range[] = after ? rangesBehind(columns, columnValues(order, after)) : [{ condition: null, columns }]
  return ranges.map((range) => {
    const { text, values } = wrap(range.condition ? joinSql([matching, range.condition], 'AND', '1') : matching)
    const by = range.columns.map(({ expression, descending }) => `${expression} ${descending ? 'DESC' : 'ASC'}`)
    return {
      text: `SELECT ${DOCUMENT_COLUMNS} FROM ${quoteName(table)} WHERE ${text} ORDER BY ${by.join(', ')} LIMIT ?`,
      values,
    }
  })
}

/** A condition that is asked only of documents that can be read: of others SQLite would refuse the whole statement. */
export function amongSound({ text, values }: Sql): Sql {
  return { text: `CASE WHEN json_valid(doc) THEN json_type(doc) = 'object' AND (${text}) ELSE 0 END`, values }
}

/** Finds documents that cannot be read: as many as its value says. */
export function damagedSql(table: string): string {
  return `SELECT ${DOCUMENT_COLUMNS} FROM ${quoteName(table)} WHERE NOT json_valid(doc) LIMIT ?`
}

/** Whether a statement was refused because a document that it came by cannot be read. */
export function isMalformed(error: unknown): boolean {
  return error instanceof Error && error.message.includes('malformed JSON')
}

export function countSql(table: string, filter: StoredFilter): Sql {
  const { text, values } = filterSql(filter)
  return { text: `SELECT count(*) FROM ${quoteName(table)} WHERE ${text}`, values }
}
