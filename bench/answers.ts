import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Order, Round } from './answers/clients.ts'
import { CPU, type Peer, SOCKETS } from './answers/peer.ts'
import { lengthOf, recordAnswer, tokensOf } from './answers/text.ts'

/** Peers take turns, so that what else the machine does is shared out among them. */
const ROUNDS = 5
const ROUND_MS = 3_000
const TARGET = 0.6
/** How long Tillwire gathers text for one packet. */
const WINDOW_MS = 40

const PEERS = [
  { name: 'tillwire', program: 'tillwire-peer', args: [] },
  { name: 'bare', program: 'bare-peer', args: [] },
  { name: 'bareGathered', program: 'bare-peer', args: [String(WINDOW_MS)] },
] as const

interface Contender {
  readonly name: string
  readonly server: ChildProcess
  readonly clients: ChildProcess
  /** Tokens a second, and the server's processor time for a million tokens, a round. */
  readonly rates: number[]
  readonly cpu: number[]
}

/**
 * Tokens a second through 100 sockets, each asking again as soon as it has its answer. Tillwire's server as it is
 * run (a session a socket, every answer reserved, logged, paid and receipted) beside bare Socket.IO, which sends the
 * same text as the model gives it; and beside the same with text gathered into packets as Tillwire does. Servers and
 * clients are processes of their own.
 */
export async function bench(): Promise<object> {
  const recorded = await recordAnswer()
  const tokens = tokensOf(recorded)
  const contenders: Contender[] = []
  try {
    for (const { name, program, args } of PEERS) {
      const server = start(program, args)
      const clients = start('clients', [])
      contenders.push({ name, server, clients, rates: [], cpu: [] })
      const [[peer]] = (await Promise.all([once(server, 'message'), once(clients, 'message')])) as [[Peer], unknown]
      await tell(clients, { open: peer, length: lengthOf(recorded) })
    }
    for (let round = 0; round <= ROUNDS; round++) {
      // The first round warms up.
      for (const contender of contenders) await run(contender, tokens, round > 0)
    }
  } finally {
    // They end by themselves when nobody listens, and clear up.
    for (const { server, clients } of contenders) for (const child of [clients, server]) child.disconnect()
  }

  const rates: Record<string, number> = {}
  const cpuSecondsPerMillion: Record<string, number> = {}
  for (const { name, rates: all, cpu } of contenders) {
    rates[name] = Math.round(median(all))
    cpuSecondsPerMillion[name] = round(median(cpu))
    console.log(
      `${String(rates[name]).padStart(9)} tokens/s  ${cpuSecondsPerMillion[name]} s of processor a million  ${name}`,
    )
  }
  const { tillwire = 0, bare = 1, bareGathered = 1 } = rates
  return {
    sockets: SOCKETS,
    answerTokens: tokens,
    target: TARGET,
    tokensPerSecond: rates,
    cpuSecondsPerMillion,
    ratio: round(tillwire / bare),
    ratioToGathered: round(tillwire / bareGathered),
  }
}

function start(program: string, args: readonly string[]): ChildProcess {
  const child = fork(fileURLToPath(new URL(`./answers/${program}.ts`, import.meta.url)), args)
  child.once('exit', (code) => {
    if (code) throw new Error(`${program} ended with ${code}`)
  })
  return child
}

async function run({ server, clients, rates, cpu }: Contender, tokens: number, counts: boolean): Promise<void> {
  const before = await tell<number>(server, CPU)
  const { answers, ms } = await tell<Round>(clients, { runMs: ROUND_MS })
  const used = (await tell<number>(server, CPU)) - before
  if (!counts) return
  rates.push((answers * tokens * 1_000) / ms)
  cpu.push(used / (answers * tokens))
}

/** Sends a message, and resolves with the next one that comes back. */
async function tell<T>(child: ChildProcess, message: Order | typeof CPU): Promise<T> {
  child.send(message)
  const [answer] = await once(child, 'message')
  return answer as T
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
