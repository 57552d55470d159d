import type { AnyCollection, FindOptionsOf, Read, WhereOf } from './types.ts'

/**
 * A document for `snapshot`.
 * @example const { account, holds } = await store.snapshot({ account: get(accounts, id), holds: getMany(holds, ids) })
 */
export function get<C extends AnyCollection>(collection: C, id: string): Read<C, 'get'> {
  return { op: 'get', collection, id }
}

/** Several documents for `snapshot`, in the order asked for. */
export function getMany<C extends AnyCollection>(collection: C, ids: readonly string[]): Read<C, 'getMany'> {
  return { op: 'getMany', collection, ids }
}

/** A page for `snapshot`. */
export function find<C extends AnyCollection>(collection: C, options: FindOptionsOf<C> = {}): Read<C, 'find'> {
  return { op: 'find', collection, options }
}

/** A count for `snapshot`. */
export function count<C extends AnyCollection>(collection: C, where: WhereOf<C> = {}): Read<C, 'count'> {
  return { op: 'count', collection, where }
}
