import { z } from 'zod'
import { answerOutcome, message, withheld } from '../protocol/index.ts'
import { collection, type DocumentOf, type FieldsOf } from '../store/index.ts'

const id = z.string().min(1).max(200)
const amount = z.int().min(0)
const time = z.iso.datetime({ precision: 3 })
const perMillion = z.number().min(0)

/**
 * One document an answer. While it streams, its owner replaces it with every piece of text: its version
 * is the fence, for whoever takes over replaces it too, and the writes of the one before then fail.
 */
export const answers = collection({
  name: 'answers',
  schema: z.object({
    userId: id,
    key: id,
    inputHash: z.string(),
    model: z.string(),
    /** What the price book said when it started. */
    price: z.object({
      version: z.string(),
      input: amount,
      cachedInput: amount,
      output: amount,
      minimum: amount,
      providerCost: z.object({ input: perMillion, cachedInput: perMillion, output: perMillion }).nullable(),
    }),
    maxOutputTokens: amount,
    quoteMax: amount,
    /** Of what pays for it. */
    holdId: id,
    /** The request that asked for it, when that is known. */
    requestId: id.nullable(),
    preview: z.string(),
    state: z.union([z.literal('streaming'), answerOutcome]),
    /** Which of the user's places for open answers it takes; none once it has ended. */
    slot: amount.optional(),
    owner: id,
    leaseUntil: time,
    /** Somebody wishes that it ends; its owner meets the wish at its next write, which that of the wish makes fail. */
    stopping: z.boolean(),
    /** Our own count. */
    inputTokens: amount,
    outputTokens: amount,
    /** In UTF-16 code units. */
    textLength: amount,
    spent: amount,
    startedAt: time,
    endedAt: time.nullable(),
    receiptId: id.nullable(),
    truncated: z.boolean(),
    withheld: withheld.nullable(),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
  }),
  unique: [
    ['userId', 'key'],
    ['userId', 'slot'],
  ],
  indexes: [
    ['userId', 'id'],
    ['state', 'leaseUntil'],
  ],
})

/** The messages of an answer, under its id: they are long, and never change. */
export const answerPrompts = collection({
  name: 'answer_prompts',
  schema: z.object({ messages: z.array(message) }),
})

/**
 * The text of answers. While one streams it is written piece by piece; pieces are put together as they become
 * many, and at its end into one. Whatever they are, they follow one another without a gap. Their ids
 * (`logId`) are in the order of the text, so that no index is needed.
 */
export const answerLog = collection({
  name: 'answer_log',
  schema: z.object({
    offset: amount,
    /** `offset` of the next piece. */
    end: amount,
    text: z.string().min(1),
  }),
})

/** What was charged for an answer. Grants and entries are those of its hold. */
export const receipts = collection({
  name: 'receipts',
  schema: z.object({
    answerId: id,
    userId: id,
    holdId: id,
    model: z.string(),
    priceVersion: z.string(),
    tokens: z.object({
      input: amount,
      cachedInput: amount,
      output: amount,
      reasoning: amount,
      source: z.enum(['model', 'counted']),
    }),
    spent: amount,
    /** What the tokens cost above what the user's credits could pay; borne by us. */
    absorbed: amount,
    providerCost: amount.nullable(),
    startedAt: time,
    endedAt: time,
    outcome: answerOutcome,
    truncated: z.boolean(),
  }),
  indexes: [['userId', 'id']],
  unique: [['answerId']],
})

/**
 * What a user's answers of one day (UTC) cost, by quarter of an hour and model, under `userId/YYYY-MM-DD`. Written
 * in the commit that settles an answer, for those that cost something.
 */
export const answerDays = collection({
  name: 'answer_days',
  schema: z.object({
    sums: z.array(z.object({ quarter: z.int().min(0).max(95), model: z.string(), spent: amount, answers: amount })),
  }),
})

export const answersCollections = [answers, answerPrompts, answerLog, receipts, answerDays] as const

export type AnswerDocument = DocumentOf<typeof answers>
export type AnswerFields = FieldsOf<typeof answers>
export type AnswerDayFields = FieldsOf<typeof answerDays>
export type ReceiptDocument = DocumentOf<typeof receipts>
