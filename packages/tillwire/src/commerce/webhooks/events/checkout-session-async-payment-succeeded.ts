import type { EventHandler } from '../event-handler.ts'
import { checkoutSessionCompleted } from './checkout-session-completed.ts'

/** A payment that took its time has come in. */
export const checkoutSessionAsyncPaymentSucceeded: EventHandler = {
  ...checkoutSessionCompleted,
  type: 'checkout.session.async_payment_succeeded',
}
