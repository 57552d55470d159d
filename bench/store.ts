import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { entryOf, type Peer } from './store/peer.ts'
import { sqlitePeer } from './store/sqlite-peer.ts'
import { tillwirePeer } from './store/tillwire-peer.ts'

const ROUNDS = 5
const ROUND_MS = 400
const SEEDED = 20_000
const BATCH = 500
const PAGE = 20
const CALLERS = 64

/** What one caller does again and again; returns how many documents it read or wrote. */
const WORK: Readonly<Record<string, (peer: Peer, turn: number) => Promise<number>>> = {
  get: async (peer, turn) => peer.get(`seed-${(turn * 7919) % SEEDED}`),
  find: (peer, turn) => peer.find(`user/${turn % 1_000}`, PAGE),
  insert: async (peer) => peer.insert([entryOf(nextNumber())]),
  insertBatch: (peer) => peer.insert(Array.from({ length: BATCH }, () => entryOf(nextNumber()))),
}
const TARGETS = { get: 0.6, find: 0.6, insert: 0.8, insertBatch: 0.8 }

let made = SEEDED
const nextNumber = () => made++

/**
 * Documents a second beside plain SQL through node:sqlite: the same rows, indexes and durability, written as
 * one would by hand. Rounds of both take turns and the median counts, so that a busy machine slows both. Then
 * inserts of 64 callers at once, where plain SQL has no more to give, and how long the event loop was held.
 */
export async function bench(): Promise<object> {
  const folder = await mkdtemp(join(tmpdir(), 'tillwire-bench-'))
  try {
    await using tillwire = await tillwirePeer(join(folder, 'tillwire.db'))
    await using sqlite = await sqlitePeer(join(folder, 'sqlite.db'))
    for (const peer of [tillwire, sqlite]) await seed(peer)

    const rates: Record<string, object> = {}
    for (const [name, work] of Object.entries(WORK)) {
      const [ours = 0, plain = 1] = await compare([tillwire, sqlite], work, 1)
      rates[name] = { tillwire: ours, sqlite: plain, ratio: round(ours / plain) }
      console.log(`${name.padEnd(12)} ${String(ours).padStart(7)}/s  plain ${String(plain).padStart(7)}/s`)
    }
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    const [together] = await compare([tillwire], WORK.insert as (typeof WORK)[string], CALLERS)
    delay.disable()
    const eventLoopP99Ms = round(delay.percentile(99) / 1e6)
    console.log(`insert by ${CALLERS} callers ${together}/s, event loop p99 ${eventLoopP99Ms} ms`)
    return { targets: TARGETS, ...rates, insertByMany: { callers: CALLERS, tillwire: together, eventLoopP99Ms } }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function seed(peer: Peer): Promise<void> {
  for (let i = 0; i < SEEDED; i += BATCH)
    await peer.insert(Array.from({ length: BATCH }, (_, k) => ({ ...entryOf(i + k), id: `seed-${i + k}` })))
}

async function compare<P extends readonly Peer[]>(
  peers: P,
  work: (peer: Peer, turn: number) => Promise<number>,
  callers: number,
): Promise<{ [K in keyof P]: number }> {
  const rates = peers.map((): number[] => [])
  for (let k = 0; k <= ROUNDS; k++) {
    for (const [i, peer] of peers.entries()) {
      const rate = await measure(peer, work, callers)
      // The first round warms up.
      if (k > 0) rates[i]?.push(rate)
    }
  }
  return rates.map((list) => list.sort((a, b) => a - b)[ROUNDS >> 1] ?? 0) as { [K in keyof P]: number }
}

async function measure(peer: Peer, work: (peer: Peer, turn: number) => Promise<number>, callers: number) {
  let done = 0
  let turn = 0
  const begin = performance.now()
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (performance.now() - begin < ROUND_MS) {
        const documents = await work(peer, turn++)
        done += documents
      }
    }),
  )
  return Math.round((done / (performance.now() - begin)) * 1_000)
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
