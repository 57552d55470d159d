import { performance } from 'node:perf_hooks'
import { decode, encode } from 'gpt-tokenizer/encoding/o200k_base'
import type { Message } from '../protocol/index.ts'
import { cutBefore } from './cut-text.ts'

/** The tokenizer's time grows with the square of a run without spaces: it never gets more than this at once. */
const WINDOW = 256
/** After so many milliseconds of counting, other work gets its turn. */
const TURN_MS = 8
/** What looks like a special token is text here. */
const AS_TEXT = { disallowedSpecial: new Set<string>() }
/** What a model adds to each message for its role, and once for its reply. */
const TOKENS_A_MESSAGE = 4
const TOKENS_A_REPLY = 3

/** Text in windows of at most 256 characters, cut before a space where there is one, so that words stay whole. */
function* windowsOf(text: string): Generator<string> {
  let start = 0
  while (start < text.length) {
    const end = windowEnd(text, start)
    yield text.slice(start, end)
    start = end
  }
}

function windowEnd(text: string, start: number): number {
  const end = start + WINDOW
  if (end >= text.length) return text.length
  const space = text.lastIndexOf(' ', end)
  if (space > start) return space
  return cutBefore(text, end)
}

/** Lets other work run whenever this has worked for a turn. */
function takingTurns(): () => Promise<void> {
  let started = performance.now()
  return async () => {
    if (performance.now() - started < TURN_MS) return
    await new Promise(setImmediate)
    started = performance.now()
  }
}

/** Tokens of a prompt as the model will count them, within about 2 %. Never holds up the process for long. */
export async function countPromptTokens(messages: readonly Message[]): Promise<number> {
  const turn = takingTurns()
  let tokens = TOKENS_A_REPLY
  for (const message of messages) {
    tokens += TOKENS_A_MESSAGE
    for (const window of windowsOf(message.content)) {
      tokens += encode(window, AS_TEXT).length
      await turn()
    }
  }
  return tokens
}

/** The tokens of a text that grows: what is counted for good, and the end that is counted again with what follows. */
export interface RunningCount {
  readonly total: number
  readonly settled: number
  readonly tail: string
}
export const emptyCount: RunningCount = { total: 0, settled: 0, tail: '' }

/** The count after `text` was added. Only the last window before it is counted again. */
export async function addText(count: RunningCount, text: string): Promise<RunningCount> {
  const turn = takingTurns()
  let settled = count.settled
  let tail = ''
  let tailTokens = 0
  for (const window of windowsOf(count.tail + text)) {
    settled += tailTokens
    tail = window
    tailTokens = encode(window, AS_TEXT).length
    await turn()
  }
  return { total: settled + tailTokens, settled, tail }
}

/** The longest beginning of `text` with which the count stays within `limit`, and the count with it. */
export async function addTextWithin(
  count: RunningCount,
  text: string,
  limit: number,
): Promise<{ readonly text: string; readonly count: RunningCount }> {
  let room = limit - count.total
  for (;;) {
    const part = await firstTokens(text, room)
    if (part === '') return { text: '', count }
    const next = await addText(count, part)
    if (next.total <= limit) return { text: part, count: next }
    // A text cut inside a word may have more tokens than it had as part of the whole.
    room -= next.total - limit
  }
}

/** About the first `limit` tokens of a text. Whole characters only. */
async function firstTokens(text: string, limit: number): Promise<string> {
  const turn = takingTurns()
  let left = limit
  let length = 0
  for (const window of windowsOf(text)) {
    const tokens = encode(window, AS_TEXT)
    if (tokens.length > left) {
      const decoded = decode(tokens.slice(0, Math.max(0, left)))
      // The last character may take more tokens than are left: it then decodes to replacement characters.
      return text.slice(0, cutBefore(text, length + decoded.replace(/\uFFFD+$/u, '').length))
    }
    left -= tokens.length
    length += window.length
    await turn()
  }
  return text
}
