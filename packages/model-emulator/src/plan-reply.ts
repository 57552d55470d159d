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
  /** Why the text is not whole, as it is told; null when it is, or is called so. */
  readonly incomplete: string | null
}
export interface Usage {
  readonly input: number
  readonly output: number
  readonly reasoning: number
}

const DEFAULT_REASONING_TOKENS = 500
/** How many tokens an event of a stream carries. */
export const TOKENS_A_PIECE = 3
const HALF_A_CHARACTER = '\ud83d'

/** What the model answers to this request. The last message is the question. */
export async function planReply(request: ModelRequest, fault: Fault | null): Promise<Reply> {
  const input = await countPromptTokens(request.contents)
  const wanted = fault?.kind === 'reasoning' ? (fault.tokens ?? DEFAULT_REASONING_TOKENS) : 0
  const reasoning = Math.min(wanted, request.limit)
  const answer = writeAnswer(request.contents.at(-1) ?? '')
  const limit = fault?.kind === 'incomplete' ? (fault.after ?? 0) * TOKENS_A_PIECE : request.limit - reasoning
  const { tokens, truncated } = firstTokens(answer, limit)
  return {
    model: request.model,
    pieces: misshape(piecesOf(tokens, TOKENS_A_PIECE), fault),
    reasoning: reasoning > 0 ? `Thinking it through in ${reasoning} tokens.` : null,
    usage: fault?.kind === 'no_usage' ? null : { input, output: tokens.length + reasoning, reasoning },
    incomplete: reasonOf(truncated || wanted > reasoning, fault),
  }
}

function reasonOf(cut: boolean, fault: Fault | null): string | null {
  if (fault?.kind === 'incomplete') return fault.reason ?? 'content_filter'
  return cut && fault?.kind !== 'completed_on_cut' ? 'max_output_tokens' : null
}

function misshape(pieces: readonly string[], fault: Fault | null): readonly string[] {
  if (fault?.kind === 'split_surrogates') return pieces.join('').split('')
  if (fault?.kind === 'half_character') return pieces.toSpliced(fault.after ?? 0, 0, HALF_A_CHARACTER)
  return pieces
}
