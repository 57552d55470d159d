import type { charges, checkouts, customers, webhookEvents } from '../../commerce/index.ts'
import { formatMoney } from '../../core/index.ts'
import type { grants, ledgerAccounts } from '../../credits/index.ts'
import type { DocumentOf } from '../../store/index.ts'
import type { workflowRuns } from '../../workflow/index.ts'
import type { GrantUse } from './grant-use.ts'
import { asAmounts, inCredits } from './ledger-item.ts'
import { differs } from './problems.ts'
import { runItems, runProblems } from './run-items.ts'
import { type Item, type Problem, type Timeline, timelineOf } from './timeline.ts'

export type Checkout = DocumentOf<typeof checkouts>
export type Charge = DocumentOf<typeof charges>
export type Customer = DocumentOf<typeof customers>
type Event = DocumentOf<typeof webhookEvents>

/** What a payment's timeline is made of. */
export interface PaymentDocuments {
  /** The payment intent, or, where there is none yet, what leads to it. */
  readonly id: string
  readonly customer: Customer | null
  readonly checkout: Checkout | null
  readonly charge: Charge | null
  readonly runs: readonly DocumentOf<typeof workflowRuns>[]
  readonly events: readonly Event[]
  /** How many older runs and events there are. */
  readonly unread: number
  readonly grant: DocumentOf<typeof grants> | null
  readonly account: DocumentOf<typeof ledgerAccounts> | null
  /** The grant's entries up to the account's last one. */
  readonly use: GrantUse
  /** What kept entries from being read. */
  readonly unreadable: readonly Problem[]
}

/** A payment from the page it was made on to what became of its credits, and the sum. */
export function paymentTimeline(documents: PaymentDocuments): Timeline {
  const { id, customer, checkout, charge, runs, events, unread, use } = documents
  return timelineOf({
    subject: { kind: 'payment', id },
    items: [
      ...(customer ? customerItems(customer) : []),
      ...runs.flatMap(runItems),
      ...(checkout ? checkoutItems(checkout) : []),
      ...(charge ? [chargeItem(charge)] : []),
      ...events.flatMap(eventItems),
      ...use.items(),
    ],
    unread: unread + use.unread,
    closing: [sum(documents)],
    problems: problemsOf(documents),
  })
}

/** How a user became a customer at Stripe, and again where that one was deleted there. */
export function customerItems({ createdAt, id, stripeCustomerId, userId, former, remadeAt }: Customer): Item[] {
  const item = (at: string, says: string): Item => ({ at, kind: 'customer', id, says, refs: [userId] })
  const became = item(createdAt, `became the customer ${former[0] ?? stripeCustomerId} at Stripe`)
  if (remadeAt === null) return [became]
  const gone = `${former.join(', ')} ${former.length === 1 ? 'was' : 'were'} deleted there`
  return [became, item(remadeAt, `was made again at Stripe as the customer ${stripeCustomerId}: ${gone}`)]
}

function checkoutItems(checkout: Checkout): Item[] {
  const { id, createdAt, paidAt, name, credits, price, stripeSessionId, payment, userId, status, updatedAt } = checkout
  const promised = `went to buy ${name}: ${inCredits(credits)} credits for ${formatMoney(price)}`
  const refs = stripeSessionId === undefined ? [userId] : [userId, stripeSessionId]
  const items: Item[] = [{ at: createdAt, kind: 'checkout', id, says: promised, refs, amounts: { credits } }]
  const tell = (at: string, says: string, refs: readonly string[] = []) =>
    items.push({ at, kind: 'checkout', id, says, refs })
  if (paidAt !== null && payment !== undefined)
    tell(paidAt, checkout.paid === 0 ? 'was free: a coupon left nothing to pay' : `was paid by ${payment}`, [payment])
  if (status === 'expired') tell(updatedAt, 'ended without a payment')
  if (status === 'failed') tell(updatedAt, `ended without its payment: ${checkout.failure}`)
  if (status === 'processing') tell(updatedAt, 'waits for a payment that takes days')
  if (checkout.moves > 0) tell(updatedAt, wentBack(checkout), checkout.disputes)
  return items
}

/** What of a payment has gone back by now, and what that took. */
function wentBack({ price: { currency, amount }, paid = amount, refunded, disputed, reversed }: Checkout): string {
  const money = (minor: number) => formatMoney({ amount: minor, currency })
  return `of ${money(paid)} ${money(refunded)} are refunded and ${money(disputed)} disputed by now: ${inCredits(reversed)} credits are taken back`
}

