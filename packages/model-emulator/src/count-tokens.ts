import { decodeGenerator, encode } from 'gpt-tokenizer/encoding/o200k_base'

/** The tokenizer's time grows with the square of a run without spaces: never give it more at once. */
const WINDOW = 256
/** Text that looks like a special token is text. */
const AS_TEXT = { disallowedSpecial: new Set<string>() }
/** What OpenAI adds to each message for its role, and once for the reply. */
const TOKENS_A_MESSAGE = 4
const TOKENS_A_REPLY = 3

/** Text in pieces of at most 256 characters, cut before a space where there is one, so that words stay whole. */
function* windows(text: string): Generator<string> {
  let start = 0
  while (start < text.length) {
    let end = Math.min(text.length, start + WINDOW)
    if (end < text.length) {
      const space = text.lastIndexOf(' ', end)
      if (space > start) end = space
      else if (/[\uD800-\uDBFF]/.test(text.charAt(end - 1))) end -= 1
    }
    yield text.slice(start, end)
    start = end
  }
}

/** Tokens of a prompt, its messages' frames included. Lets other work in between windows. */
export async function countPromptTokens(contents: readonly string[]): Promise<number> {
  let tokens = TOKENS_A_REPLY
  for (const content of contents) {
    tokens += TOKENS_A_MESSAGE
    for (const window of windows(content)) {
      tokens += encode(window, AS_TEXT).length
      await new Promise(setImmediate)
    }
  }
  return tokens
}

/** The first `limit` tokens of a text. */
export function firstTokens(text: string, limit: number): { readonly tokens: number[]; readonly truncated: boolean } {
  const tokens: number[] = []
  for (const window of windows(text)) {
    tokens.push(...encode(window, AS_TEXT))
    if (tokens.length > limit) return { tokens: tokens.slice(0, limit), truncated: true }
  }
  return { tokens, truncated: false }
}

/** The text of tokens, in pieces of a few tokens each; a character that takes several tokens stays whole. */
export function piecesOf(tokens: readonly number[], tokensAPiece: number): string[] {
  const characters = [...decodeGenerator(tokens)]
  const pieces: string[] = []
  for (let at = 0; at < characters.length; at += tokensAPiece) {
    pieces.push(characters.slice(at, at + tokensAPiece).join(''))
  }
  return pieces
}
