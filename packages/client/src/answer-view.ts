import type { AnswerOutcome, answerCost, answerDelta, answerEnd, WireError } from 'tillwire/protocol'
import type { z } from 'zod'

export type AnswerDelta = z.output<typeof answerDelta>
export type AnswerCost = z.output<typeof answerCost>
export type AnswerEnd = z.output<typeof answerEnd>

/** An answer as far as this page knows it. Amounts are microcredits. */
export interface AnswerView {
  readonly phase: 'starting' | 'streaming' | 'ended'
  /** Null until the server has taken the question. */
  readonly answerId: string | null
  readonly text: string
  readonly spent: number
  /** The most that it can cost; null when it was resumed. */
  readonly max: number | null
  /** Null until it has ended, and when the question was refused. */
  readonly outcome: AnswerOutcome | null
  readonly receiptId: string | null
  /** The model's limit, or the one asked for, cut it. */
  readonly truncated: boolean
  /** The provider's rules cut it off, or its text is the model's refusal. */
  readonly withheld?: AnswerEnd['withheld']
  readonly error: Pick<WireError, 'code' | 'message'> | null
}

export const NEW_ANSWER: AnswerView = {
  phase: 'starting',
  answerId: null,
  text: '',
  spent: 0,
  max: null,
  outcome: null,
  receiptId: null,
  truncated: false,
  error: null,
}

/**
 * The text with a delta added. What is already there is not added twice; null when something
 * between the two is missing. Offsets count UTF-16 code units, as `String.length` does.
 */
export function withDelta(text: string, delta: Pick<AnswerDelta, 'offset' | 'text'>): string | null {
  if (delta.offset > text.length) return null
  return text + delta.text.slice(text.length - delta.offset)
}

/** The view after the answer's end. */
export function withEnd(view: AnswerView, end: AnswerEnd): AnswerView {
  const { outcome, spent, receiptId, truncated, withheld, error = null } = end
  return { ...view, phase: 'ended', outcome, spent, receiptId, truncated, ...(withheld && { withheld }), error }
}
