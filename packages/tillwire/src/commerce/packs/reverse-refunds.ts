import { invariant, microcredits, observed } from '../../core/index.ts'
import { replace, VersionConflict, type Write } from '../../store/index.ts'
import type { Parts } from '../parts.ts'
import { checkouts } from '../schema.ts'
import { askStripe } from '../stripe/ask-stripe.ts'
import { creditsToReverse } from './checkout.ts'

const MAX_RACES = 5

/**
 * Takes back the credits of what has been refunded of a payment by now. The total at Stripe counts,
 * not the single refund, so that it is safe to repeat, in any order, from any process.
 * @param mark a write that is done in the same commit
 */
export async function reverseRefunds(parts: Parts, payment: string, mark?: Write): Promise<void> {
  const { store, credits, observer } = parts
  for (let race = 1; ; race++) {
    const checkout = await store.collection(checkouts).findOne({ payment })
    if (!checkout) return
    const refunded = await refundedOf(parts, payment)
    const reversed = creditsToReverse(checkout, refunded)
    if (reversed <= checkout.reversed) return
    const purchase = await credits.findPurchase(payment)
    invariant(purchase, `checkout ${checkout.id} is paid by ${payment}, which has no grant`)
    const changed = { ...checkout, refunded, reversed }
    const write = replace(checkouts, checkout.id, changed, { ifVersion: checkout.version })
    try {
      await observed(observer, { record: 'reverse', payment }, () =>
        credits.reverse({
          grant: purchase.grant,
          amount: microcredits(reversed - checkout.reversed),
          key: `refund:${payment}:${refunded}`,
          reason: 'refund',
          also: { writes: mark ? [write, mark] : [write] },
        }),
      )
      return
    } catch (error) {
      if (!VersionConflict.is(error) || race >= MAX_RACES) throw error
    }
  }
}

/** How much of a payment has been refunded, in its currency's minor unit. */
async function refundedOf({ stripe }: Parts, payment: string): Promise<number> {
  const intent = await askStripe(() => stripe.paymentIntents.retrieve(payment, { expand: ['latest_charge'] }))
  const charge = intent.latest_charge
  return charge !== null && typeof charge === 'object' ? charge.amount_refunded : 0
}
