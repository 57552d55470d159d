import { hash } from 'node:crypto'

/**
 * SHA-256, in hex, of a JSON value, whatever the order of its keys. `undefined` members count as
 * absent. Two inputs hash alike exactly when they are the same request.
 */
export function contentHash(value: unknown): string {
  return hash('sha256', canonicalJson(value), 'hex')
}

/** JSON with sorted keys. */
export function canonicalJson(value: unknown): string {
  // Most of what is hashed is a list of texts and numbers, which a function for each member would slow down.
  const isFlat = Array.isArray(value) && value.every((item) => item === null || typeof item !== 'object')
  return isFlat ? JSON.stringify(value) : JSON.stringify(value, sortKeys)
}

function sortKeys(_: string, member: unknown): unknown {
  return member !== null && typeof member === 'object' && !Array.isArray(member)
    ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
    : member
}
