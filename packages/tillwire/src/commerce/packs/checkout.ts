import type { DocumentOf } from '../../store/index.ts'
import type { checkouts } from '../schema.ts'
import type { Pack } from '../types.ts'

export type Checkout = DocumentOf<typeof checkouts>

/** What a paid checkout session says, as far as the promise of a checkout can be compared with it. */
export interface Payment {
  readonly session: string
  readonly paymentIntent: string | null
  readonly amount: number | null
  readonly currency: string | null
}

/** Why a payment does not fit the checkout that it names; null when it does. */
export function mismatchOf(checkout: Checkout, payment: Payment): string | null {
  const { price, stripeSessionId } = checkout
  if (payment.paymentIntent === null) return 'it has no payment intent'
  if (stripeSessionId !== undefined && stripeSessionId !== payment.session) return 'another session was opened for it'
  if (payment.amount !== price.amount || payment.currency !== price.currency)
    return `${payment.amount} ${payment.currency} were paid where ${price.amount} ${price.currency} were asked`
  if (checkout.payment !== undefined && checkout.payment !== payment.paymentIntent)
    return `${checkout.payment} has paid it already`
  return null
}

/**
 * How many of a pack's microcredits are to be taken back in all once `refunded` of its price has
 * been refunded: its share, rounded down, and all of them when all is refunded.
 */
export function creditsToReverse(pack: Pick<Pack, 'credits' | 'price'>, refunded: number): number {
  return Number((BigInt(pack.credits) * BigInt(Math.min(refunded, pack.price.amount))) / BigInt(pack.price.amount))
}
