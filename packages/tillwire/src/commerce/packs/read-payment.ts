import type { Parts } from '../parts.ts'
import { askStripe } from '../stripe/ask-stripe.ts'
import { idOf } from '../stripe/id-of.ts'
import { readList } from '../stripe/read-list.ts'
import { type PaymentFacts, paymentFacts } from './payment-facts.ts'

/** Refunds, and disputes, of one payment that are read at most. */
const MOST = 1_000

/** Reads a checkout session, its payment and all refunds and disputes of it from Stripe. */
export async function readPayment({ stripe }: Pick<Parts, 'stripe'>, sessionId: string): Promise<PaymentFacts> {
  const session = await askStripe(() => stripe.checkout.sessions.retrieve(sessionId, { expand: ['payment_intent'] }))
  const payment_intent = idOf(session.payment_intent)
  if (payment_intent === null || session.payment_status !== 'paid') return paymentFacts(session, [], [])
  const [refunds, disputes] = await Promise.all([
    Array.fromAsync(
      readList('refunds of one payment', MOST, (range) => stripe.refunds.list({ payment_intent, ...range })),
    ),
    Array.fromAsync(
      readList('disputes of one payment', MOST, (range) => stripe.disputes.list({ payment_intent, ...range })),
    ),
  ])
  return paymentFacts(session, refunds, disputes)
}
