import type Stripe from 'stripe'
import { grants } from '../credits/index.ts'
import { isUnreadable, pagesOf } from '../store/index.ts'
import { type Checkout, creditsToReverse, mismatchOf } from './packs/checkout.ts'
import { type PaymentFacts, paymentFacts } from './packs/payment-facts.ts'
import { readPayment } from './packs/read-payment.ts'
import type { Parts } from './parts.ts'
import { checkouts, webhookEvents } from './schema.ts'
import { askStripe, isMissing } from './stripe/ask-stripe.ts'
import type { Commerce } from './types.ts'

const PAGE = 100
/** Checkout sessions that are looked through, the newest first. */
const MAX_SESSIONS = 10_000
/** Parked events that are named. */
const MAX_PARKED = 100

type Problem = Awaited<ReturnType<Commerce['check']>>['problems'][number]

/** Compares payments at Stripe with grants in the ledger, both ways, page by page. Reads only. */
export async function checkPayments(parts: Parts): ReturnType<Commerce['check']> {
  const problems: Problem[] = []
  /** Payments that were compared from Stripe's side: at most as many as sessions are looked through. */
  const seen = new Set<string>()
  let payments = 0
  for await (const session of completeSessions(parts)) {
    if (session.payment_status !== 'unpaid') payments++
    const { found, payment } = await checkSession(parts, session).catch((error: unknown) => ({
      found: unreadable(session.id, error),
      payment: null,
    }))
    problems.push(...found)
    if (payment !== null) seen.add(payment)
  }
  let purchases = 0
  for await (const grant of purchaseGrants(parts)) {
    purchases++
    if (!seen.has(grant.payment))
      problems.push(...(await checkGrant(parts, grant).catch((error: unknown) => unreadable(grant.id, error))))
  }
  problems.push(...(await parkedEvents(parts)))
  return { problems, checked: { payments, purchases } }
}

/** What became of a session of ours must have become of its checkout. */
async function checkSession(
  parts: Parts,
  session: Stripe.Checkout.Session,
): Promise<{ readonly found: readonly Problem[]; readonly payment: string | null }> {
  const checkout = await parts.store.collection(checkouts).get(session.client_reference_id ?? '')
  if (!checkout) return { found: [], payment: null }
  const facts = moved(session, checkout)
    ? await readPayment(parts, session.id, checkout.disputes)
    : paymentFacts(session, [], [])
  const { payment } = facts
  const purchase = payment === null ? null : await parts.credits.findPurchase(payment)
  const grant = purchase && { ...purchase, id: purchase.grant }
  return { found: problemsOf(checkout, facts, grant), payment }
}

/** Whether anything may have gone back: only then refunds and disputes are read. */
function moved({ payment_intent: intent }: Stripe.Checkout.Session, { reversed }: Checkout): boolean {
  const charge = intent !== null && typeof intent === 'object' ? intent.latest_charge : null
  if (charge === null || typeof charge !== 'object') return reversed > 0
  return reversed > 0 || charge.amount_refunded > 0 || charge.disputed
}

/** A grant that names a payment must have been paid for. */
async function checkGrant(parts: Parts, grant: PurchaseGrant): Promise<Problem[]> {
  const { payment } = grant
  const checkout = await parts.store.collection(checkouts).findOne({ payment })
  if (!checkout) return [problem('grant_without_checkout', grant.id, `no checkout was paid by ${payment}`)]
  const gone = [problem('grant_without_payment', grant.id, `Stripe has no payment ${payment}`)]
  if (checkout.stripeSessionId === undefined) return gone
  try {
    return problemsOf(checkout, await readPayment(parts, checkout.stripeSessionId, checkout.disputes), grant)
  } catch (error) {
    if (isMissing(error)) return gone
    throw error
  }
}

interface Granted {
  readonly id: string
  /** Microcredits. */
  readonly amount: number
  readonly reversed: number
}

