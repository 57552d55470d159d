import type { StoredFilter, StoredPath } from '../query/filter.ts'
import { fold } from '../query/match.ts'
import type { Scalar } from '../types.ts'
import { CLASS, classSql, isMixed, jsonPath, typeSql, valueSql } from './path-sql.ts'
import { type Bound, ENDS_WITH_FUNCTION, FOLD_FUNCTION, joinSql, type Sql, sql } from './sql.ts'

const NEVER = sql('0')

/** A condition that is true where the filter matches, and false or NULL elsewhere. */
export function filterSql(filter: StoredFilter): Sql {
  switch (filter.kind) {
    case 'and':
      return joinSql(filter.filters.map(filterSql), 'AND', '1')
    case 'or':
      return joinSql(filter.filters.map(filterSql), 'OR', '0')
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
      return sql(filter.path.column ? '1' : `${typeSql(filter.path)} IS NOT NULL`)
  }
}

const TYPES = { string: 'text', number: 'number', boolean: 'boolean' } as const

/** A condition on values of one type, of a path that may hold others too, or none of it. */
function ofType(path: StoredPath, type: keyof typeof TYPES, condition: Sql): Sql {
  if (path.type === TYPES[type]) return condition
  if (!isMixed(path)) return NEVER
  return joinSql([sql(`${classSql(path)} = ${CLASS[type]}`), condition], 'AND', '1')
}

function inSql(path: StoredPath, values: readonly Scalar[], insensitive: boolean): Sql {
  const value = valueSql(path)
  const parts: Sql[] = []
  if (values.includes(null)) parts.push(sql(`${value} IS NULL`))
  const texts = values.filter((one) => typeof one === 'string')
  if (texts.length > 0) {
    const text = insensitive ? `${FOLD_FUNCTION}(${value})` : value
    parts.push(ofType(path, 'string', memberSql(text, insensitive ? texts.map(fold) : texts, 'value')))
  }
  const numbers = values.filter((one) => typeof one === 'number')
  if (numbers.length > 0) parts.push(ofType(path, 'number', memberSql(value, numbers, 'CAST(value AS REAL)')))
  const booleans = values.filter((one) => typeof one === 'boolean')
  if (booleans.length > 0) parts.push(ofType(path, 'boolean', memberSql(value, booleans.map(Number), 'value')))
  const [only] = parts
  return parts.length === 1 && only ? only : joinSql(parts, 'OR', '0')
}

/** A list is bound as one JSON array, so that its length does not make another statement. */
function memberSql(expression: string, values: readonly (string | number)[], item: string): Sql {
  const [only] = values
  if (values.length === 1 && only !== undefined) return sql(`${expression} = ?`, only)
  return sql(`${expression} IN (SELECT ${item} FROM json_each(?))`, JSON.stringify(values))
}

const COMPARISONS = { lt: '<', lte: '<=', gt: '>', gte: '>=' } as const

function compareSql(path: StoredPath, test: keyof typeof COMPARISONS, value: string | number): Sql {
  const type = typeof value === 'string' ? 'string' : 'number'
  return ofType(path, type, sql(`${valueSql(path)} ${COMPARISONS[test]} ?`, value))
}

function textSql(filter: Extract<StoredFilter, { kind: 'text' }>): Sql {
  const { path, test, insensitive } = filter
  const value = insensitive ? fold(filter.value) : filter.value
  if (path.type === 'list') {
    if (test !== 'contains') return NEVER
    const item = insensitive ? `${FOLD_FUNCTION}(value)` : 'value'
    return sql(`EXISTS (SELECT 1 FROM json_each(doc, ${jsonPath(path)}) WHERE type = 'text' AND ${item} = ?)`, value)
  }
  const text = insensitive ? `${FOLD_FUNCTION}(${valueSql(path)})` : valueSql(path)
  if (test === 'contains') return ofType(path, 'string', sql(`instr(${text}, ?) > 0`, value))
  if (test === 'endsWith') return ofType(path, 'string', sql(`${ENDS_WITH_FUNCTION}(${text}, ?)`, value))
  return ofType(path, 'string', prefixSql(text, value))
}

/** The bounds let an index skip to what has the prefix, and end behind it. */
function prefixSql(text: string, prefix: string): Sql {
  const end = behindPrefix(prefix)
  const bounds: readonly Bound[] = end === null ? [prefix] : [prefix, end]
  return sql(`${text} >= ?${end === null ? '' : ` AND ${text} < ?`} AND instr(${text}, ?) = 1`, ...bounds, prefix)
}

/** The first text by code point that is behind all that begin with a prefix; null when there is none. */
function behindPrefix(prefix: string): string | null {
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0)
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    if (last === 0x10_ffff) continue
    // Between these two lie halves of pairs, which are no characters.
    return String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1)
  }
  return null
}
