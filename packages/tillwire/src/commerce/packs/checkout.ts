import type { DocumentOf } from '../../store/index.ts'
import type { checkouts } from '../schema.ts'
import type { PaymentFacts } from './payment-facts.ts'

export type Checkout = DocumentOf<typeof checkouts>

/** Why a payment does not fit the checkout that it names; null when it does. */
export function mismatchOf(checkout: Checkout, facts: PaymentFacts): string | null {
  const { price, stripeSessionId, payment } = checkout
  const { session, currency, total, asked, discount } = facts
  if (facts.payment === null) return 'it has no payment intent'
  if (stripeSessionId !== undefined && stripeSessionId !== session) return 'another session was opened for it'
  // Less than the price is paid only in the session that was opened for it, and only by a coupon of Stripe's.
  const isDiscounted = stripeSessionId === session && asked === price.amount && total === price.amount - discount
  if (currency !== price.currency || (total !== price.amount && !isDiscounted))
    return `${total} ${currency} were paid where ${price.amount} ${price.currency} were asked`
  if (payment !== undefined && payment !== facts.payment) return `${payment} has paid it already`
  return null
}

/**
 * How many of a pack's microcredits are to be taken back in all once `back` of what was paid for it has
 * gone back or is disputed: its share, rounded down, and all of them when it is all.
 */
export function creditsToReverse({ credits, paid }: { readonly credits: number; readonly paid: number }, back: number) {
  return paid === 0 ? 0 : Number((BigInt(credits) * BigInt(Math.min(back, paid))) / BigInt(paid))
}
