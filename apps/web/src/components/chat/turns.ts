import type { AnswerView } from '@tillwire/client'
import type { AnswerState } from 'tillwire/answers'
import type { Message } from 'tillwire/protocol'

/** What is chosen beside the words of a question. */
export interface AnswerRequest {
  readonly model: string
  readonly maxOutputTokens: number
}

/** The messages of the next question: what was said, the answer as far as it came, and the new words. */
export function nextMessages(
  messages: readonly Message[],
  answer: Pick<AnswerView, 'text'> | null,
  text: string,
): Message[] {
  // A question that got no answer at all is asked anew by the next one.
  const said = answer?.text
    ? [...messages, { role: 'assistant', content: answer.text } as const]
    : messages.slice(0, -1)
  return [...said, { role: 'user', content: text }]
}

/** How many characters the next question is over what a prompt may have, all messages together; 0 when it fits. */
export function charactersOver(next: readonly Message[], limit: number): number {
  return Math.max(0, next.reduce((sum, { content }) => sum + content.length, 0) - limit)
}

/** A stored answer in the form of a live one. */
export function endedView(stored: {
  id: string
  text: string
  spent: number
  outcome: AnswerState
  receiptId: string | null
  truncated: boolean
  withheld?: AnswerView['withheld'] | null
  error?: AnswerView['error']
}): AnswerView {
  const { id, text, spent, outcome, receiptId, truncated, withheld, error = null } = stored
  const streaming = outcome === 'streaming'
  return {
    phase: streaming ? 'streaming' : 'ended',
    answerId: id,
    text,
    spent,
    max: null,
    outcome: streaming ? null : outcome,
    receiptId,
    truncated,
    ...(withheld && { withheld }),
    error,
  }
}
