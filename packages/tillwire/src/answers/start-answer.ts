import type { z } from 'zod'
import {
  contentHash,
  currentRequest,
  IdempotencyConflict,
  isoAfter,
  type Microcredits,
  newId,
  observed,
} from '../core/index.ts'
import { type Hold, holderOf } from '../credits/index.ts'
import { answerStart, requestId as requestIdSchema } from '../protocol/index.ts'
import { insert, UniqueViolation } from '../store/index.ts'
import { countPromptTokens } from './count-tokens.ts'
import { cutBefore } from './cut-text.ts'
import { InvalidAnswerRequest, PromptTooLong, TooManyAnswers, UnknownModel } from './errors.ts'
import { holdKeyOf } from './hold-key.ts'
import { type AnswerParts, HOLD_TTL, LEASE } from './parts.ts'
import { firstHold, type Terms, worstCase } from './plan-slices.ts'
import { type AnswerDocument, answerPrompts, answers } from './schema.ts'
import type { ModelPrice, StartAnswer } from './types.ts'

type Question = Omit<StartAnswer, 'userId' | 'key' | 'requestId'>
const question = answerStart.omit({ key: true })
const PREVIEW_LENGTH = 120
/** How often another place is tried when starts of one user race for the same one. */
const SLOT_ATTEMPTS = 50

/** A question with all that its price depends on. */
export interface Quote {
  readonly model: string
  readonly price: ModelPrice
  readonly terms: Terms
  readonly max: Microcredits
}
/** An answer just made, or (`replayed`) the one that the key made before. */
export type Started =
  | { readonly replayed: true; readonly answer: AnswerDocument }
  | { readonly replayed: false; readonly answer: AnswerDocument; readonly hold: Hold }

/**
 * The worst case of a question.
 * @throws InvalidAnswerRequest, UnknownModel, PromptTooLong
 */
export async function quoteAnswer(parts: AnswerParts, request: Question): Promise<Quote> {
  const asked = parse(question, request)
  const { messages, maxOutputTokens = Number.POSITIVE_INFINITY } = asked
  const { priceBook, maxPromptCharacters } = parts
  const model = asked.model ?? priceBook.defaultModel
  const price = Object.hasOwn(priceBook.models, model) ? priceBook.models[model] : undefined
  if (!price) throw new UnknownModel({ model, models: Object.keys(priceBook.models) })
  const characters = messages.reduce((sum, { content }) => sum + content.length, 0)
  if (characters > maxPromptCharacters) throw new PromptTooLong({ characters, limit: maxPromptCharacters })

  const terms = {
    prices: price,
    minimum: priceBook.minimum,
    inputTokens: await countPromptTokens(messages),
    maxOutputTokens: Math.min(maxOutputTokens, price.maxOutputTokens),
  }
  return { model, price, terms, max: worstCase(terms) }
}

/**
 * Reserves credits and makes the answer, in one commit: there are both or neither. The same key with the
 * same question finds the answer that it made.
 * @throws IdempotencyConflict when the key was used for another question
 * @throws OutOfCredits, DebtOutstanding, TooManyAnswers; then the key is still free
 */
export async function startAnswer(parts: AnswerParts, request: StartAnswer): Promise<Started> {
  const { userId, requestId: _requestId, ...given } = request
  const { key: _key, ...asked } = parse(answerStart, given)
  const inputHash = contentHash(asked)
  if (request.requestId !== undefined) parse(requestIdSchema, request.requestId)
  const before = await findStarted(parts, request, inputHash)
  if (before) return before
  const quote = await quoteAnswer(parts, asked)
  for (let race = 1; ; race++) {
    const slot = await freeSlot(parts, userId)
    try {
      return await reserveAnswer(parts, { request, quote, inputHash, slot })
    } catch (error) {
      if (!UniqueViolation.is(error) || race === SLOT_ATTEMPTS) throw error
      const winner = await findStarted(parts, request, inputHash)
      if (winner) return winner
    }
  }
}

function parse<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new InvalidAnswerRequest({ path: issue?.path.join('.') ?? '', reason: issue?.message ?? 'it does not fit' })
}

async function findStarted(parts: AnswerParts, request: StartAnswer, inputHash: string): Promise<Started | null> {
  const { userId, key } = request
  const answer = await parts.store.collection(answers).findOne({ userId, key })
  if (!answer) return null
  if (answer.inputHash !== inputHash) throw new IdempotencyConflict({ operation: 'answer', key })
  return { replayed: true, answer }
}

/** One of the user's places for open answers that is free; any, so that starts that race seldom meet. */
async function freeSlot({ store, maxOpenPerUser }: AnswerParts, userId: string): Promise<number> {
  const where = { userId, slot: { gte: 0 } }
  // In the order of places, so that the index of open answers is read, and not all answers of the user.
  const open = await store.collection(answers).find({ where, orderBy: { slot: 'asc' }, limit: 1_000 })
  const taken = new Set(open.items.map((answer) => answer.slot))
  const free = Array.from({ length: maxOpenPerUser }, (_, slot) => slot).filter((slot) => !taken.has(slot))
  const slot = free[Math.floor(Math.random() * free.length)]
  if (slot === undefined) throw new TooManyAnswers({ limit: maxOpenPerUser })
  return slot
}

interface NewAnswer {
  readonly request: StartAnswer
  readonly quote: Quote
  readonly inputHash: string
  readonly slot: number
}

async function reserveAnswer(parts: AnswerParts, { request, quote, inputHash, slot }: NewAnswer): Promise<Started> {
  const { userId, key, messages, reserve = 'slice' } = request
  const { model, price, terms } = quote
  const { version, minimum } = parts.priceBook
  const { input, cachedInput, output, providerCost = null } = price
  const asked = (messages.findLast(({ role }) => role === 'user') ?? messages.at(-1))?.content ?? ''
  const id = newId('answer')
  const now = parts.clock.now()
  const held = firstHold(terms, reserve)
  const fields = {
    userId,
    key,
    inputHash,
    model,
    price: { version, input, cachedInput, output, minimum, providerCost },
    maxOutputTokens: terms.maxOutputTokens,
    quoteMax: quote.max,
    holdId: newId('hold'),
    requestId: currentRequest() ?? null,
    preview: asked.slice(0, cutBefore(asked, PREVIEW_LENGTH)),
    state: 'streaming' as const,
    slot,
    owner: parts.owner,
    leaseUntil: isoAfter(now, LEASE),
    stopping: false,
    inputTokens: terms.inputTokens,
    outputTokens: 0,
    textLength: 0,
    spent: 0,
    startedAt: now.toISOString(),
    endedAt: null,
    receiptId: null,
    truncated: false,
    withheld: null,
    error: null,
  }
  const writes = [insert(answers, { id, ...fields }), insert(answerPrompts, { id, messages: [...messages] })]
  const hold = await observed(parts.observer, { record: 'start', answerId: id }, () =>
    parts.credits.reserve({
      id: fields.holdId,
      holder: holderOf(userId),
      max: held,
      key: holdKeyOf(id),
      ttl: HOLD_TTL,
      also: { writes },
    }),
  )
  const at = now.toISOString()
  return { replayed: false, hold, answer: { id, version: 1, createdAt: at, updatedAt: at, ...fields } }
}
