import { type Microcredits, microcredits } from '../core/index.ts'
import type { ModelPrice } from './types.ts'

/** Prices of tokens, in microcredits per million. */
export type TokenPrices = Pick<ModelPrice, 'input' | 'cachedInput' | 'output'>
/** Tokens to pay for. `input` counts those read from the provider's cache too; `output` counts reasoning. */
export interface Tokens {
  readonly input: number
  readonly cachedInput: number
  readonly output: number
}
const MILLION = 1_000_000n

/**
 * What tokens cost in all, rounded up once. Slices charge the difference between two such totals, so
 * that they sum to the last one exactly.
 * @throws InvalidAmount when the total is past 2^53-1 microcredits.
 * @example costOf({ input: 400e6, cachedInput: 40e6, output: 3200e6 }, { input: 10, cachedInput: 0, output: 1 }) // 7200
 */
export function costOf(prices: TokenPrices, tokens: Tokens): Microcredits {
  const fresh = BigInt(tokens.input - tokens.cachedInput) * BigInt(prices.input)
  const cached = BigInt(tokens.cachedInput) * BigInt(prices.cachedInput)
  const written = BigInt(tokens.output) * BigInt(prices.output)
  return microcredits((fresh + cached + written + MILLION - 1n) / MILLION)
}

/** How many output tokens `amount` pays for beside `input` fresh input tokens. */
export function outputWithin(prices: TokenPrices, amount: Microcredits, input: number): number {
  const left = BigInt(amount) * MILLION - BigInt(input) * BigInt(prices.input)
  return left <= 0n ? 0 : Number(left / BigInt(prices.output))
}

/** What the provider charges us, in millionths of a US dollar: its prices are in dollars per million tokens. */
export function providerCostOf(prices: NonNullable<ModelPrice['providerCost']>, tokens: Tokens): number {
  return Math.ceil(
    (tokens.input - tokens.cachedInput) * prices.input +
      tokens.cachedInput * prices.cachedInput +
      tokens.output * prices.output,
  )
}