function chargeItem({ createdAt: at, id, amount, description, status, customerId, paymentIntent }: Charge): Item {
  const refs = paymentIntent === undefined ? [customerId] : [customerId, paymentIntent]
  const says = `charged ${formatMoney(amount)} to a card on file (${description}): ${status}`
  return { at, kind: 'charge', id, says, refs }
}

function eventItems(event: Event): Item[] {
  const { id, type, objectId, source, status, attempts, lastError, createdAt, updatedAt, dueAt } = event
  const kind = 'stripe-event'
  const says = `received ${type} by ${source}`
  const received: Item = { at: createdAt, kind, id, says, refs: [objectId].filter((ref) => ref !== '') }
  const tries = attempts === 1 ? 'at the first try' : `after ${attempts} tries`
  const why = lastError === null ? '' : `: ${lastError}`
  if (attempts === 0) return [received]
  const now = {
    done: `processed ${type} ${tries}`,
    parked: `parked ${type} ${tries}${why}`,
    pending: `tried ${type} ${attempts === 1 ? 'once' : `${attempts} times`}, next at ${dueAt}${why}`,
  }
  return [received, { at: updatedAt, kind, id, says: now[status], refs: [] }]
}

function sum({ id, checkout, charge, grant, use }: PaymentDocuments): Omit<Item, 'at'> {
  const base = { kind: 'sum', id, refs: grant ? [grant.id] : [] } as const
  if (charge) return { ...base, says: `charged ${formatMoney(charge.amount)}: ${charge.status}; it buys no credits` }
  if (!grant) return { ...base, says: `granted nothing: the checkout is ${checkout?.status ?? 'unknown'}` }
  const sums = {
    granted: BigInt(grant.amount),
    takenBack: use.sum('reversed'),
    free: use.sum('available'),
    held: use.sum('held'),
    spent: use.sum('consumed'),
    ended: use.sum('expired'),
    // A debt that was paid with this grant is that of another.
    repaid: aboveZero(use.sum('debt')),
    debt: aboveZero(-use.sum('debt')),
  }
  const { granted, takenBack, free, held, spent, ended, repaid, debt } = sums
  const corrected = use.sum('corrected')
  const rest = granted - takenBack
  const agree = rest === free + held + spent + ended + corrected + repaid - debt
  const parts = [
    `${inCredits(free)} free`,
    held !== 0n && `${inCredits(held)} held`,
    `${inCredits(spent)} spent`,
    ended !== 0n && `${inCredits(ended)} ended unused`,
    corrected !== 0n && `${inCredits(corrected)} taken by hand`,
    repaid !== 0n && `${inCredits(repaid)} paid a debt`,
  ].filter((part) => part !== false)
  const less = debt === 0n ? '' : `, less ${inCredits(debt)} that became debt`
  const says = `granted ${inCredits(granted)} less ${inCredits(takenBack)} taken back = ${inCredits(rest)}: ${parts.join(', ')}${less}: they ${agree ? 'agree' : 'DIFFER'}`
  return { ...base, says, amounts: asAmounts(corrected === 0n ? sums : { ...sums, corrected }) }
}

function aboveZero(sum: bigint): bigint {
  return sum > 0n ? sum : 0n
}

function problemsOf(documents: PaymentDocuments): Problem[] {
  const { checkout, runs, events, grant, account, use, unreadable } = documents
  const parked = events
    .filter(({ status }) => status === 'parked')
    .map(({ id, lastError }) => ({ code: 'event_parked', id, message: `It waits for an operator: ${lastError}` }))
  const problems = [...unreadable, ...runs.flatMap(runProblems), ...parked]
  if (!grant) {
    if (checkout?.status === 'paid')
      problems.push({ code: 'grant_missing', id: checkout.id, message: 'It was paid, and nothing was granted.' })
    return problems
  }
  const { free, held } = account?.grants.find(({ id }) => id === grant.id) ?? { free: 0, held: 0 }
  problems.push(...use.problems(grant, { free, held }))
  if (!checkout) {
    problems.push({ code: 'checkout_missing', id: grant.id, message: 'No checkout was paid by this payment.' })
    return problems
  }
  problems.push(...differs('grant_differs', grant.id, 'The grant', grant.amount, checkout.credits))
  if (grant.reversed < checkout.reversed)
    problems.push(...differs('refund_not_reversed', grant.id, 'What was asked back', grant.reversed, checkout.reversed))
  return problems
}
