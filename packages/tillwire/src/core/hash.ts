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
  return JSON.stringify(value, (_, member) =>
    member !== null && typeof member === 'object' && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : member,
  )
}
