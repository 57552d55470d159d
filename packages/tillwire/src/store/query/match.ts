import type { Fields, StoredDocument } from '../driver.ts'
import type { Scalar } from '../types.ts'
import type { Comparison, StoredFilter, StoredOrder, StoredPath, TextTest } from './filter.ts'

/** Text as `mode: 'insensitive'` compares it. */
export function fold(text: string): string {
  return text.toLowerCase()
}

/** The value at a path; undefined when there is none. */
export function valueAt(document: StoredDocument, path: StoredPath): unknown {
  return path.column === null ? valueIn(document.fields, path.segments) : document[path.column]
}

/** The value below a document's fields; undefined when there is none. */
export function valueIn(fields: Fields, segments: readonly string[]): unknown {
  let value: unknown = fields
  for (const segment of segments) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, segment))
      return undefined
    value = (value as Record<string, unknown>)[segment]
  }
  return value
}

/** Whether a stored document meets a filter: the same answer that each engine gives. */
export function matches(document: StoredDocument, filter: StoredFilter): boolean {
  switch (filter.kind) {
    case 'and':
      return filter.filters.every((one) => matches(document, one))
    case 'or':
      return filter.filters.some((one) => matches(document, one))
    case 'not':
      return !matches(document, filter.filter)
    case 'in': {
      const value = valueAt(document, filter.path) ?? null
      return filter.values.some((one) => equals(value, one, filter.insensitive))
    }
    case 'compare': {
      const value = valueAt(document, filter.path)
      return typeof value === typeof filter.value && holds(compareScalars(value as Scalar, filter.value), filter.test)
    }
    case 'text':
      return testText(valueAt(document, filter.path), filter)
    case 'exists':
      return valueAt(document, filter.path) !== undefined
  }
}

function equals(value: unknown, other: Scalar, insensitive: boolean): boolean {
  if (insensitive && typeof value === 'string' && typeof other === 'string') return fold(value) === fold(other)
  return value === other
}

function holds(order: number, test: Comparison): boolean {
  switch (test) {
    case 'lt':
      return order < 0
    case 'lte':
      return order <= 0
    case 'gt':
      return order > 0
    case 'gte':
      return order >= 0
  }
}

function testText(value: unknown, filter: { test: TextTest; value: string; insensitive: boolean; path: StoredPath }) {
  const normal = (text: string) => (filter.insensitive ? fold(text) : text)
  const wanted = normal(filter.value)
  if (Array.isArray(value) && filter.path.type === 'list')
    return filter.test === 'contains' && value.some((item) => typeof item === 'string' && normal(item) === wanted)
  if (typeof value !== 'string') return false
  const text = normal(value)
  if (filter.test === 'contains') return text.includes(wanted)
  return filter.test === 'startsWith' ? text.startsWith(wanted) : text.endsWith(wanted)
}

/** The total order: absent and null, false and true, numbers, text by code point. */
export function compareScalars(a: Scalar, b: Scalar): number {
  if (rank(a) !== rank(b)) return rank(a) - rank(b)
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  return Number(a) - Number(b)
}

const RANKS = { boolean: 1, number: 2, string: 3 } as const

function rank(value: Scalar): number {
  return value === null ? 0 : RANKS[typeof value as keyof typeof RANKS]
}

/** UTF-16 order differs from code point order where surrogates meet the characters above them. */
function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) return raiseSurrogate(x) - raiseSurrogate(y)
  }
  return a.length - b.length
}

function raiseSurrogate(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}

/** The values that a keyset cursor keeps of a document. */
export function orderValues(document: StoredDocument, order: readonly StoredOrder[]): Scalar[] {
  return order.map(({ path }) => (valueAt(document, path) ?? null) as Scalar)
}

/** Whether it can be told where a document stands in an order: what is damaged has no fields. */
export function hasPlace({ damage }: StoredDocument, order: readonly StoredOrder[]): boolean {
  return damage === undefined || order.every(({ path }) => path.column !== null)
}

/** How two documents, by their order values, are ordered. */
export function compareOrder(a: readonly Scalar[], b: readonly Scalar[], order: readonly StoredOrder[]): number {
  for (const [i, { descending }] of order.entries()) {
    const difference = compareScalars(a[i] ?? null, b[i] ?? null)
    if (difference !== 0) return descending ? -difference : difference
  }
  return 0
}
