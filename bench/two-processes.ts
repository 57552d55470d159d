import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Pair, runPair } from './two-processes/run-pair.ts'
import type { WriterOptions } from './two-processes/writer.ts'

const ROUNDS = 3
const ROUND_MS = 3_000
const CALLERS = 32
const PEERS = ['tillwire', 'sqlite'] as const
const TARGETS = { failed: 0, loopP99Ms: 20, waitP99Ms: 100 }

/**
 * Two processes on one file, both writing without pause: documents a second of both, how late their event loops are,
 * and how long single writes wait, beside plain SQL with a busy timeout that writes the same rows as durably. Rounds
 * of both take turns, each on a file of its own; the median counts, of lateness and waits that of the worse process.
 */
export async function bench(): Promise<object> {
  const rounds: Record<(typeof PEERS)[number], Round[]> = { tillwire: [], sqlite: [] }
  for (let k = 0; k < ROUNDS; k++) for (const peer of PEERS) rounds[peer].push(await measure(peer))
  const tillwire = medianOf(rounds.tillwire)
  const sqlite = medianOf(rounds.sqlite)
  for (const [name, figures] of Object.entries({ tillwire, sqlite }))
    console.log(name.padEnd(9), JSON.stringify(figures))
  return { targets: TARGETS, tillwire, sqlite, ratio: Math.round((tillwire.rate / sqlite.rate) * 100) / 100 }
}

type Round = ReturnType<typeof summaryOf>

async function measure(peer: WriterOptions['peer']): Promise<Round> {
  const folder = await mkdtemp(join(tmpdir(), 'tillwire-bench-'))
  try {
    return summaryOf(await runPair({ peer, path: join(folder, 'shared.db'), callers: CALLERS, runMs: ROUND_MS }))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function summaryOf({ processes }: Pair) {
  const worst = (figure: (one: Pair['processes'][number]) => number) => Math.max(...processes.map(figure))
  return {
    rate: processes.reduce((sum, { rate }) => sum + rate, 0),
    /** Of all that both wrote, the part of the one that wrote less. */
    lesserShare: shareOf(processes.map(({ acknowledged }) => acknowledged)),
    failed: processes.reduce((sum, { failures }) => sum + failures.length, 0),
    loopP99Ms: worst(({ loop }) => loop.p99),
    loopMostMs: worst(({ loop }) => loop.most),
    waitP99Ms: worst(({ waits }) => waits.p99),
    waitMostMs: worst(({ waits }) => waits.most),
  }
}

function shareOf(counts: readonly number[]): number {
  return Math.round((100 * Math.min(...counts)) / counts.reduce((sum, count) => sum + count, 0)) / 100
}

function medianOf(rounds: readonly Round[]): Round {
  const names = Object.keys(rounds[0] ?? {}) as (keyof Round)[]
  const median = (name: keyof Round) => rounds.map((round) => round[name]).sort((a, b) => a - b)[ROUNDS >> 1] ?? 0
  return Object.fromEntries(names.map((name) => [name, median(name)])) as Round
}
