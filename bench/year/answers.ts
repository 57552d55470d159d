import { microcredits, type Tillwire } from 'tillwire'
import { answerLog, answers, holdKeyOf, logId, receipts } from 'tillwire/answers'
import { type Hold, holderOf } from 'tillwire/credits'
import { insert, type Write } from 'tillwire/store'
import { answerPrompts } from '../../packages/tillwire/src/answers/schema.ts'
import { type Asked, idAt } from './plan.ts'

const WORDS = 'What was asked is answered in words that a model might have found, one after the other, to the end. '
const OWNER = 'owner_year'
const TOKENS = 300

/** An answer that was asked for: its ids follow from when and in which place. */
export interface Numbered extends Asked {
  readonly number: number
  readonly userId: string
}

/** Reserves for an answer and writes what it leaves when it has ended, then pays for it: all by the ledger. */
export async function answered({ credits, config }: Tillwire, asked: Numbered): Promise<void> {
  const { at, number, userId, cost, model, sliced } = asked
  const id = idAt('answer', at, number)
  const receiptId = idAt('receipt', at, number)
  const endedAt = new Date(at + 5_000).toISOString()
  const fields = answerFields(asked, config.prices)
  const writes = [
    ...written(asked),
    insert(answers, { id, ...fields, state: 'complete', spent: cost, endedAt, receiptId }),
    insert(receipts, {
      id: receiptId,
      answerId: id,
      userId,
      holdId: fields.holdId,
      model,
      priceVersion: fields.price.version,
      tokens: { input: TOKENS, cachedInput: 0, output: fields.outputTokens, reasoning: 0, source: 'model' },
      spent: cost,
      absorbed: 0,
      providerCost: null,
      startedAt: fields.startedAt,
      endedAt,
      outcome: 'complete',
      truncated: false,
    }),
  ]
  const hold = await reserve(credits, asked, writes)
  if (sliced)
    await hold.spend(microcredits(Math.floor(cost / 2)), { key: `${id}/slice/1`, description: `Answer by ${model}` })
  const refs = { answer: id, text: String(fields.textLength), receipt: receiptId }
  await hold.settle(cost, { key: `${id}/end/${OWNER}`, description: `Answer by ${model}`, refs })
}

/** An answer whose process died while it streamed: what `recover` ends. */
export async function left({ credits, config }: Tillwire, asked: Numbered): Promise<void> {
  const id = idAt('answer', asked.at, asked.number)
  const leaseUntil = new Date(asked.at - 1_000).toISOString()
  const streaming = { state: 'streaming', slot: asked.number % 64, leaseUntil, endedAt: null, receiptId: null } as const
  await reserve(credits, asked, [
    ...written(asked),
    insert(answers, { id, ...answerFields(asked, config.prices), ...streaming, spent: 0 }),
  ])
}

function reserve(credits: Tillwire['credits'], asked: Numbered, writes: readonly Write[]): Promise<Hold> {
  const { at, number, userId, cost } = asked
  return credits.reserve({
    id: idAt('hold', at, number),
    holder: holderOf(userId),
    max: microcredits(2 * cost),
    key: holdKeyOf(idAt('answer', at, number)),
    ttl: '15m',
    also: { writes },
  })
}

const textOf = ({ length }: Asked) => WORDS.repeat(Math.ceil(length / WORDS.length)).slice(0, length)

/** The question and the text, which is one document. */
function written(asked: Numbered): Write[] {
  const id = idAt('answer', asked.at, asked.number)
  const text = textOf(asked)
  return [
    insert(answerPrompts, { id, messages: [{ role: 'user', content: WORDS }] }),
    insert(answerLog, { id: logId(id, text.length), offset: 0, end: text.length, text }),
  ]
}

function answerFields({ at, number, userId, cost, length, model }: Numbered, prices: Tillwire['config']['prices']) {
  const {
    input = 0,
    cachedInput = 0,
    output = 0,
    maxOutputTokens = 1,
    providerCost = null,
  } = prices.models[model] ?? {}
  return {
    userId,
    key: `question-${number}`,
    inputHash: 'made for a benchmark',
    model,
    price: { version: prices.version, input, cachedInput, output, minimum: prices.minimum, providerCost },
    maxOutputTokens,
    quoteMax: 2 * cost,
    holdId: idAt('hold', at, number),
    requestId: null,
    preview: WORDS,
    owner: OWNER,
    leaseUntil: new Date(at + 10_000).toISOString(),
    stopping: false,
    inputTokens: TOKENS,
    outputTokens: length >> 2,
    textLength: length,
    startedAt: new Date(at).toISOString(),
    truncated: false,
    withheld: null,
    error: null,
  }
}
