import { setTimeout as wait } from 'node:timers/promises'
import { backoffDelay, microcredits, observed, type TillwireError } from '../core/index.ts'
import type { Hold } from '../credits/index.ts'
import { DebtOutstanding, OutOfCredits } from '../credits/index.ts'
import { insert, NotFound, replace, UniqueViolation, VersionConflict, type Write } from '../store/index.ts'
import { type LogPieces, makeOne } from './answer-log.ts'
import { addToDay } from './day-sums.ts'
import { type Bill, decideBill, type Ending } from './decide-bill.ts'
import type { EndEvent } from './live-answer.ts'
import { type AnswerParts, fieldsOf, HOLD_TTL, stillAt } from './parts.ts'
import { providerCostOf } from './price.ts'
import { type AnswerDocument, answerDays, answerLog, answers, receipts } from './schema.ts'
import type { AnswerRecord } from './types.ts'

/** How often an ending is tried again because another of the same user changed the day's sums. */
const DAY_ATTEMPTS = 20
const DAY_BACKOFF = { first: 5, most: 100 }

/** An answer to end, with what pays for it and what holds its text. */
export interface Finishing {
  readonly answer: AnswerDocument
  readonly hold: Hold
  readonly ending: Ending
  /** Made one document in the same commit; null: it is left as it is. */
  readonly log: LogPieces | null
}

/**
 * Ends an answer: settles its hold, writes its receipt, its outcome and what it adds to its day, and makes
 * its log one document, in one commit that only happens while `answer` is at its version. Safe to repeat.
 * @throws VersionConflict when another process ended it.
 */
export async function finishAnswer(parts: AnswerParts, finishing: Finishing): Promise<EndEvent> {
  const { answer, hold, ending } = finishing
  const bill = decideBill(answer, ending)
  const covering = await coverShortfall(parts, hold, answer, bill)
  // A hold that reached its end has paid what it paid: nothing more can be charged.
  const spent =
    covering.status === 'open' ? microcredits(Math.min(bill.cost, covering.max)) : microcredits(covering.spent)
  const receiptId = spent > 0 ? receiptIdOf(answer.id) : null
  const closing = { ...finishing, hold: covering, bill, spent, receiptId }
  // Endings of one user meet in the sums of the day: one after the other they do not have to be tried again.
  await parts.turns.take(answer.userId, () => commitEnding(parts, closing))
  const { outcome, truncated, withheld, error } = ending
  return { type: 'end', outcome, spent, receiptId, truncated, ...(withheld && { withheld }), ...(error && { error }) }
}

/** Holds more when the bill is above the hold, as far as credits go, and never above what was quoted. */
async function coverShortfall(parts: AnswerParts, hold: Hold, answer: AnswerDocument, bill: Bill): Promise<Hold> {
  const payable = Math.min(bill.cost, answer.quoteMax)
  if (hold.status !== 'open' || payable <= hold.max) return hold
  try {
    const more = microcredits(payable - hold.max)
    const also = { requires: [stillAt(answer)] }
    const key = endKey(parts, answer)
    const wanted = { more, ttl: HOLD_TTL, overage: 'up-to-available', key, also } as const
    const record = { record: 'extend', answerId: answer.id } as const
    return (await observed(parts.observer, record, () => hold.extend(wanted))).hold
  } catch (error) {
    if (OutOfCredits.is(error) || DebtOutstanding.is(error)) return hold
    throw error
  }
}

/** One key for each process that tries: repeated by the same one it is the same ending. */
const endKey = (parts: AnswerParts, answer: AnswerDocument) => `${answer.id}/end/${parts.owner}`
/** An answer has one receipt: its id follows from the answer's, so that an ending that is repeated names the same. */
const receiptIdOf = (answerId: string) => answerId.replace('answer_', 'receipt_')

interface Closing extends Finishing {
  readonly bill: Bill
  readonly spent: number
  readonly receiptId: string | null
}

/** A log that is not as it was read, or a day that cannot be, never keeps an answer from being paid. */
async function commitEnding(parts: AnswerParts, closing: Closing): Promise<void> {
  let { log } = closing
  for (let attempt = 1; ; attempt++) {
    try {
      const writes = [
        ...endingWrites(parts, closing),
        ...(log ? makeOne(log) : []),
        ...(await dayWrites(parts, closing)),
      ]
      return await settle(parts, closing, writes)
    } catch (error) {
      const about = collectionOf(error)
      if (about === answerLog.name && log) {
        parts.logger.error({ err: error, answer: closing.answer.id }, 'The log of an answer was left in pieces')
        log = null
      } else if (about === answerDays.name && attempt < DAY_ATTEMPTS) {
        await wait(backoffDelay(DAY_BACKOFF, attempt))
      } else throw error
    }
  }
}

async function settle(parts: AnswerParts, closing: Closing, writes: Write[]): Promise<void> {
  const { answer, hold, bill, receiptId } = closing
  const refs = { answer: answer.id, text: String(answer.textLength), ...(receiptId && { receipt: receiptId }) }
  const options = { key: endKey(parts, answer), description: `Answer by ${answer.model}`, refs, also: { writes } }
  await observed<AnswerRecord, unknown>(parts.observer, { record: 'end', answerId: answer.id }, () => {
    if (hold.status !== 'open') return parts.store.commit({ writes })
    if (bill.cost === 0) return hold.release(options)
    return hold.settle(bill.cost, { ...options, absorb: true })
  })
}

/** The collection whose document was not as it was read; null when the error is about nothing of that kind. */
function collectionOf(error: unknown): string | null {
  if (!VersionConflict.is(error) && !NotFound.is(error) && !UniqueViolation.is(error)) return null
  return String((error as TillwireError).details.collection)
}

async function dayWrites(parts: AnswerParts, { answer, spent }: Closing): Promise<Write[]> {
  if (spent === 0) return []
  const { userId, model, startedAt: at } = answer
  return [await addToDay(parts.store, { userId, model, spent, at })]
}

function endingWrites(parts: AnswerParts, closing: Closing): Write[] {
  const { answer, hold, ending, bill, spent, receiptId } = closing
  const { outcome, truncated, withheld = null, error = null } = ending
  const endedAt = parts.clock.now().toISOString()
  const how = { state: outcome, spent, endedAt, receiptId, truncated, withheld, error }
  const ended = { ...fieldsOf(answer), ...how, slot: undefined, stopping: false }
  const replaced = replace(answers, answer.id, ended, { ifVersion: answer.version })
  if (!receiptId) return [replaced]
  const { providerCost, version: priceVersion } = answer.price
  const receipt = insert(receipts, {
    id: receiptId,
    answerId: answer.id,
    userId: answer.userId,
    holdId: hold.id,
    model: answer.model,
    priceVersion,
    tokens: bill.tokens,
    spent,
    absorbed: Math.max(0, bill.cost - spent),
    providerCost: providerCost && providerCostOf(providerCost, bill.tokens),
    startedAt: answer.startedAt,
    endedAt,
    outcome,
    truncated,
  })
  return [replaced, receipt]
}
