import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from './outbound.ts'

/** When clients are told to come back: another process, or this one's successor, serves by then. */
export const RETRY_AFTER_MS = 1_000
const BATCH_EVERY_MS = 50
/** So many are closed at once without harm. */
const BATCH_AT_LEAST = 100

/** How many connections to close every 50 ms, so that all are closed within the deadline. */
export function batchSize(connections: number, deadlineMs: number): number {
  const batches = Math.max(1, Math.floor(deadlineMs / BATCH_EVERY_MS))
  return Math.max(BATCH_AT_LEAST, Math.ceil(connections / batches))
}

/** Closes the connections in batches, so that their clients do not all come back at the same moment. */
export async function closeInBatches(connections: readonly Connection[], deadlineMs: number): Promise<void> {
  const size = batchSize(connections.length, deadlineMs)
  for (let start = 0; start < connections.length; start += size) {
    if (start > 0) await sleep(BATCH_EVERY_MS)
    // A closed transport, unlike a "disconnect", is one that clients come back from by themselves.
    for (const connection of connections.slice(start, start + size)) connection.close()
  }
}
