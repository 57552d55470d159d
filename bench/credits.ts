import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Peer, USED } from './credits/peer.ts'
import { postgresPeer } from './credits/postgres-peer.ts'
import { sqlitePeer } from './credits/sqlite-peer.ts'
import { singlePeer, tillwirePeer } from './credits/tillwire-peer.ts'

const CALLERS = 64
/** Peers take turns, so that what else the machine does is shared out among them. */
const ROUNDS = 7
/** Not counted: a server's code is compiled once, and that takes seconds of such work. */
const WARM_UP_ROUNDS = 4
const ROUND_MS = 1_000
const GIVEN = 1_000_000_000
const PEERS = [tillwirePeer, singlePeer, sqlitePeer, postgresPeer]

interface Contender {
  readonly peer: Peer
  started: number
  done: number
  /** Pairs a second, a round. */
  readonly rates: number[]
}

/**
 * Pairs of reserve and settle a second, each under a key and durable when it returns, from 64 callers at
 * once, on 1,000 holders and on 10; afterwards nothing may be overdrawn, and the sums must be right.
 */
export async function bench(): Promise<object> {
  const result: Record<string, object> = {}
  for (const holders of [1_000, 10]) {
    const folder = await mkdtemp(join(tmpdir(), 'tillwire-bench-'))
    // PostgreSQL runs as a user of its own.
    await chmod(folder, 0o755)
    try {
      result[`holders${holders}`] = await compare(folder, holders)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
  return { callers: CALLERS, targets: { overSingle: 3, overPostgres: 6 }, ...result }
}

async function compare(folder: string, holders: number): Promise<object> {
  await using opened = new AsyncDisposableStack()
  const contenders: Contender[] = []
  for (const open of PEERS) {
    const peer = opened.use(await open(folder))
    await peer.open(holders, GIVEN)
    contenders.push({ peer, started: 0, done: 0, rates: [] })
  }
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    for (const contender of contenders) {
      const rate = await run(contender, holders)
      if (round >= 0) contender.rates.push(rate)
    }
  }

  const rates: number[] = []
  for (const { peer, done, rates: all } of contenders) {
    const expected = holders * GIVEN - done * USED
    const left = await peer.left()
    if (left !== expected) throw new Error(`${peer.name}: ${left} credits are left, ${expected} should be`)
    const rate = median(all)
    console.log(`${String(holders).padStart(5)} holders  ${String(rate).padStart(6)} pairs/s  ${peer.name}`)
    rates.push(rate)
  }
  const [tillwire = 0, single = 0, bareSql = 0, postgres = 0] = rates
  const over = (rate: number) => Number((tillwire / rate).toFixed(2))
  return {
    pairsPerSecond: { tillwire, single, bareSql, postgres },
    overSingle: over(single),
    overBareSql: over(bareSql),
    overPostgres: over(postgres),
  }
}

/** One round; returns pairs a second. */
async function run(contender: Contender, holders: number): Promise<number> {
  const before = contender.done
  const begin = performance.now()
  await Promise.all(
    Array.from({ length: CALLERS }, async () => {
      while (performance.now() < begin + ROUND_MS) {
        const number = contender.started++
        await contender.peer.pair(number % holders, `key-${number}`)
        contender.done += 1
      }
    }),
  )
  return ((contender.done - before) / (performance.now() - begin)) * 1_000
}

function median(values: readonly number[]): number {
  return Math.round(values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0)
}
