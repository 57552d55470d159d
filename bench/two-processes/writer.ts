/**
 * One of two processes on one file: writes by many callers without pause, times single writes of one caller that
 * pauses, and watches how long its event loop is held. Told `go`, it runs for RUN_MS, tells what it saw, and ends.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { entryOf } from '../store/peer.ts'
import { sqlitePeer } from '../store/sqlite-peer.ts'
import { tillwirePeer } from '../store/tillwire-peer.ts'
import { ownTime } from './own-time.ts'

export interface WriterOptions {
  readonly peer: keyof typeof PEERS
  readonly path: string
  /** Callers that write without pause. */
  readonly callers: number
  readonly runMs: number
  /** Documents are numbered from here, so that two processes do not write the same. */
  readonly from: number
}
export interface WriterFigures {
  readonly acknowledged: number
  /** Documents a second. */
  readonly rate: number
  readonly failures: readonly string[]
  /** How late the event loop comes to what is due in a millisecond, asked again each time. */
  readonly loop: Figures
  /** From the moment that a write was due to its answer, of the caller that pauses. */
  readonly waits: Figures
}
export interface Figures {
  readonly count: number
  readonly p99: number
  readonly most: number
}

const PEERS = { tillwire: tillwirePeer, sqlite: sqlitePeer }
const TURN_MS = 1
const PAUSE_MS = 10
/** Not measured: what runs for the first time is compiled. */
const WARM_UP_MS = 500

const { peer: name, path, callers, runMs, from }: WriterOptions = JSON.parse(process.argv[2] ?? '')
const peer = await PEERS[name](path)
const now = ownTime()
const lateness: number[] = []
const waits: number[] = []
const failures: string[] = []
let acknowledged = 0
let next = from
let running = true
let measuring = false

async function write(): Promise<void> {
  try {
    const documents = await peer.insert([entryOf(next++)])
    acknowledged += documents
  } catch (error) {
    failures.push(String(error))
  }
}

/** The event loop turns between two writes, also where a peer's promises would not let it. */
async function writeWithoutPause(): Promise<void> {
  while (running) {
    await write()
    await new Promise(setImmediate)
  }
}

async function writeAtTimes(): Promise<void> {
  while (running) {
    // From the moment that it was to begin at: a write that cannot even begin waits too.
    const due = now() + PAUSE_MS
    await delay(PAUSE_MS)
    await write()
    if (measuring) waits.push(Math.max(0, now() - due))
  }
}

async function watchLoop(): Promise<void> {
  while (running) {
    const due = now() + TURN_MS
    await delay(TURN_MS)
    if (measuring) lateness.push(Math.max(0, now() - due))
  }
}

function figuresOf(values: number[]): Figures {
  values.sort((a, b) => a - b)
  const at = (share: number) => Math.round((values[Math.floor((values.length - 1) * share)] ?? 0) * 100) / 100
  return { count: values.length, p99: at(0.99), most: at(1) }
}

process.once('disconnect', () => process.exit(1))
process.once('message', async () => {
  const begin = performance.now()
  setTimeout(() => (measuring = true), WARM_UP_MS)
  setTimeout(() => (running = false), WARM_UP_MS + runMs)
  await Promise.all([watchLoop(), writeAtTimes(), ...Array.from({ length: callers }, writeWithoutPause)])
  await peer[Symbol.asyncDispose]()
  const figures: WriterFigures = {
    acknowledged,
    rate: Math.round((acknowledged * 1_000) / (performance.now() - begin)),
    failures,
    loop: figuresOf(lateness),
    waits: figuresOf(waits),
  }
  process.send?.(figures, () => process.exit(0))
})
process.send?.('ready')
