import { milliseconds } from '../core/index.ts'
import type { ErrorCode } from '../protocol/index.ts'
import { ModelLimited, ModelMisconfigured, QuestionRefused } from './errors.ts'

/** Why an answer failed, as a user is told: a code of the contract, and what they can do. */
export interface ToldFailure {
  readonly code: ErrorCode
  readonly message: string
}

const SECOND = milliseconds('1s')

const REFUSED: Readonly<Record<string, ToldFailure>> = {
  length: {
    code: 'prompt_too_long',
    message: 'The model takes no question as long as this: shorten it, or begin a new conversation.',
  },
  rules: {
    code: 'invalid_payload',
    message: 'The provider of the model refused this question by its content rules: ask in other words.',
  },
}
const NOT_TAKEN: ToldFailure = {
  code: 'invalid_payload',
  message: 'The model does not take this question as it is: change it, or choose another model.',
}
/** An answer that the provider's rules cut off. */
export const filtered: ToldFailure = {
  code: 'invalid_payload',
  message: 'The provider of the model cut this answer off by its content rules: ask in other words.',
}

/** What is told of an error of a model; of one that is not known, that the model failed. */
export function tellFailure(error: unknown): ToldFailure {
  if (QuestionRefused.is(error)) return REFUSED[String(error.details.why)] ?? NOT_TAKEN
  if (ModelMisconfigured.is(error))
    return {
      code: 'unavailable',
      message: 'This model cannot be asked at the moment: choose another, or come back later.',
    }
  if (ModelLimited.is(error)) {
    const { retryAfterMs } = error.details
    const when = typeof retryAfterMs === 'number' ? `in ${Math.ceil(retryAfterMs / SECOND)} seconds` : 'in a minute'
    return { code: 'rate_limited', message: `The model is asked too much at the moment: ask again ${when}.` }
  }
  return { code: 'unavailable', message: 'The model did not answer, or broke off: ask again in a moment.' }
}
