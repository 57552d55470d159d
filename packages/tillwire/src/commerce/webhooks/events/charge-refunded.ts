import { idOf } from '../../packs/grant-purchase.ts'
import { reverseRefunds } from '../../packs/reverse-refunds.ts'
import { askStripe } from '../../stripe/ask-stripe.ts'
import type { EventHandler } from '../event-handler.ts'

/** Money of a charge went back, from here or from Stripe's dashboard. */
export const chargeRefunded: EventHandler = {
  type: 'charge.refunded',
  async handle(parts, id, mark) {
    const charge = await askStripe(() => parts.stripe.charges.retrieve(id))
    const payment = idOf(charge.payment_intent)
    if (payment !== null) await reverseRefunds(parts, payment, mark)
  },
}
