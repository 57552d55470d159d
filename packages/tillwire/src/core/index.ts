export { type Backoff, backoffDelay } from './backoff.ts'
export { type Clock, type ManualClock, manualClock, systemClock } from './clock.ts'
export { CURRENCIES, type Currency } from './currencies.ts'
export { type Duration, InvalidDuration, isoAfter, milliseconds } from './duration.ts'
export {
  type ErrorOptions,
  IdempotencyConflict,
  InternalError,
  invariant,
  isTillwireError,
  MAX_DETAIL,
  MAX_MESSAGE,
  TillwireError,
} from './errors.ts'
export { canonicalJson, contentHash } from './hash.ts'
export { newId } from './ids.ts'
export { type Logger, silentLogger } from './logger.ts'
export {
  credits,
  formatCredits,
  InvalidAmount,
  MICROCREDITS_PER_CREDIT,
  type Microcredits,
  microcredits,
  parseCredits,
} from './microcredits.ts'
export { chargeProblem, currencyDigits, formatMoney, type Money, UnknownCurrency } from './money.ts'
export { harmless, type Observer, observed, type Point } from './observer.ts'
export { own } from './own.ts'
export { currentRequest, withRequest } from './request.ts'
export { isPlainText, shorten, textProblem } from './text.ts'
export { InvalidTime, parseTime } from './time.ts'
export { Turns } from './turns.ts'
