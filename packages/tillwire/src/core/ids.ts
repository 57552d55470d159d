import { v7 } from 'uuid'

/**
 * A new id: the prefix, an underscore, and a UUIDv7. Ids sort by the time they were made, and ids
 * made by one process sort in the order they were made.
 * @example newId('hold') // 'hold_019a3c5e-7b1a-7c3e-9f00-5d2f6a1b2c3d'
 */
export function newId(prefix: string): string {
  return `${prefix}_${v7()}`
}
