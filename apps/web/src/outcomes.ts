import type { AnswerState } from 'tillwire/answers'

/** How an answer stands, in words. */
export const outcomeWords: Record<AnswerState, string> = {
  streaming: 'Streaming',
  complete: 'Complete',
  stopped: 'Stopped',
  out_of_credits: 'Out of credits',
  failed: 'Broken off',
}
