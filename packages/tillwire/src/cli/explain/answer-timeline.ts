import type { answers, receipts } from '../../answers/index.ts'
import type { holds } from '../../credits/index.ts'
import type { DocumentOf } from '../../store/index.ts'
import { asAmounts, type Entry, inCredits, ledgerItem, postedTo, spentBy } from './ledger-item.ts'
import { differs, unbalanced } from './problems.ts'
import { type Item, type Problem, type Timeline, timelineOf } from './timeline.ts'

type Answer = DocumentOf<typeof answers>
interface Piece {
  readonly offset: number
  readonly text: string
}

/** What an answer's timeline is made of, as it was at one moment. */
export interface AnswerDocuments {
  readonly answer: Answer
  readonly hold: DocumentOf<typeof holds> | null
  /** Those of the hold that are there, oldest first. */
  readonly entries: readonly Entry[]
  /** The ids at which the chain of the hold's entries is broken. */
  readonly broken: readonly string[]
  /** The text, from its beginning. */
  readonly pieces: readonly Piece[]
  readonly receipt: DocumentOf<typeof receipts> | null
}

/** An answer from its question to its text: what was held, what each part of the text was paid with, and the sum. */
export function answerTimeline(documents: AnswerDocuments): Timeline {
  const { answer, receipt, entries, pieces } = documents
  const text = pieces.map((piece) => piece.text).join('')
  return timelineOf({
    subject: { kind: 'answer', id: answer.id },
    items: [
      ...answerItems(answer),
      ...entries.map((entry) => withText(ledgerItem(entry), entry)),
      ...written(answer, entries, text.length),
      ...(receipt ? [receiptItem(receipt)] : []),
    ],
    closing: [
      { kind: 'text', id: answer.id, says: `the text, ${text.length} characters`, refs: [], content: text },
      sum(documents),
    ],
    problems: problemsOf(documents, text.length),
  })
}

/** An answer's beginning, and its end when it has one. */
export function answerItems(answer: Answer): Item[] {
  return [asked(answer), ...ended(answer)]
}

function asked(answer: Answer): Item {
  const { startedAt: at, id, model, preview, quoteMax: quote, inputTokens, userId, price } = answer
  const says = `asked ${model} (prices ${price.version}) for at most ${inCredits(quote)} credits, ${inputTokens} tokens: ${JSON.stringify(preview)}`
  return { at, kind: 'answer', id, says, refs: [userId], amounts: { quote } }
}

/** A payment and the text that it covers: all that was written by its commit. */
function withText(item: Item, entry: Entry): Item {
  return spentBy(entry) === 0 ? item : { ...item, says: `${item.says}, with the text up to ${endOfText(entry)}` }
}

/** The text that each payment covers, and what is not paid for yet, as one item each. */
function written({ id, updatedAt, endedAt }: Answer, entries: readonly Entry[], length: number): Item[] {
  const paid = entries.filter((entry) => spentBy(entry) > 0)
  const ends = [
    ...paid.map((entry) => ({ at: entry.at, end: endOfText(entry) })),
    { at: endedAt ?? updatedAt, end: length },
  ]
  let offset = 0
  return ends.flatMap(({ at, end }): Item[] => {
    if (end <= offset) return []
    const says = `wrote the text from ${offset} to ${end}`
    offset = end
    return [{ at, kind: 'text', id, says, refs: [] }]
  })
}

/** Up to where the text had come when an answer's credits moved; the movement says so. */
const endOfText = (entry: Entry) => Number(entry.refs.text ?? 0)

function ended({ id, endedAt, state, truncated, error, receiptId }: Answer): Item[] {
  if (endedAt === null) return []
  const cut = truncated ? ', cut at its limit' : ''
  const why = error ? ` (${error.code}: ${error.message})` : ''
  const refs = receiptId === null ? [] : [receiptId]
  return [{ at: endedAt, kind: 'answer', id, says: `ended: ${state}${cut}${why}`, refs }]
}

function receiptItem(receipt: NonNullable<AnswerDocuments['receipt']>): Item {
  const { id, endedAt: at, tokens, spent, absorbed, priceVersion, holdId, answerId } = receipt
  const borne = absorbed === 0 ? '' : `, ${inCredits(absorbed)} borne by us`
  const by = tokens.source === 'model' ? 'the model' : 'us'
  const says = `receipt of ${inCredits(spent)} credits${borne}: ${tokens.input} tokens read (${tokens.cachedInput} cached) and ${tokens.output} written, counted by ${by}, at prices ${priceVersion}`
  return { at, kind: 'receipt', id, says, refs: [answerId, holdId], amounts: { spent, absorbed } }
}

function sum({ answer, entries, receipt }: AnswerDocuments): Omit<Item, 'at'> {
  const spent = entries.reduce((total, entry) => total + BigInt(spentBy(entry)), 0n)
  const onReceipt = receipt ? `, ${inCredits(receipt.spent)} on its receipt` : ''
  const agree = BigInt(answer.spent) === spent && (!receipt || BigInt(receipt.spent) === spent)
  const so = answer.endedAt === null ? ' so far' : ''
  return {
    kind: 'sum',
    id: answer.id,
    says: `spent ${inCredits(answer.spent)} credits${so}, ${inCredits(spent)} by its ${entries.length} entries${onReceipt}: they ${agree ? 'agree' : 'DIFFER'}`,
    refs: [],
    amounts: { answer: answer.spent, ...asAmounts({ entries: spent }), ...(receipt && { receipt: receipt.spent }) },
  }
}

function problemsOf(documents: AnswerDocuments, written: number): Problem[] {
  const { answer, hold, entries, broken, pieces, receipt } = documents
  const { id, spent, textLength, endedAt, receiptId } = answer
  const found = (code: string, message: string, of = id): Problem => ({ code, id: of, message })
  const problems = entries.flatMap(unbalanced)
  if (!hold) return [...problems, found('hold_missing', 'No hold was made for this answer.')]

  for (const entry of broken) problems.push(found('entry_missing', 'The hold names an entry that is not there.', entry))
  const byEntries = entries.reduce((sum, entry) => sum + BigInt(spentBy(entry)), 0n)
  problems.push(...differs('answer_spent', id, 'What the answer says was spent', spent, byEntries))
  problems.push(...differs('hold_spent', hold.id, 'What the hold says was spent', hold.spent, byEntries))
  if (endedAt !== null && hold.status === 'open') problems.push(found('hold_open', 'Its answer has ended.', hold.id))

  if (receiptId !== null && receipt?.id !== receiptId)
    problems.push(found('receipt_missing', 'There is no such receipt.', receiptId))
  if (endedAt !== null && receiptId === null && spent > 0)
    problems.push(found('receipt_missing', 'Credits were spent and there is no receipt.'))
  if (receipt)
    problems.push(...differs('receipt_spent', receipt.id, 'What the receipt says was spent', receipt.spent, byEntries))
  if (receipt && hold.status === 'settled') {
    const absorbed = -entries.reduce((sum, entry) => sum + BigInt(postedTo(entry, 'absorbed')), 0n)
    problems.push(
      ...differs('receipt_absorbed', receipt.id, 'What the receipt says we bore', receipt.absorbed, absorbed),
    )
  }

  const gap = pieces.find((piece, index) => piece.offset !== endOf(pieces[index - 1]))
  if (gap) problems.push(found('text_gap', `No piece of text ends where the one from ${gap.offset} begins.`))
  if (written !== textLength)
    problems.push(found('text_length', `${written} characters can be read where ${textLength} were written.`))
  return problems
}

const endOf = (piece: Piece | undefined) => (piece ? piece.offset + piece.text.length : 0)
