import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import type { Fault, FaultKind } from './faults.ts'
import type { Frame } from './frames.ts'
import { TOKENS_A_PIECE } from './plan-reply.ts'

const FIRST_TOKEN_MS = 300
/** The slowest and the fastest default pace, in tokens a second. */
const SLOWEST = 60
const FASTEST = 100
/** With no pace, other work gets its turn after this many events. */
const FRAMES_A_TURN = 32

const OVERSIZED_BYTES = 64 * 1024 * 1024
/** The event from which on a model thinks. */
const THINKING = 'response.reasoning_summary_part.added'
const BLOCK = 'x'.repeat(64 * 1024)
/** What happens to the connection, and not to the events. */
const IN_CONNECTION: readonly FaultKind[] = ['reset', 'cut', 'stall', 'oversized']

/**
 * Sends the events as server-sent events at `pace` tokens a second: 0 sends them at once, null
 * takes a realistic pace that differs from answer to answer. Ends early when `signal` aborts.
 */
export async function streamFrames(
  response: ServerResponse,
  frames: Iterable<Frame>,
  options: {
    /** Of text, as planned. */
    readonly pieces: number
    readonly pace: number | null
    readonly fault: Fault | null
    readonly signal: AbortSignal
  },
): Promise<void> {
  const { fault, signal } = options
  const pace = options.pace ?? SLOWEST + (options.pieces % (FASTEST - SLOWEST + 1))
  const pause = pace === 0 ? 0 : (TOKENS_A_PIECE * 1_000) / pace
  let interrupted = !fault || !IN_CONNECTION.includes(fault.kind)
  const interruptNow = async (): Promise<'goes on' | 'is over'> => {
    interrupted = true
    return fault ? await interrupt(response, fault, signal) : 'goes on'
  }
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' })
  let sent = 0
  let written = 0
  // Each pause is measured from the start: timers that fire late do not slow the stream down.
  let due = Date.now() + (pace === 0 ? 0 : Math.min(FIRST_TOKEN_MS, FIRST_TOKEN_MS * (SLOWEST / pace)))
  for (const frame of frames) {
    if (frame.text) {
      if (!interrupted && sent === (fault?.after ?? 0) && (await interruptNow()) === 'is over') return
      const early = due - Date.now()
      if (early > 0) await wait(early, undefined, { signal })
      due += pause
      sent += 1
    }
    if (pace === 0 && written++ % FRAMES_A_TURN === 0) await new Promise(setImmediate)
    signal.throwIfAborted()
    if (!response.write(frameText(frame))) await once(response, 'drain', { signal })
    if (fault?.kind === 'reasoning' && fault.ms && frame.event === THINKING) await beSilent(response, fault, signal)
  }
  if (!interrupted && (await interruptNow()) === 'is over') return
  response.end()
}

function frameText({ event, data }: Frame): string {
  const line = `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`
  return event ? `event: ${event}\n${line}` : line
}

async function interrupt(response: ServerResponse, fault: Fault, signal: AbortSignal): Promise<'goes on' | 'is over'> {
  // What was written goes out first, so that a test knows how much arrived.
  await new Promise(setImmediate)
  if (fault.kind === 'reset') response.socket?.resetAndDestroy()
  if (fault.kind === 'cut') response.end()
  if (fault.kind === 'oversized') await flood(response, fault.bytes ?? OVERSIZED_BYTES, signal)
  if (fault.kind !== 'stall') return 'is over'
  return await beSilent(response, fault, signal)
}

async function beSilent(
  response: ServerResponse,
  { ms = Number.POSITIVE_INFINITY, pingMs }: Fault,
  signal: AbortSignal,
): Promise<'goes on' | 'is over'> {
  const until = Date.now() + ms
  while (Date.now() < until && !signal.aborted) {
    const rest = Math.min(pingMs ?? ms, until - Date.now())
    if (rest === Number.POSITIVE_INFINITY) await once(signal, 'abort')
    else await wait(rest, undefined, { signal })
    if (pingMs !== undefined) response.write(': ping\n\n')
  }
  return signal.aborted ? 'is over' : 'goes on'
}

async function flood(response: ServerResponse, bytes: number, signal: AbortSignal): Promise<void> {
  response.write('data: "')
  for (let left = bytes; left > 0; left -= BLOCK.length) {
    if (!response.write(BLOCK)) await once(response, 'drain', { signal })
  }
  response.end()
}
