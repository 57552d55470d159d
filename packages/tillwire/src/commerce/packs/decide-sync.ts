import { PaymentMismatch } from '../errors.ts'
import { type Checkout, creditsToReverse, mismatchOf } from './checkout.ts'
import type { PaymentFacts } from './payment-facts.ts'

/** What has to be done so that a checkout and its credits are what Stripe says; `next` is the checkout after it. */
export type SyncStep =
  | { readonly kind: 'nothing' }
  /** No credits move. Where they could have, it is written all the same: so that an older reading is not acted on. */
  | { readonly kind: 'record'; readonly next: Checkout }
  | { readonly kind: 'grant'; readonly next: Checkout; readonly payment: string; readonly more: boolean }
  | { readonly kind: 'reverse' | 'restore'; readonly next: Checkout; readonly move: CreditMove }

export interface CreditMove {
  readonly payment: string
  /** Microcredits, above zero. */
  readonly amount: number
  readonly key: string
  readonly reason: 'refund' | 'dispute'
}

/**
 * Decides the next step from what the checkout says and what Stripe says. The totals count, not what single
 * events told: whatever order they come in, and however often, the end is the same.
 * @throws PaymentMismatch when the payment is not what the checkout asked for
 */
export function decideSync(checkout: Checkout, facts: PaymentFacts, now: string): SyncStep {
  const { state, payment } = facts
  if (state !== 'paid' && state !== 'free') return decideUnpaid(checkout, facts)
  const mismatch = mismatchOf(checkout, facts)
  if (mismatch !== null || payment === null)
    throw new PaymentMismatch(checkout.id, payment, mismatch ?? 'it has no payment intent')
  if (checkout.status === 'paid') return decideReversal(checkout, facts, payment)
  const paid = facts.total ?? 0
  const { failure: _, ...kept } = checkout
  const next: Checkout = { ...kept, status: 'paid', payment, paid, paidAt: now }
  const due = creditsToReverse({ credits: checkout.credits, paid }, facts.refunded + facts.disputed)
  return { kind: 'grant', next, payment, more: due > 0 }
}

function decideUnpaid(checkout: Checkout, { state, failure, session }: PaymentFacts): SyncStep {
  const isOurs = checkout.stripeSessionId === undefined || checkout.stripeSessionId === session
  if (!isOurs || checkout.status === 'paid' || state === checkout.status) return { kind: 'nothing' }
  switch (state) {
    case 'processing':
      return { kind: 'record', next: { ...checkout, status: 'processing' } }
    case 'failed':
      return { kind: 'record', next: { ...checkout, status: 'failed', failure: failure ?? 'the payment failed' } }
    case 'expired':
      return { kind: 'record', next: { ...checkout, status: 'expired' } }
    default:
      return { kind: 'nothing' }
  }
}

function decideReversal(checkout: Checkout, facts: PaymentFacts, payment: string): SyncStep {
  const { credits, reversed, moves } = checkout
  const paid = checkout.paid ?? checkout.price.amount
  const refunded = Math.min(facts.refunded, paid)
  const disputed = Math.min(facts.disputed, paid)
  const due = creditsToReverse({ credits, paid }, refunded + disputed)
  const next: Checkout = { ...checkout, refunded, disputed, disputes: [...facts.disputes], reversed: due }
  if (due === reversed) return { kind: 'record', next }
  const move = {
    payment,
    amount: Math.abs(due - reversed),
    key: `payment:${payment}:${moves + 1}`,
    reason: disputed === checkout.disputed ? 'refund' : 'dispute',
  } as const
  return { kind: due > reversed ? 'reverse' : 'restore', next: { ...next, moves: moves + 1 }, move }
}
