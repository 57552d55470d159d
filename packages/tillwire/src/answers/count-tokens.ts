import { performance } from 'node:perf_hooks'
import { decode, encode } from 'gpt-tokenizer/encoding/o200k_base'
import type { Message } from '../protocol/index.ts'

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
  const splitsCharacter = /[\uD800-\uDBFF]/.test(text.charAt(end - 1))
  return splitsCharacter ? end - 1 : end
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

/** The longest beginning of a text that has at most `limit` tokens. Whole characters only. */
export async function firstTokens(text: string, limit: number): Promise<string> {
  const turn = takingTurns()
  let left = limit
  let length = 0
  for (const window of windowsOf(text)) {
    const tokens = encode(window, AS_TEXT)
    if (tokens.length > left) {
      const decoded = decode(tokens.slice(0, Math.max(0, left)))
      // A character that takes several tokens may be cut: it decodes to replacement characters.
      return text.slice(0, length + decoded.replace(/\uFFFD+$/u, '').length)
    }
    left -= tokens.length
    length += window.length
    await turn()
  }
  return text
}
