import type Stripe from 'stripe'
import { idOf } from '../stripe/id-of.ts'

/** What Stripe says of a checkout session and its payment, its refunds and disputes, at one time. Amounts in minor units. */
export interface PaymentFacts {
  readonly session: string
  /** `processing`: a method that takes days. `free`: there was nothing to pay. `failed`: such a method has failed. */
  readonly state: 'open' | 'processing' | 'paid' | 'free' | 'failed' | 'expired'
  /** The payment intent, or the session itself where nothing was to be paid. */
  readonly payment: string | null
  readonly currency: string | null
  /** What was to be paid in the end, what was asked before that, and what coupons took off. */
  readonly total: number | null
  readonly asked: number | null
  readonly discount: number
  /** What is gone back, or on its way back, to whoever paid. */
  readonly refunded: number
  /** What a bank has taken for a dispute, and not given back. */
  readonly disputed: number
  /** Why it failed, in Stripe's words. */
  readonly failure: string | null
}

/** Reads the facts from Stripe's objects. The session's payment intent has to be expanded. */
export function paymentFacts(
  session: Stripe.Checkout.Session,
  refunds: readonly Stripe.Refund[],
  disputes: readonly Stripe.Dispute[],
): PaymentFacts {
  const { id, currency, amount_total: total, amount_subtotal: asked, total_details: details } = session
  const intent = typeof session.payment_intent === 'object' ? session.payment_intent : null
  const state = stateOf(session, intent)
  return {
    session: id,
    state,
    payment: state === 'free' ? id : idOf(session.payment_intent),
    currency,
    total,
    asked,
    discount: details?.amount_discount ?? 0,
    refunded: sum(refunds.filter(({ status }) => !FAILED_REFUND.has(status)).map(({ amount }) => amount)),
    disputed: sum(disputes.map((dispute) => takenBy(dispute, currency, total ?? 0))),
    failure: intent?.last_payment_error?.message ?? null,
  }
}

function stateOf(session: Stripe.Checkout.Session, intent: Stripe.PaymentIntent | null): PaymentFacts['state'] {
  if (session.payment_status === 'paid') return 'paid'
  if (session.status === 'expired') return 'expired'
  if (session.status !== 'complete') return 'open'
  if (session.payment_status === 'no_payment_required') return 'free'
  // A payment that is over and not paid asks for another method, which nobody gives to a completed session.
  return intent?.status === 'requires_payment_method' || intent?.status === 'canceled' ? 'failed' : 'processing'
}

const FAILED_REFUND: ReadonlySet<string | null> = new Set(['failed', 'canceled'])

/** Disputes in these states hold no money: it was given back, or never taken (an inquiry, one that was prevented). */
const HOLDS_NOTHING: ReadonlySet<string> = new Set([
  'won',
  'prevented',
  'warning_needs_response',
  'warning_under_review',
  'warning_closed',
])

/** A dispute in another currency than the payment's is of an amount that cannot be compared: it counts as all of it. */
function takenBy({ status, amount, currency }: Stripe.Dispute, paidIn: string | null, total: number): number {
  if (HOLDS_NOTHING.has(status)) return 0
  return currency === paidIn ? amount : total
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0)
}
