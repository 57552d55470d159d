import { idOf } from '../../packs/grant-purchase.ts'
import { reverseRefunds } from '../../packs/reverse-refunds.ts'
import { askStripe } from '../../stripe/ask-stripe.ts'
import type { EventHandler } from '../event-handler.ts'

/** A refund was begun. */
export const refundCreated: EventHandler = {
  type: 'refund.created',
  async handle(parts, id, mark) {
    const refund = await askStripe(() => parts.stripe.refunds.retrieve(id))
    const payment = idOf(refund.payment_intent)
    if (payment !== null) await reverseRefunds(parts, payment, mark)
  },
}
