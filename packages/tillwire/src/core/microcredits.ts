import { TillwireError } from './errors.ts'

declare const unit: unique symbol
/** Millionths of a credit: a safe integer, never a fraction. */
export type Microcredits = number & { readonly [unit]: 'microcredits' }

/** How many microcredits make one credit. */
export const MICROCREDITS_PER_CREDIT = 1_000_000

/** A number that cannot be an amount of credits. */
export class InvalidAmount extends TillwireError {
  static override readonly code = 'invalid_amount'
  constructor(value: unknown, allowed: string) {
    super(InvalidAmount.code, `${String(value)} is not an amount of credits: ${allowed}.`, {
      details: { value: String(value) },
    })
  }
}

/**
 * Checks and brands a whole number of microcredits; negative numbers are allowed (postings have them).
 * @throws InvalidAmount unless it is an integer within ±(2^53-1).
 */
export function microcredits(value: number | bigint): Microcredits {
  const number = Number(value)
  if (!Number.isSafeInteger(number)) throw new InvalidAmount(value, 'give a whole number of microcredits up to 2^53-1')
  return (number === 0 ? 0 : number) as Microcredits
}

/**
 * Credits as microcredits.
 * @throws InvalidAmount unless the number has at most six decimals and its result is a safe integer.
 * @example credits(12.5) // 12500000
 */
export function credits(value: number): Microcredits {
  return parseCredits(String(value))
}

/**
 * Credits written as a decimal, such as "12.5", as microcredits.
 * @throws InvalidAmount unless it is a plain decimal number with at most six decimals.
 */
export function parseCredits(text: string): Microcredits {
  const match = /^(-?)(\d+)(?:\.(\d{1,6}))?$/.exec(text)
  if (!match) throw new InvalidAmount(text, 'give a decimal number with at most six decimals')
  const size = BigInt(`${match[2]}${(match[3] ?? '').padEnd(6, '0')}`)
  return microcredits(match[1] ? -size : size)
}

/**
 * Microcredits as credits for people: thousands separated, trailing zeros dropped, rounded towards
 * zero to `decimals` (6 by default: exact). A sum that no number holds is given as a BigInt.
 * @example formatCredits(credits(1234.5)) // '1,234.5'
 */
export function formatCredits(
  amount: Microcredits | bigint,
  options: { decimals?: number; fixed?: boolean } = {},
): string {
  const decimals = options.decimals ?? 6
  const exact = typeof amount === 'bigint' ? amount : BigInt(Math.trunc(amount))
  const size = exact < 0n ? -exact : exact
  const perCredit = BigInt(MICROCREDITS_PER_CREDIT)
  const whole = String(size / perCredit).replace(/\B(?=(\d{3})+$)/g, ',')
  const fraction = String(size % perCredit)
    .padStart(6, '0')
    .slice(0, decimals)
  const shown = options.fixed ? fraction : fraction.replace(/0+$/, '')
  const text = shown ? `${whole}.${shown}` : whole
  return amount < 0 && /[1-9]/.test(text) ? `-${text}` : text
}
