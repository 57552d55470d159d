import type Stripe from 'stripe'
import { StripeUnavailable } from '../errors.ts'
import type { Parts } from '../parts.ts'
import { askStripe } from '../stripe/ask-stripe.ts'
import { type Range, readList } from '../stripe/read-list.ts'
import { addUp, type PaymentFacts, paymentFacts } from './payment-facts.ts'

/** Refunds, and disputes, of one payment that are read at most. */
const MOST = 1_000

/**
 * Reads a checkout session, its payment and all refunds and disputes of it from Stripe. Lists may lag behind what was
 * done; an object that is asked for by its id does not, so they are held against the charge.
 * @param known disputes that have been heard of
 * @throws StripeUnavailable while a list lacks what the charge says there is
 */
export async function readPayment(
  { stripe }: Pick<Parts, 'stripe'>,
  sessionId: string,
  known: readonly string[] = [],
): Promise<PaymentFacts> {
  const expand = ['payment_intent.latest_charge']
  const session = await askStripe(() => stripe.checkout.sessions.retrieve(sessionId, { expand }))
  const charge = chargeOf(session)
  if (!charge || session.payment_status !== 'paid') return paymentFacts(session, [], [])
  const [refunds, disputes] = await Promise.all([readRefunds(stripe, charge), disputesOf(stripe, charge, known)])
  return paymentFacts(session, refunds, disputes)
}

function chargeOf({ payment_intent: intent }: Stripe.Checkout.Session): Stripe.Charge | null {
  const charge = typeof intent === 'object' ? intent?.latest_charge : null
  return typeof charge === 'object' ? (charge ?? null) : null
}

/**
 * All refunds of a charge, as it was read before by its id.
 * @throws StripeUnavailable while the list lacks what the charge says there is
 */
export async function readRefunds(stripe: Stripe, charge: Stripe.Charge): Promise<readonly Stripe.Refund[]> {
  const read = (range: Range) => stripe.refunds.list({ charge: charge.id, ...range })
  const list = await Array.fromAsync(readList('refunds of one payment', MOST, read))
  if (addUp(charge, list) === 'whole') return list
  // One that is listed may have failed since: each says so itself.
  const refunds: Stripe.Refund[] = []
  for (const { id } of list) refunds.push(await askStripe(() => stripe.refunds.retrieve(id)))
  if (addUp(charge, refunds) === 'lagging') throw new StripeUnavailable('its list of refunds lags behind')
  return refunds
}

async function disputesOf(
  stripe: Stripe,
  charge: Stripe.Charge,
  known: readonly string[],
): Promise<readonly Stripe.Dispute[]> {
  const read = (range: Range) => stripe.disputes.list({ charge: charge.id, ...range })
  const list = await Array.fromAsync(readList('disputes of one payment', MOST, read))
  const disputes = [...list]
  for (const id of new Set(known))
    if (!list.some((dispute) => dispute.id === id)) disputes.push(await askStripe(() => stripe.disputes.retrieve(id)))
  if (charge.disputed && disputes.length === 0) throw new StripeUnavailable('its list of disputes lags behind')
  return disputes
}
