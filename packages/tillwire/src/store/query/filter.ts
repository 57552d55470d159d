import { textProblem } from '../../core/index.ts'
import { InvalidQuery } from '../errors.ts'
import type { Scalar, Where } from '../types.ts'
import type { PathType } from './path.ts'

/** Where a value lies in a stored document: a system column, or a path into its fields. */
export interface StoredPath {
  readonly column: 'id' | 'version' | 'createdAt' | 'updatedAt' | 'schemaVersion' | null
  readonly segments: readonly string[]
  readonly type: PathType
}
export interface StoredOrder {
  readonly path: StoredPath
  readonly descending: boolean
}

export type Comparison = 'lt' | 'lte' | 'gt' | 'gte'
export type TextTest = 'contains' | 'startsWith' | 'endsWith'
/**
 * A validated condition. It is two-valued: a test on an absent or null value is false (but `in` with
 * null), and `not` is the exact opposite. Values of different types are never equal nor ordered.
 */
export type StoredFilter =
  | { readonly kind: 'and' | 'or'; readonly filters: readonly StoredFilter[] }
  | { readonly kind: 'not'; readonly filter: StoredFilter }
  | {
      readonly kind: 'in'
      readonly path: StoredPath
      readonly values: readonly Scalar[]
      readonly insensitive: boolean
    }
  | {
      readonly kind: 'compare'
      readonly path: StoredPath
      readonly test: Comparison
      readonly value: string | number
    }
  | {
      readonly kind: 'text'
      readonly path: StoredPath
      readonly test: TextTest
      readonly value: string
      readonly insensitive: boolean
    }
  | { readonly kind: 'exists'; readonly path: StoredPath }

export const EVERYTHING: StoredFilter = { kind: 'and', filters: [] }

/** How deep `and`, `or` and `not` may nest. */
export const MAX_WHERE_DEPTH = 20
/** How many conditions one `where` may have. */
export const MAX_WHERE_CONDITIONS = 500
/** How many values `in` and `notIn` may list. */
export const MAX_IN_VALUES = 10_000

const OPERATORS = new Set([
  'eq',
  'ne',
  'in',
  'notIn',
  'lt',
  'lte',
  'gt',
  'gte',
  'exists',
  'contains',
  'startsWith',
  'endsWith',
  'mode',
])

/** @throws InvalidQuery unless it is text that a document's id can be. */
export function parseId(id: unknown): string {
  if (typeof id !== 'string') throw new InvalidQuery('an id is text', { path: 'id' })
  const problem = textProblem(id)
  if (problem !== null) throw new InvalidQuery(`an id that ${problem} is no document's`, { path: 'id' })
  return id
}

/** How a collection's fields are addressed in storage. */
export interface PathResolver {
  /** @throws InvalidQuery when the collection has no such path. */
  resolve(path: string): ResolvedPath
}
export interface ResolvedPath {
  readonly path: StoredPath
  readonly encryption: 'opaque' | 'searchable' | 'hashed' | null
  /** For a searchable field: what is stored for a plain value, one for each key. */
  blind(value: string): readonly string[]
}

/**
 * Turns a `where` into a validated filter on stored documents.
 * @throws InvalidQuery for an unknown path or operator, a value of the wrong kind, or one that is too large.
 */
export function parseWhere(where: Where, resolver: PathResolver): StoredFilter {
  let conditions = 0
  return parse(where, 1)

  function parse(part: Where, depth: number): StoredFilter {
    if (depth > MAX_WHERE_DEPTH) throw new InvalidQuery(`where nests deeper than ${MAX_WHERE_DEPTH}`)
    if (typeof part !== 'object' || part === null || Array.isArray(part))
      throw new InvalidQuery('a condition is an object')
    const filters = Object.entries(part).map(([key, value]): StoredFilter => {
      if (++conditions > MAX_WHERE_CONDITIONS)
        throw new InvalidQuery(`where has more than ${MAX_WHERE_CONDITIONS} conditions`)
      if (key === 'not') return { kind: 'not', filter: parse(value as Where, depth + 1) }
      if (key === 'and' || key === 'or') {
        if (!Array.isArray(value)) throw new InvalidQuery(`"${key}" takes a list of conditions`)
        return { kind: key, filters: value.map((one) => parse(one, depth + 1)) }
      }
      return parsePath(key, value)
    })
    return and(filters)
  }

  function parsePath(name: string, value: unknown): StoredFilter {
    const resolved = resolver.resolve(name)
    if (value === undefined)
      throw new InvalidQuery(`"${name}" is undefined: leave it out, or ask for null`, { path: name })
    const operators = typeof value === 'object' && value !== null ? value : { eq: value }
    const names = Object.keys(operators)
    if (Array.isArray(operators) || names.length === 0)
      throw new InvalidQuery(`"${name}" needs a value or operators`, { path: name })
    const insensitive = parseMode(name, (operators as { mode?: unknown }).mode)
    const filters: StoredFilter[] = []
    for (const [operator, operand] of Object.entries(operators)) {
      if (!OPERATORS.has(operator))
        throw new InvalidQuery(`"${operator}" on "${name}" is not an operator`, { path: name })
      if (operator !== 'mode') filters.push(parseOperator(name, resolved, operator, operand, insensitive))
    }
    return and(filters)
  }
}

