import { randomFillSync } from 'node:crypto'
import { v7 } from 'uuid'

const RANDOM_BYTES = 16
/** Random bytes for this many ids are drawn at once: one draw an id would take 20 times as long. */
const IDS_A_DRAW = 256
const pool = new Uint8Array(RANDOM_BYTES * IDS_A_DRAW)
let used = pool.length
let msecs = 0
let seq = 0

/**
 * A new id: the prefix, an underscore, and a UUIDv7. Ids sort by the time they were made, and ids
 * made by one process sort in the order they were made.
 * @example newId('hold') // 'hold_019a3c5e-7b1a-7c3e-9f00-5d2f6a1b2c3d'
 */
export function newId(prefix: string): string {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const random = pool.subarray(used, used + RANDOM_BYTES)
  used += RANDOM_BYTES
  const now = Date.now()
  if (now > msecs) {
    msecs = now
    // The upper bit stays free, so that counting on from here never overflows within a millisecond.
    seq = new DataView(random.buffer, random.byteOffset).getUint32(0) >>> 1
  } else {
    seq += 1
  }
  return `${prefix}_${v7({ msecs, seq, random })}`
}