/** Where a checkout, what Stripe says of it, and its grant do not agree. */
function problemsOf(checkout: Checkout, facts: PaymentFacts, grant: Granted | null): Problem[] {
  const { state, payment, total } = facts
  if (state !== 'paid' && state !== 'free') {
    if (state === 'failed' && (checkout.status === 'open' || checkout.status === 'processing'))
      return [problem('checkout_not_ended', checkout.id, 'its payment failed, and it still waits for it')]
    return grant ? [problem('grant_without_payment', grant.id, `payment ${payment} is ${state}`)] : []
  }
  const mismatch = mismatchOf(checkout, facts)
  const found: Problem[] = []
  if (mismatch !== null) found.push(problem('payment_mismatch', checkout.id, mismatch))
  if (!grant) {
    if (mismatch === null)
      found.push(
        problem('payment_not_granted', checkout.id, `payment ${payment} was made, and its credits were not granted`),
      )
    return found
  }
  if (mismatch !== null)
    found.push(problem('grant_without_payment', grant.id, `${total} of ${checkout.price.amount} were received`))
  if (grant.amount !== checkout.credits)
    found.push(problem('grant_differs', grant.id, `${grant.amount} microcredits were granted of ${checkout.credits}`))
  return [...found, ...reversalProblems(checkout, facts, grant)]
}

/** What was refunded or is disputed must have been taken back, and no more. */
function reversalProblems(checkout: Checkout, { refunded, disputed }: PaymentFacts, grant: Granted): Problem[] {
  const share = { credits: checkout.credits, paid: checkout.paid ?? checkout.price.amount }
  const due = creditsToReverse(share, refunded + disputed)
  const compared = `${due} microcredits are to be taken back`
  if (grant.reversed < due) {
    const code = grant.reversed < creditsToReverse(share, refunded) ? 'refund_not_reversed' : 'dispute_not_reversed'
    return [problem(code, grant.id, `${compared}, ${grant.reversed} were`)]
  }
  if (checkout.reversed > due)
    return [
      problem('not_given_back', grant.id, `${compared}, ${checkout.reversed} were, and the rest was not given back`),
    ]
  return []
}

/** Events that wait for an operator. */
async function parkedEvents({ store }: Parts): Promise<Problem[]> {
  const events = store.collection(webhookEvents)
  const { items } = await events.find({
    where: { status: 'parked' },
    orderBy: { dueAt: 'asc' },
    limit: MAX_PARKED,
    setAside: store.setAside(webhookEvents),
  })
  return items.map(({ id, type, lastError }) =>
    problem('event_parked', id, `${type} waits for an operator: ${lastError ?? 'nobody knows why'}`),
  )
}

async function* completeSessions({ stripe }: Parts): AsyncIterable<Stripe.Checkout.Session> {
  let after: string | undefined
  for (let read = 0; read < MAX_SESSIONS; read += PAGE) {
    const request: Stripe.Checkout.SessionListParams = {
      status: 'complete',
      limit: PAGE,
      expand: ['data.payment_intent.latest_charge'],
      ...(after !== undefined && { starting_after: after }),
    }
    const page = await askStripe(() => stripe.checkout.sessions.list(request))
    yield* page.data
    after = page.data.at(-1)?.id
    if (!page.has_more) return
  }
}

interface PurchaseGrant extends Granted {
  readonly payment: string
}

async function* purchaseGrants({ store }: Parts): AsyncIterable<PurchaseGrant> {
  for await (const page of pagesOf(store, grants, { where: { 'source.kind': 'purchase' }, limit: PAGE }))
    for (const { id, amount, reversed, source } of page) yield { id, amount, reversed, payment: source.payment ?? '' }
}

/** What cannot be compared because a document of ours cannot be read costs no other its check. */
function unreadable(id: string, error: unknown): Problem[] {
  if (!isUnreadable(error)) throw error
  return [{ code: 'document_damaged', id, message: error instanceof Error ? error.message : String(error) }]
}

function problem(code: string, id: string, message: string): Problem {
  return { code, id, message: `${message[0]?.toUpperCase()}${message.slice(1)}.` }
}
