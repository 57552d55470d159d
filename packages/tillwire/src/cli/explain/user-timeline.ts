import type { answers } from '../../answers/index.ts'
import { formatMoney } from '../../core/index.ts'
import type { ledgerAccounts } from '../../credits/index.ts'
import type { User } from '../../sessions/index.ts'
import type { DocumentOf } from '../../store/index.ts'
import type { HolderSums } from './holder-sums.ts'
import { inCredits } from './ledger-item.ts'
import { type Charge, type Checkout, type Customer, customerItems } from './payment-timeline.ts'
import { differs } from './problems.ts'
import { type Item, type Problem, type Timeline, timelineOf } from './timeline.ts'

type Answer = DocumentOf<typeof answers>

/** What a user's timeline is made of. */
export interface UserDocuments {
  readonly id: string
  /** Null when the user is gone, and the ledger is not. */
  readonly user: User | null
  readonly customer: Customer | null
  /** The newest. */
  readonly checkouts: readonly Checkout[]
  readonly charges: readonly Charge[]
  readonly answers: readonly Answer[]
  /** How many older ones of these there are. */
  readonly unread: number
  readonly account: DocumentOf<typeof ledgerAccounts> | null
  /** The entries up to the account's last one. */
  readonly sums: HolderSums
  /** What kept entries from being read. */
  readonly unreadable: readonly Problem[]
}

/** A user from the first day to the balance, a line for each payment and answer, and the sum. */
export function userTimeline(documents: UserDocuments): Timeline {
  const { id, user, customer, checkouts, charges, answers, unread, sums } = documents
  return timelineOf({
    subject: { kind: 'user', id },
    items: [
      ...(user ? userItems(user) : []),
      ...(customer ? customerItems(customer) : []),
      ...checkouts.map(checkoutLine),
      ...charges.map(chargeLine),
      ...answers.map(answerLine),
      ...sums.items,
    ],
    unread: unread + sums.unread,
    closing: [sum(documents)],
    problems: problemsOf(documents),
  })
}

function userItems({ id, createdAt, email, username, bannedAt }: User): Item[] {
  const named = username === email ? email : `${username}, ${email}`
  const created: Item = { at: createdAt, kind: 'user', id, says: `was created: ${named}`, refs: [] }
  return bannedAt ? [created, { at: bannedAt, kind: 'user', id, says: 'was banned', refs: [] }] : [created]
}

function checkoutLine({ id, createdAt: at, name, credits, price, status, payment }: Checkout): Item {
  const came = payment === undefined ? status : `paid by ${payment}`
  const says = `went to buy ${name}: ${inCredits(credits)} credits for ${formatMoney(price)}: ${came}`
  return { at, kind: 'checkout', id, says, refs: payment === undefined ? [] : [payment], amounts: { credits } }
}

function chargeLine({ id, createdAt: at, amount, status, paymentIntent }: Charge): Item {
  const refs = paymentIntent === undefined ? [] : [paymentIntent]
  return { at, kind: 'charge', id, says: `charged ${formatMoney(amount)} to a card on file: ${status}`, refs }
}

function answerLine({ id, startedAt: at, model, state, spent, textLength, receiptId }: Answer): Item {
  const says = `answer by ${model}, ${state}: ${textLength} characters for ${inCredits(spent)} credits`
  return { at, kind: 'answer', id, says, refs: receiptId === null ? [] : [receiptId], amounts: { spent } }
}

function sum({ id, account, sums }: UserDocuments): Omit<Item, 'at'> {
  const { available, held, debt, entries } = sums
  const has = account ?? { available: 0, held: 0, debt: 0, sequence: 0 }
  const isSum = BigInt(has.available) === available && BigInt(has.held) === held && BigInt(has.debt) === debt
  const agree = isSum && has.sequence === entries
  const tell = (balance: typeof has | HolderSums) =>
    `${inCredits(balance.available)} available, ${inCredits(balance.held)} held, ${inCredits(balance.debt)} owed`
  const says = agree
    ? `has ${tell(has)}, the sum of ${entries} entries: they agree`
    : `has ${tell(has)} after ${has.sequence} entries; the sum of ${entries} is ${tell(sums)}: they DIFFER`
  const amounts = { available: has.available, held: has.held, debt: has.debt }
  return { kind: 'sum', id, says, refs: [], amounts }
}

function problemsOf({ id, account, sums, unreadable }: UserDocuments): Problem[] {
  const { available, held, debt, sequence } = account ?? { available: 0, held: 0, debt: 0, sequence: 0 }
  const problems = [
    ...unreadable,
    ...sums.problems,
    ...differs('balance_available', id, 'What is available', available, sums.available),
    ...differs('balance_held', id, 'What is held', held, sums.held),
    ...differs('balance_debt', id, 'What is owed', debt, sums.debt),
  ]
  if (sequence !== sums.entries) {
    const message = `The account counts ${sequence} entries, and ${sums.entries} are there.`
    problems.push({ code: 'entry_missing', id, message })
  }
  return problems
}
