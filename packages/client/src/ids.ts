/** A key that no other request has: 128 random bits. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** An id for a request, by which logs, runs and ledger entries that come of it are found. */
export function newRequestId(): string {
  return `req_${newKey()}`
}
