import { microcredits, observed } from '../core/index.ts'
import type { Hold } from '../credits/index.ts'
import { DebtOutstanding, OutOfCredits } from '../credits/index.ts'
import { insert, replace, type Write } from '../store/index.ts'
import { type Bill, decideBill, type Ending } from './decide-bill.ts'
import type { EndEvent } from './live-answer.ts'
import { type AnswerParts, fieldsOf, HOLD_TTL, stillAt } from './parts.ts'
import { providerCostOf } from './price.ts'
import { type AnswerDocument, answers, receipts } from './schema.ts'
import type { AnswerRecord } from './types.ts'

/**
 * Ends an answer: settles its hold, writes its receipt and its outcome, in one commit that only
 * happens while `answer` is at its version. Safe to repeat.
 * @throws VersionConflict when another process ended it.
 */
export async function finishAnswer(
  parts: AnswerParts,
  answer: AnswerDocument,
  hold: Hold,
  ending: Ending,
): Promise<EndEvent> {
  const bill = decideBill(answer, ending)
  const covering = await coverShortfall(parts, hold, answer, bill)
  const open = covering.status === 'open'
  // A hold that reached its end has paid what it paid: nothing more can be charged.
  const spent = open ? microcredits(Math.min(bill.cost, covering.max)) : covering.spent
  const receiptId = spent > 0 ? receiptIdOf(answer.id) : null
  const writes = endingWrites(parts, answer, covering, { ending, bill, spent, receiptId })
  const key = endKey(parts, answer)
  const refs = { answer: answer.id, ...(receiptId && { receipt: receiptId }) }
  const options = { key, description: `Answer by ${answer.model}`, refs, also: { writes } }
  await observed<AnswerRecord, unknown>(parts.observer, { record: 'end', answerId: answer.id }, () => {
    if (!open) return parts.store.commit({ writes })
    if (bill.cost === 0) return covering.release(options)
    return covering.settle(bill.cost, { ...options, absorb: true })
  })
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

interface Closing {
  readonly ending: Ending
  readonly bill: Bill
  readonly spent: number
  readonly receiptId: string | null
}

function endingWrites(parts: AnswerParts, answer: AnswerDocument, hold: Hold, closing: Closing): Write[] {
  const { ending, bill, spent, receiptId } = closing
  const { outcome, truncated, withheld = null, error = null } = ending
  const endedAt = parts.clock.now().toISOString()
  const ended = {
    ...fieldsOf(answer),
    slot: undefined,
    state: outcome,
    spent,
    endedAt,
    receiptId,
    truncated,
    withheld,
    error,
  }
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