function parseMode(name: string, mode: unknown): boolean {
  if (mode === undefined || mode === 'sensitive') return false
  if (mode === 'insensitive') return true
  throw new InvalidQuery(`mode of "${name}" is "sensitive" or "insensitive"`, { path: name })
}

function parseOperator(
  name: string,
  resolved: ResolvedPath,
  operator: string,
  operand: unknown,
  insensitive: boolean,
): StoredFilter {
  const { path } = resolved
  const wrong = (what: string) => new InvalidQuery(`"${operator}" on "${name}" takes ${what}`, { path: name })
  refuseUnstorable(name, operator, operand)
  if (resolved.encryption !== null) refuseOnEncrypted(name, resolved, operator, operand, insensitive)

  switch (operator) {
    case 'eq':
    case 'ne': {
      if (!isScalar(operand)) throw wrong('text, a finite number, true, false or null')
      return negateIf(operator === 'ne', oneOf(resolved, [operand], insensitive))
    }
    case 'in':
    case 'notIn': {
      if (!Array.isArray(operand) || !operand.every(isScalar)) throw wrong('a list of text, numbers, booleans or null')
      if (operand.length > MAX_IN_VALUES) throw wrong(`at most ${MAX_IN_VALUES} values`)
      return negateIf(operator === 'notIn', oneOf(resolved, operand, insensitive))
    }
    case 'lt':
    case 'lte':
    case 'gt':
    case 'gte': {
      if (typeof operand !== 'string' && !isNumber(operand)) throw wrong('text or a finite number')
      return { kind: 'compare', path, test: operator, value: operand }
    }
    case 'exists': {
      if (typeof operand !== 'boolean') throw wrong('true or false')
      return negateIf(!operand, { kind: 'exists', path })
    }
    default: {
      if (typeof operand !== 'string') throw wrong('text')
      return { kind: 'text', path, test: operator as TextTest, value: operand, insensitive }
    }
  }
}

/** What no document can hold is not asked for: each engine would answer in its own way. */
function refuseUnstorable(name: string, operator: string, operand: unknown): void {
  for (const value of Array.isArray(operand) ? operand : [operand]) {
    const problem = typeof value === 'string' ? textProblem(value) : null
    if (problem !== null)
      throw new InvalidQuery(`"${operator}" on "${name}" asks for a value that ${problem}, which no document holds`, {
        path: name,
      })
  }
}

function refuseOnEncrypted(
  name: string,
  { encryption }: ResolvedPath,
  operator: string,
  operand: unknown,
  insensitive: boolean,
): void {
  const values = Array.isArray(operand) ? operand : [operand]
  const onlyNull = ['eq', 'ne', 'in', 'notIn'].includes(operator) && values.every((value) => value === null)
  if (operator === 'exists' || onlyNull) return
  const searchable = encryption === 'searchable' && ['eq', 'ne', 'in', 'notIn'].includes(operator) && !insensitive
  if (searchable && values.every((value) => value === null || typeof value === 'string')) return
  const allowed = encryption === 'searchable' ? 'only eq, ne, in and notIn with exact text' : 'only exists and null'
  throw new InvalidQuery(
    `"${name}" is ${encryption === 'hashed' ? 'hashed' : 'encrypted'}: ${allowed} can be asked of it`,
    { path: name },
  )
}

function oneOf(resolved: ResolvedPath, values: readonly Scalar[], insensitive: boolean): StoredFilter {
  const stored: readonly Scalar[] =
    resolved.encryption === 'searchable'
      ? values.flatMap((value): readonly Scalar[] => (typeof value === 'string' ? resolved.blind(value) : [value]))
      : values
  return { kind: 'in', path: resolved.path, values: stored, insensitive }
}

function and(filters: readonly StoredFilter[]): StoredFilter {
  const [only] = filters
  return filters.length === 1 && only ? only : { kind: 'and', filters }
}

function negateIf(negative: boolean, filter: StoredFilter): StoredFilter {
  return negative ? { kind: 'not', filter } : filter
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function isScalar(value: unknown): value is Scalar {
  return value === null || typeof value === 'string' || typeof value === 'boolean' || isNumber(value)
}
