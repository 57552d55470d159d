import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import type { Fault } from './faults.ts'
import type { Frame } from './frames.ts'
import { TOKENS_A_PIECE } from './plan-reply.ts'

const FIRST_TOKEN_MS = 300
/** The slowest and the fastest default pace, in tokens a second. */
const SLOWEST = 60
const FASTEST = 100
/** With no pace, other work gets its turn after this many events. */
const FRAMES_A_TURN = 32

/**
 * Sends the events as server-sent events at `pace` tokens a second: 0 sends them at once, null
 * takes a realistic pace that differs from answer to answer. Ends early when `signal` aborts.
 */
export async function streamFrames(
  response: ServerResponse,
  frames: readonly Frame[],
  options: { readonly pace: number | null; readonly fault: Fault | null; readonly signal: AbortSignal },
): Promise<void> {
  const { fault, signal } = options
  const pace = options.pace ?? SLOWEST + (frames.length % (FASTEST - SLOWEST + 1))
  const pause = pace === 0 ? 0 : (TOKENS_A_PIECE * 1_000) / pace
  const breaksAfter = fault?.kind === 'reset' || fault?.kind === 'stall' ? (fault.after ?? 0) : Number.POSITIVE_INFINITY
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' })
  let sent = 0
  // Each pause is measured from the start: timers that fire late do not slow the stream down.
  let due = Date.now() + (pace === 0 ? 0 : Math.min(FIRST_TOKEN_MS, FIRST_TOKEN_MS * (SLOWEST / pace)))
  for (const [index, frame] of frames.entries()) {
    if (frame.text) {
      if (sent === breaksAfter) return await interrupt(response, fault, signal)
      const early = due - Date.now()
      if (early > 0) await wait(early, undefined, { signal })
      due += pause
      sent += 1
    }
    if (pace === 0 && index % FRAMES_A_TURN === 0) await new Promise(setImmediate)
    signal.throwIfAborted()
    if (!response.write(frameText(frame))) await once(response, 'drain', { signal })
  }
  if (sent <= breaksAfter && breaksAfter !== Number.POSITIVE_INFINITY) return await interrupt(response, fault, signal)
  response.end()
}

function frameText({ event, data }: Frame): string {
  const line = `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`
  return event ? `event: ${event}\n${line}` : line
}

async function interrupt(response: ServerResponse, fault: Fault | null, signal: AbortSignal): Promise<void> {
  if (fault?.kind === 'reset') {
    // What was written goes out first, so that a test knows how much arrived.
    await new Promise(setImmediate)
    response.socket?.resetAndDestroy()
    return
  }
  if (!signal.aborted) await once(signal, 'abort')
}
