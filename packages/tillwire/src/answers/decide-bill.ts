import { type Microcredits, microcredits } from '../core/index.ts'
import type { AnswerOutcome, Withheld } from '../protocol/index.ts'
import type { Terms } from './plan-slices.ts'
import { costOf } from './price.ts'
import type { AnswerFields } from './schema.ts'
import type { ModelUsage, Receipt } from './types.ts'

/** How an answer ended. */
export interface Ending {
  readonly outcome: AnswerOutcome
  /** The model's own figure; null when it gave none. */
  readonly usage: ModelUsage | null
  readonly truncated: boolean
  readonly withheld?: Withheld | undefined
  readonly error?: { readonly code: string; readonly message: string }
}
/** What an answer costs in all, and for which tokens. */
export interface Bill {
  readonly tokens: Receipt['tokens']
  readonly cost: Microcredits
}

/** What an answer's amounts follow from. */
export function termsOf(answer: Pick<AnswerFields, 'price' | 'inputTokens' | 'maxOutputTokens'>): Terms {
  const { price, inputTokens, maxOutputTokens } = answer
  return {
    prices: {
      input: microcredits(price.input),
      cachedInput: microcredits(price.cachedInput),
      output: microcredits(price.output),
    },
    minimum: microcredits(price.minimum),
    inputTokens,
    maxOutputTokens,
  }
}

/**
 * What is charged for an answer that ended. The model's own figure decides; without one, our count of the
 * prompt and of the text in the log. Our count also stands where the model's figure would come to less than
 * was spent, which only happens when the two lie further apart than the margin that slices leave. A failure
 * before the first token costs nothing.
 */
export function decideBill(answer: AnswerFields, { outcome, usage }: Ending): Bill {
  const { prices, minimum, inputTokens: input } = termsOf(answer)
  const counted = { input, cachedInput: 0, output: answer.outputTokens, reasoning: 0, source: 'counted' } as const
  if (outcome === 'failed' && answer.textLength === 0) return { tokens: counted, cost: microcredits(0) }
  const bill = (tokens: Receipt['tokens']): Bill => ({
    tokens,
    cost: microcredits(Math.max(costOf(prices, tokens), minimum)),
  })
  const told = usage && bill({ ...usage, source: 'model' })
  return told && told.cost >= answer.spent ? told : bill(counted)
}
