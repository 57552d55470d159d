import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Peer, USED } from './credits/peer.ts'
import { postgresPeer } from './credits/postgres-peer.ts'
import { sqlitePeer } from './credits/sqlite-peer.ts'
import { tillwirePeer } from './credits/tillwire-peer.ts'

const CALLERS = 64
const WARM_UP_MS = 1_000
const MEASURED_MS = 4_000
const GIVEN = 1_000_000_000
const PEERS = [tillwirePeer, sqlitePeer, postgresPeer]

/**
 * Pairs of reserve and settle a second, each under a key and durable when it returns, from 64 callers at
 * once, on 1,000 holders and on 10; afterwards nothing may be overdrawn, and the sums must be right.
 */
export async function bench(): Promise<object> {
  const result: Record<string, object> = {}
  for (const holders of [1_000, 10]) {
    const rates: number[] = []
    for (const open of PEERS) {
      const folder = await mkdtemp(join(tmpdir(), 'tillwire-bench-'))
      // PostgreSQL runs as a user of its own.
      await chmod(folder, 0o755)
      try {
        await using peer = await open(folder)
        const rate = await measure(peer, holders)
        console.log(`${String(holders).padStart(5)} holders  ${String(rate).padStart(6)} pairs/s  ${peer.name}`)
        rates.push(rate)
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    }
    const [tillwire = 0, single = 0, postgres = 0] = rates
    result[`holders${holders}`] = {
      pairsPerSecond: { tillwire, single, postgres },
      overSingle: round(tillwire / single),
      overPostgres: round(tillwire / postgres),
    }
  }
  return { callers: CALLERS, targets: { overSingle: 3, overPostgres: 6 }, ...result }
}

async function measure(peer: Peer, holders: number): Promise<number> {
  await peer.open(holders, GIVEN)
  let started = 0
  let done = 0
  const run = async (until: number) => {
    await Promise.all(
      Array.from({ length: CALLERS }, async () => {
        while (performance.now() < until) {
          started += 1
          await peer.pair(started % holders, `key-${started}`)
          done += 1
        }
      }),
    )
  }
  await run(performance.now() + WARM_UP_MS)
  const before = done
  const begin = performance.now()
  await run(begin + MEASURED_MS)
  const rate = ((done - before) / (performance.now() - begin)) * 1_000
  const expected = holders * GIVEN - done * USED
  const left = await peer.left()
  if (left !== expected) throw new Error(`${peer.name}: ${left} credits are left, ${expected} should be`)
  return Math.round(rate)
}

function round(ratio: number): number {
  return Math.round(ratio * 100) / 100
}
