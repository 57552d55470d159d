import { z } from 'zod'
import type { PriceBook } from './answers/index.ts'
import type { ModelPatience } from './answers/openai/index.ts'
import type { Pack } from './commerce/index.ts'
import {
  CURRENCIES,
  chargeProblem,
  credits,
  type Duration,
  type Microcredits,
  milliseconds,
  TillwireError,
} from './core/index.ts'
import type { Feature } from './feature.ts'
import type { FeedRetention } from './store/index.ts'

/** What a project sets about its business, in `tillwire.config.ts`. Nothing in it is secret. */
export interface TillwireConfig {
  /** Credit packs for sale. */
  readonly packs: readonly Pack[]
  /** Models and what their tokens cost in credits. */
  readonly prices: PriceBook
  /** How long models may be silent, by their names; 60 s to the first event and 120 s between two where nothing is said. */
  readonly models: Readonly<Record<string, Partial<ModelPatience>>>
  /** Credits that a person gets on signing up; 0 gives none. */
  readonly signUpCredits: Microcredits
  readonly limits: Limits
  readonly retention: RetentionSettings
  /** More features than those in `apps/server/src/features/`. */
  readonly features: readonly Feature[]
}

/** For how long the store keeps what no collection says. */
export interface RetentionSettings {
  /** Changes for those who follow the store: for so long, and so many at most. */
  readonly feed: FeedRetention
}

export interface Limits {
  /** The longest prompt, all messages together, in characters. */
  readonly promptCharacters: number
  readonly openAnswersPerUser: number
  readonly socketsPerUser: number
  readonly socketsPerAddress: number
  /** The payload of a socket's event, in bytes; `answer:start` may be as long as the longest prompt. */
  readonly frameBytes: number
  readonly eventsPerSecondPerSocket: number
  readonly eventBurstPerSocket: number
  readonly eventsPerSecondPerUser: number
}

/** The configuration does not hold together. `details.problems` lists each path and what is wrong. */
export class InvalidConfig extends TillwireError {
  static override readonly code = 'invalid_config'
  constructor(problems: readonly string[]) {
    super(InvalidConfig.code, `The configuration is wrong:\n${problems.map((problem) => `  ${problem}`).join('\n')}`, {
      details: { problems },
    })
  }
}

/** A model that is silent for longer is not waited for, whatever a project sets. */

const perMillion = (input: number, cachedInput: number, output: number) => ({
  input: credits(input),
  cachedInput: credits(cachedInput),
  output: credits(output),
})

/** What holds where `tillwire.config.ts` says nothing. One credit is about a tenth of a US cent. */
export const defaultConfig: TillwireConfig = {
  packs: [
    { id: 'starter', name: 'Starter', credits: credits(5_000), price: { amount: 500, currency: 'usd' } },
    { id: 'plus', name: 'Plus', credits: credits(20_000), price: { amount: 1_800, currency: 'usd' } },
    { id: 'pro', name: 'Pro', credits: credits(100_000), price: { amount: 8_000, currency: 'usd' } },
  ],
  prices: {
    version: '2026-11-01',
    defaultModel: 'gpt-5-mini',
    minimum: credits(0.01),
    models: {
      'gpt-5-mini': {
        ...perMillion(400, 40, 3_200),
        maxOutputTokens: 16_384,
        providerCost: { input: 0.25, cachedInput: 0.025, output: 2 },
      },
      'gpt-5': {
        ...perMillion(2_000, 200, 16_000),
        maxOutputTokens: 32_768,
        providerCost: { input: 1.25, cachedInput: 0.125, output: 10 },
      },
    },
  },
  models: {},
  signUpCredits: credits(0),
  limits: {
    promptCharacters: 100_000,
    openAnswersPerUser: 64,
    socketsPerUser: 100,
    socketsPerAddress: 1_000,
    frameBytes: 64 * 1024,
    eventsPerSecondPerSocket: 50,
    eventBurstPerSocket: 100,
    eventsPerSecondPerUser: 200,
  },
  retention: { feed: { after: '1h', changes: 1_000_000 } },
  features: [],
}

const positive = z.int().positive()
const time = (least: Duration, most: Duration) =>
  z.string().refine((text) => isBetween(text, least, most), `write a time from ${least} to ${most}, as in "90s"`)
const patience = time('1s', '1h').optional()
const amount = z.int().nonnegative()
/** What Stripe would refuse at the first purchase is refused at start. */
const price = z.object({ amount: positive, currency: z.string() }).superRefine((money, context) => {
  const message = chargeProblem(money)
  if (message === null) return
  context.addIssue({ code: 'custom', path: [CURRENCIES.has(money.currency) ? 'amount' : 'currency'], message })
})
const schema = z.object({
  packs: z
    .array(
      z.object({
        id: z.string().regex(/^[a-z0-9-]{1,40}$/, 'use 1 to 40 of a-z, 0-9 and -'),
        name: z.string().min(1).max(80),
        credits: positive,
        price,
      }),
    )
    .refine((packs) => new Set(packs.map((pack) => pack.id)).size === packs.length, 'two packs have the same id'),
  prices: z
    .object({
      version: z.string().min(1).max(40),
      defaultModel: z.string(),
      minimum: amount,
      models: z.record(
        z.string(),
        z.object({
          input: amount,
          cachedInput: amount,
          output: positive,
          maxOutputTokens: positive,
          providerCost: z
            .object({
              input: z.number().nonnegative(),
              cachedInput: z.number().nonnegative(),
              output: z.number().nonnegative(),
            })
            .optional(),
        }),
      ),
    })
    .refine((prices) => Object.hasOwn(prices.models, prices.defaultModel), 'defaultModel is not one of models'),
  models: z.record(z.string(), z.object({ firstEvent: patience, silence: patience }).strict()),
  signUpCredits: amount,
  limits: z.object(Object.fromEntries(Object.keys(defaultConfig.limits).map((name) => [name, positive]))).strict(),
  retention: z.object({ feed: z.object({ after: time('1m', '30d'), changes: z.int().min(1_000) }).strict() }).strict(),
})

function isBetween(text: string, least: Duration, most: Duration): boolean {
  try {
    const length = milliseconds(text as Duration)
    return length >= milliseconds(least) && length <= milliseconds(most)
  } catch {
    return false
  }
}

/**
 * A configuration from what a project sets, over the defaults. Prices and packs replace the
 * defaults as a whole, limits and retention one by one.
 * @throws InvalidConfig naming every path that is wrong.
 * @example
 * export default defineConfig({ signUpCredits: credits(100) })
 */
export function defineConfig(
  config: Partial<Omit<TillwireConfig, 'limits' | 'retention'>> & {
    limits?: Partial<Limits>
    retention?: { feed?: Partial<FeedRetention> }
  } = {},
): TillwireConfig {
  const whole = {
    ...defaultConfig,
    ...config,
    limits: { ...defaultConfig.limits, ...config.limits },
    retention: { feed: { ...defaultConfig.retention.feed, ...config.retention?.feed } },
  }
  const result = schema.safeParse(whole)
  if (!result.success) {
    throw new InvalidConfig(result.error.issues.map((issue) => `${issue.path.join('.') || 'config'}: ${issue.message}`))
  }
  return whole
}
