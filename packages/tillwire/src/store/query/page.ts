import { isPlainText } from '../../core/index.ts'
import { InvalidQuery } from '../errors.ts'
import type { FindOptions, Scalar } from '../types.ts'
import type { PathResolver, StoredOrder } from './filter.ts'

/** How many documents a page has when `limit` is not given, and at most. */
export const DEFAULT_LIMIT = 100
export const MAX_LIMIT = 1000

/** @throws InvalidQuery unless the limit is a whole number from 1 to 1000. */
export function parseLimit(limit: number = DEFAULT_LIMIT): number {
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT)
    throw new InvalidQuery(`limit is a whole number from 1 to ${MAX_LIMIT}`)
  return limit
}

/** The order asked for, made total by the id, in the direction of the last path so that one index serves both ways. */
export function parseOrder(orderBy: FindOptions['orderBy'], resolver: PathResolver): StoredOrder[] {
  const order = Object.entries(orderBy ?? {}).map(([name, direction]): StoredOrder => {
    const { path, encryption } = resolver.resolve(name)
    if (encryption !== null) throw new InvalidQuery(`"${name}" is encrypted or hashed and has no order`, { path: name })
    if (path.type === 'any' || path.type === 'list')
      throw new InvalidQuery(`"${name}" is not a scalar and has no order`, { path: name })
    if (direction !== 'asc' && direction !== 'desc')
      throw new InvalidQuery(`the order of "${name}" is "asc" or "desc"`, { path: name })
    return { path, descending: direction === 'desc' }
  })
  const end = order.findIndex(({ path }) => path.column === 'id')
  if (end >= 0) return order.slice(0, end + 1)
  return [...order, { path: resolver.resolve('id').path, descending: order.at(-1)?.descending ?? false }]
}

function signature(order: readonly StoredOrder[]): string {
  return order
    .map(({ path, descending }) => `${descending ? '-' : '+'}${path.column ?? path.segments.join('.')}`)
    .join()
}

/** An opaque cursor that stands behind a document with these order values. */
export function encodeAfter(order: readonly StoredOrder[], values: readonly Scalar[]): string {
  return Buffer.from(JSON.stringify([signature(order), ...values])).toString('base64url')
}

/** @throws InvalidQuery when it is not a cursor of this order. */
export function decodeAfter(cursor: unknown, order: readonly StoredOrder[]): Scalar[] {
  if (typeof cursor !== 'string') throw new InvalidQuery('`after` is the `next` of a page')
  const [made, ...values] = parseArray(Buffer.from(cursor, 'base64url').toString())
  if (made !== signature(order) || values.length !== order.length)
    throw new InvalidQuery('`after` is not the `next` of a page in this order')
  return values.map((value) => {
    if (value === null || typeof value === 'number' || typeof value === 'boolean') return value
    if (typeof value === 'string' && isPlainText(value)) return value
    throw new InvalidQuery('`after` was altered')
  })
}

function parseArray(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value : []
  } catch {
    return []
  }
}
