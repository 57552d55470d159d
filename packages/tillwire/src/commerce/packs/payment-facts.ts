import type Stripe from 'stripe'
import { keptText } from '../plain-text.ts'
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
  /** The ids of all disputes. */
  readonly disputes: readonly string[]
  /** Why it failed, in Stripe's words. */
  readonly failure: string | null
}

/** Reads the facts from Stripe's objects. The session's payment intent has to be expanded, for why it failed. */
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
    refunded: sum(refunds.filter(isGoingBack)),
    disputed: disputes.reduce((taken, dispute) => taken + takenBy(dispute, currency, total ?? 0), 0),
    disputes: disputes.map((dispute) => dispute.id),
    failure: keptText(intent?.last_payment_error?.message ?? '') || null,
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

/** Whether a refund has reached who paid, or is on its way. */
function isGoingBack({ status }: Stripe.Refund): boolean {
  return status !== 'failed' && status !== 'canceled'
}

function sum(refunds: readonly Stripe.Refund[]): number {
  return refunds.reduce((total, { amount }) => total + amount, 0)
}

/**
 * Whether refunds add up to what their charge says. It still counts those that failed while they are being booked
 * back, and may not count yet those that are pending; when it counts more than all of them, the list lags behind.
 */
export function addUp(charge: Stripe.Charge, refunds: readonly Stripe.Refund[]): 'whole' | 'odd' | 'lagging' {
  const [going, all] = [sum(refunds.filter(isGoingBack)), sum(refunds)]
  if (charge.amount_refunded === going) return 'whole'
  return charge.amount_refunded > all ? 'lagging' : 'odd'
}
