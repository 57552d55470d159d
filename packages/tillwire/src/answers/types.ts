import type { Clock, Logger, Microcredits, Observer } from '../core/index.ts'
import type { AnswerOutcome, Message, Withheld } from '../protocol/index.ts'

/** Prices in microcredits per million tokens. */
export interface ModelPrice {
  readonly input: Microcredits
  readonly cachedInput: Microcredits
  readonly output: Microcredits
  /** The most the model writes in one answer, in tokens. */
  readonly maxOutputTokens: number
  /** What the provider charges us, in USD per million tokens; used for `providerCost` on receipts. */
  readonly providerCost?: { readonly input: number; readonly cachedInput: number; readonly output: number }
}
export interface PriceBook {
  /** Named on each receipt. */
  readonly version: string
  readonly defaultModel: string
  readonly models: Readonly<Record<string, ModelPrice>>
  /** The least an answer costs that produced something. */
  readonly minimum: Microcredits
}

export type { Withheld }
/** Tokens as the model counted them. */
export interface ModelUsage {
  readonly input: number
  readonly cachedInput: number
  readonly output: number
  readonly reasoning: number
}
export type ModelEvent =
  | { readonly type: 'text'; readonly text: string }
  /** Anything that proves that the model is alive but is no text; `thinking` when it is known to think, which costs. */
  | { readonly type: 'activity'; readonly thinking?: boolean }
  /** The stream's own terminal event; a stream that ends without one was interrupted. */
  | {
      readonly type: 'end'
      readonly usage: ModelUsage | null
      readonly truncated: boolean
      readonly withheld?: Withheld
    }
/**
 * A model to ask. Errors are thrown as `ModelFailed`, `QuestionRefused`, `ModelMisconfigured` or
 * `ModelLimited`. Aborting the signal ends the call upstream.
 */
export interface ModelPort {
  /** The least limit that it takes, in tokens; 1 when left out. A lower one is raised for the call, and cut by us. */
  readonly leastOutputTokens?: number
  stream(request: {
    readonly model: string
    readonly messages: readonly Message[]
    readonly maxOutputTokens: number
    readonly signal: AbortSignal
  }): AsyncIterable<ModelEvent>
}

export interface StartAnswer {
  readonly userId: string
  /** Of the request that asks: kept with the answer, and with what moves credits for it. */
  readonly requestId?: string
  readonly key: string
  readonly model?: string
  readonly messages: readonly Message[]
  readonly maxOutputTokens?: number
  readonly reserve?: 'slice' | 'whole'
}
export type AnswerState = 'streaming' | AnswerOutcome
/** What a follower is told, in order; the last one is `end`. */
export type AnswerEvent =
  | { readonly type: 'delta'; readonly offset: number; readonly text: string }
  | { readonly type: 'cost'; readonly spent: Microcredits; readonly available: Microcredits }
  | {
      readonly type: 'end'
      readonly outcome: AnswerOutcome
      readonly spent: Microcredits
      readonly receiptId: string | null
      readonly truncated: boolean
      readonly withheld?: Withheld
      readonly error?: { readonly code: string; readonly message: string }
    }

export interface AnswerSummary {
  readonly id: string
  readonly at: string
  readonly model: string
  readonly outcome: AnswerState
  readonly spent: Microcredits
  readonly receiptId: string | null
  /** The first 120 characters of the question. */
  readonly preview: string
}
/** What a user's answers of a quarter of an hour cost. */
export interface UsageSum {
  /** ISO: when the quarter began, in which they were asked. */
  readonly at: string
  readonly model: string
  readonly spent: Microcredits
  readonly answers: number
}
export interface Receipt {
  readonly id: string
  readonly answerId: string
  readonly model: string
  readonly priceVersion: string
  readonly tokens: {
    readonly input: number
    readonly cachedInput: number
    readonly output: number
    readonly reasoning: number
    readonly source: 'model' | 'counted'
  }
  readonly spent: Microcredits
  /** What the tokens cost above what the user's credits could pay; borne by us, and hardly ever above 0. */
  readonly absorbed: Microcredits
  /** In millionths of a US dollar; null when the price book does not say. */
  readonly providerCost: number | null
  readonly grants: readonly { readonly id: string; readonly amount: Microcredits }[]
  readonly entries: readonly string[]
  readonly startedAt: string
  readonly endedAt: string
  readonly outcome: AnswerOutcome
  readonly truncated: boolean
}

export interface Answers {
  /** The worst case of a request, before anything is reserved. */
  quote(
    request: Omit<StartAnswer, 'userId' | 'key' | 'requestId'>,
  ): Promise<{ readonly max: Microcredits; readonly inputTokens: number; readonly model: string }>
  /** Reserves and starts; the same key again returns the same answer. Throws before anything is charged. */
  start(
    request: StartAnswer,
  ): Promise<{ readonly answerId: string; readonly quote: { readonly max: Microcredits }; readonly replayed: boolean }>
  /** From `offset` (UTF-16 code units) to the end, across processes; `NotFound` when it is not this user's. */
  follow(request: {
    userId: string
    answerId: string
    offset: number
    signal?: AbortSignal
  }): Promise<{ readonly state: AnswerState; readonly offset: number; readonly events: AsyncIterable<AnswerEvent> }>
  stop(request: { userId: string; answerId: string }): Promise<void>
  get(request: { userId: string; answerId: string }): Promise<
    AnswerSummary & {
      readonly text: string
      readonly messages: readonly Message[]
      readonly truncated: boolean
      readonly withheld: Withheld | null
      readonly error: { readonly code: string; readonly message: string } | null
    }
  >
  list(request: {
    userId: string
    after?: string
    limit?: number
  }): Promise<{ readonly items: AnswerSummary[]; readonly next: string | null }>
  receipt(request: { userId: string; receiptId: string }): Promise<Receipt>
  /** What answers that ended cost, by quarter of an hour and model; reads a document a day, however many answers. */
  usage(request: { userId: string; from: Date; to: Date }): Promise<readonly UsageSum[]>
  /** Settles answers whose owner died; returns how many. One that cannot be settled is left for later, in the log. */
  recover(): Promise<number>
  /** Answers that should have ended, and have not. Reads only. */
  check(): Promise<AnswersCheck>
  /** Stops taking new answers, ends the running ones within the deadline, lets go. */
  close(): Promise<void>
}
export interface AnswersCheck {
  readonly problems: readonly { readonly code: string; readonly id: string; readonly message: string }[]
  /** Answers under way. */
  readonly checked: { readonly openAnswers: number }
}
/** A record of an answer, as observers are told of it. */
export interface AnswerRecord {
  readonly answerId: string
  /** `start`: credits reserved and the answer made; `extend`: more held; `write`: text, or a sign of life; `spend`: the same, with a payment; `end`: settled, with a receipt. */
  readonly record: 'start' | 'extend' | 'write' | 'spend' | 'end'
}
export interface AnswersOptions {
  readonly clock?: Clock
  readonly logger?: Logger
  readonly maxOpenPerUser?: number
  readonly maxPromptCharacters?: number
  readonly observer?: Observer<AnswerRecord>
}
