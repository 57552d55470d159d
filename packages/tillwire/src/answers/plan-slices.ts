import { type Microcredits, microcredits } from '../core/index.ts'
import { costOf, outputWithin, type TokenPrices, type Tokens } from './price.ts'

/** What a slice's amount depends on, fixed when an answer starts. */
export interface Terms {
  readonly prices: TokenPrices
  /** The least an answer costs that produced something. */
  readonly minimum: Microcredits
  /** Our own count of the prompt. */
  readonly inputTokens: number
  readonly maxOutputTokens: number
}

/** What is held for thinking before the model is called, in tokens. */
const THINKING_ALLOWANCE = 128
/** How many tokens the first slice holds for. */
const FIRST_SLICE = 64
/** Later slices grow with the answer, so that a long one is topped up few times. */
const SLICE_GROWTH = 1 / 4
/** The hold is topped up when it covers fewer tokens than this ahead of the text. */
const LOW_WATER = 32
/** For a model that thinks, this much more is held, in tokens a second and in all: a guess, which ends nothing. */
const THINKING_PACE = 100
const MOST_THINKING = 512
/** How far our count and the model's own may lie apart: so many tokens, or this part of them. */
const MARGIN_TOKENS = 8
const MARGIN_PART = 0.04

const margin = (tokens: number) => Math.max(MARGIN_TOKENS, Math.ceil(tokens * MARGIN_PART))
const atMost = (tokens: number) => tokens + margin(tokens)
const atLeast = (tokens: number) => Math.max(0, tokens - margin(tokens))

/** The most that an answer can cost: its prompt, and every token that it may write. */
export function worstCase(terms: Terms): Microcredits {
  return costWith(terms, terms.maxOutputTokens)
}

/**
 * How many tokens of text are written at most, by our count. A model that keeps the limit it was given ends by
 * itself, a margin apart; where its limit had to be raised, the cut is ours.
 */
export function mostWritten({ maxOutputTokens }: Terms, leastOfModel: number): number {
  return maxOutputTokens < leastOfModel ? maxOutputTokens : atMost(maxOutputTokens)
}

/** What is reserved before the model is called: the prompt, some thinking and a first slice, or the worst case. */
export function firstHold(terms: Terms, reserve: 'slice' | 'whole'): Microcredits {
  if (reserve === 'whole') return worstCase(terms)
  return costWith(terms, Math.min(terms.maxOutputTokens, THINKING_ALLOWANCE + FIRST_SLICE))
}

/** How many tokens of output a hold of this size pays for, beside the prompt as we count it. */
export function coveredTokens(terms: Terms, held: Microcredits): number {
  if (held >= worstCase(terms)) return Number.POSITIVE_INFINITY
  return outputWithin(terms.prices, held, terms.inputTokens)
}

/**
 * The limit that a model is given where credits set it: what it thinks is not seen before it ends, so that
 * only its own limit keeps it within them. It is the first token that they do not pay for, since an answer
 * of exactly as many tokens as its limit cannot be told from one that it cut.
 */
export function affordableTokens(terms: Terms, credits: Microcredits): number {
  return Math.min(terms.maxOutputTokens, coveredTokens(terms, credits) + 1)
}

/** Whether so many tokens leave nothing of the credits that there were for them, but for what counts lie apart. */
export function usesUp({ prices }: Terms, tokens: Tokens, credits: Microcredits): boolean {
  return costOf(prices, { ...tokens, output: tokens.output + MARGIN_TOKENS }) > credits
}

/** How much more to hold so that `tokens` and a slice ahead of them are covered; 0 while the hold is not low. */
export function topUp(terms: Terms, held: Microcredits, tokens: number): Microcredits {
  if (coveredTokens(terms, held) >= tokens + LOW_WATER) return microcredits(0)
  const slice = Math.max(FIRST_SLICE, Math.ceil(tokens * SLICE_GROWTH))
  const wanted = costWith(terms, Math.min(terms.maxOutputTokens, tokens + slice))
  return microcredits(Math.max(0, wanted - held))
}

/**
 * What may be spent while the model still writes: a little less than our count says, with the prompt at
 * its cheapest, because the model's own figure settles the answer and a hold never gives back what it spent.
 */
export function earned(terms: Terms, outputTokens: number): Microcredits {
  const { prices } = terms
  const inputTokens = atLeast(terms.inputTokens)
  const cachedInput = prices.cachedInput < prices.input ? inputTokens : 0
  return costOf(prices, { input: inputTokens, cachedInput, output: atLeast(outputTokens) })
}

/** How many tokens are held for a model that has thought for so many milliseconds. */
export function thoughtIn(milliseconds: number): number {
  return Math.min(MOST_THINKING, Math.ceil((milliseconds / 1_000) * THINKING_PACE))
}

function costWith(terms: Terms, outputTokens: number): Microcredits {
  const cost = costOf(terms.prices, { input: atMost(terms.inputTokens), cachedInput: 0, output: outputTokens })
  return microcredits(Math.max(cost, terms.minimum))
}
