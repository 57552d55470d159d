import type Stripe from 'stripe'
import { grants } from '../credits/index.ts'
import { type Checkout, creditsToReverse, mismatchOf } from './packs/checkout.ts'
import { idOf } from './packs/grant-purchase.ts'
import type { Parts } from './parts.ts'
import { checkouts } from './schema.ts'
import { askStripe, isMissing } from './stripe/ask-stripe.ts'
import type { Commerce } from './types.ts'

const PAGE = 100
/** Checkout sessions that are looked through, the newest first. */
const MAX_SESSIONS = 10_000

type Problem = Awaited<ReturnType<Commerce['check']>>['problems'][number]

/** What a payment intent has come to. */
interface Paid {
  readonly received: number
  readonly refunded: number
}

/** Compares payments at Stripe with grants in the ledger, both ways. Reads only. */
export async function checkPayments(parts: Parts): ReturnType<Commerce['check']> {
  const problems: Problem[] = []
  const seen = new Map<string, Paid>()
  let sessions = 0
  for await (const session of paidSessions(parts)) {
    sessions++
    const intent = session.payment_intent
    if (intent !== null && typeof intent === 'object') seen.set(intent.id, paidOf(intent))
    problems.push(...(await checkSession(parts, session)))
  }
  let purchases = 0
  for await (const grant of purchaseGrants(parts)) {
    purchases++
    problems.push(...(await checkGrant(parts, grant, seen)))
  }
  return { problems, checked: { payments: sessions, purchases } }
}

/** A payment of ours must have been granted. */
async function checkSession(parts: Parts, session: Stripe.Checkout.Session): Promise<Problem[]> {
  const checkout = await parts.store.collection(checkouts).get(session.client_reference_id ?? '')
  if (!checkout) return []
  const paymentIntent = idOf(session.payment_intent)
  const { id, amount_total: amount, currency } = session
  const mismatch = mismatchOf(checkout, { session: id, paymentIntent, amount, currency })
  if (mismatch !== null) return [problem('payment_mismatch', checkout, mismatch)]
  if (paymentIntent !== null && (await parts.credits.findPurchase(paymentIntent))) return []
  return [
    problem('payment_not_granted', checkout, `payment ${paymentIntent} was made, and its credits were not granted`),
  ]
}

/** A grant that names a payment must have been paid for, and what was refunded must have been taken back. */
async function checkGrant(parts: Parts, grant: PurchaseGrant, seen: ReadonlyMap<string, Paid>): Promise<Problem[]> {
  const { payment } = grant
  const checkout = await parts.store.collection(checkouts).findOne({ payment })
  if (!checkout) return [problem('grant_without_checkout', grant, `no checkout was paid by ${payment}`)]
  const paid = seen.get(payment) ?? (await readPayment(parts, payment))
  if (!paid) return [problem('grant_without_payment', grant, `Stripe has no payment ${payment}`)]
  const found: Problem[] = []
  if (paid.received !== checkout.price.amount)
    found.push(problem('grant_without_payment', grant, `${paid.received} of ${checkout.price.amount} were received`))
  if (grant.amount !== checkout.credits)
    found.push(problem('grant_differs', grant, `${grant.amount} microcredits were granted of ${checkout.credits}`))
  const due = creditsToReverse(checkout, paid.refunded)
  if (grant.reversed < due)
    found.push(
      problem('refund_not_reversed', grant, `${due} microcredits are to be taken back, ${grant.reversed} were`),
    )
  return found
}

async function* paidSessions({ stripe }: Parts): AsyncIterable<Stripe.Checkout.Session> {
  let after: string | undefined
  for (let read = 0; read < MAX_SESSIONS; read += PAGE) {
    const request: Stripe.Checkout.SessionListParams = {
      status: 'complete',
      limit: PAGE,
      expand: ['data.payment_intent.latest_charge'],
      ...(after !== undefined && { starting_after: after }),
    }
    const page = await askStripe(() => stripe.checkout.sessions.list(request))
    yield* page.data.filter((session) => session.payment_status === 'paid')
    after = page.data.at(-1)?.id
    if (!page.has_more) return
  }
}

interface PurchaseGrant {
  readonly id: string
  readonly payment: string
  readonly amount: number
  readonly reversed: number
}

async function* purchaseGrants({ store }: Parts): AsyncIterable<PurchaseGrant> {
  let after: string | undefined
  do {
    const page = await store.collection(grants).find({ where: { 'source.kind': 'purchase' }, limit: PAGE, after })
    for (const { id, amount, reversed, source } of page.items)
      yield { id, amount, reversed, payment: source.payment ?? '' }
    after = page.next ?? undefined
  } while (after !== undefined)
}

/** A payment that was not among the sessions that were read. */
async function readPayment({ stripe }: Parts, payment: string): Promise<Paid | null> {
  try {
    return paidOf(await askStripe(() => stripe.paymentIntents.retrieve(payment, { expand: ['latest_charge'] })))
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

function paidOf({ amount_received, latest_charge }: Stripe.PaymentIntent): Paid {
  const refunded = latest_charge !== null && typeof latest_charge === 'object' ? latest_charge.amount_refunded : 0
  return { received: amount_received, refunded }
}

function problem(code: string, { id }: { readonly id: Checkout['id'] }, message: string): Problem {
  return { code, id, message: `${message[0]?.toUpperCase()}${message.slice(1)}.` }
}
