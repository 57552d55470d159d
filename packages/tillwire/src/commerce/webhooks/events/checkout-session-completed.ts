import { settleCheckout } from '../../packs/grant-purchase.ts'
import { askStripe } from '../../stripe/ask-stripe.ts'
import type { EventHandler } from '../event-handler.ts'

/** Somebody went through a checkout. A payment that takes days is not paid yet, and granted later. */
export const checkoutSessionCompleted: EventHandler = {
  type: 'checkout.session.completed',
  async handle(parts, id, mark) {
    await settleCheckout(parts, await askStripe(() => parts.stripe.checkout.sessions.retrieve(id)), mark)
  },
}
