import type { EventHandler } from './event-handler.ts'
import { chargeRefunded } from './events/charge-refunded.ts'
import { checkoutSessionAsyncPaymentSucceeded } from './events/checkout-session-async-payment-succeeded.ts'
import { checkoutSessionCompleted } from './events/checkout-session-completed.ts'
import { checkoutSessionExpired } from './events/checkout-session-expired.ts'
import { refundCreated } from './events/refund-created.ts'
import { refundUpdated } from './events/refund-updated.ts'

const handlers: readonly EventHandler[] = [
  checkoutSessionCompleted,
  checkoutSessionAsyncPaymentSucceeded,
  checkoutSessionExpired,
  chargeRefunded,
  refundCreated,
  refundUpdated,
]

/** The types of events that something is done about. */
export const handledTypes: readonly string[] = handlers.map(({ type }) => type)

/** Null for a type that nothing is done about. */
export function handlerOf(type: string): EventHandler | null {
  return handlers.find((handler) => handler.type === type) ?? null
}
