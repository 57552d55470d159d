import { countPromptTokens, firstTokens, piecesOf } from './count-tokens.ts'
import type { Fault } from './faults.ts'
import type { ModelRequest } from './openai-request.ts'
import { writeAnswer } from './write-answer.ts'

/** The whole of an answer, decided before its first byte is sent. */
export interface Reply {
  readonly model: string
  /** The text in the pieces it is streamed in. */
  readonly pieces: readonly string[]
  readonly reasoning: string | null
  readonly usage: Usage | null
  readonly truncated: boolean
}
export interface Usage {
  readonly input: number
  readonly output: number
  readonly reasoning: number
}

const DEFAULT_REASONING_TOKENS = 500
/** How many tokens an event of a stream carries. */
export const TOKENS_A_PIECE = 3

/** What the model answers to this request. The last message is the question. */
export async function planReply(request: ModelRequest, fault: Fault | null): Promise<Reply> {
  const input = await countPromptTokens(request.contents)
  const wanted = fault?.kind === 'reasoning' ? (fault.tokens ?? DEFAULT_REASONING_TOKENS) : 0
  const reasoning = Math.min(wanted, request.limit)
  const answer = writeAnswer(request.contents.at(-1) ?? '')
  const { tokens, truncated } = firstTokens(answer, request.limit - reasoning)
  return {
    model: request.model,
    pieces: piecesOf(tokens, TOKENS_A_PIECE),
    reasoning: reasoning > 0 ? `Thinking it through in ${reasoning} tokens.` : null,
    usage: fault?.kind === 'no_usage' ? null : { input, output: tokens.length + reasoning, reasoning },
    truncated: truncated || wanted > reasoning,
  }
}
