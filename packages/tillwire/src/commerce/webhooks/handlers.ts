import type { Write } from '../../store/index.ts'
import type { Parts } from '../parts.ts'
import { chargeRefunded } from './events/charge-refunded.ts'
import { checkoutSessionAsyncPaymentSucceeded } from './events/checkout-session-async-payment-succeeded.ts'
import { checkoutSessionCompleted } from './events/checkout-session-completed.ts'
import { checkoutSessionExpired } from './events/checkout-session-expired.ts'
import { refundCreated } from './events/refund-created.ts'
import { refundUpdated } from './events/refund-updated.ts'

/** What is done about one type of event. */
export interface EventHandler {
  readonly type: string
  /**
   * Re-reads the object from Stripe and acts on what it is now: events come late, twice, and out of
   * order. Safe to repeat. May write `mark`, which says that the event is done, together with its effect.
   */
  handle(parts: Parts, objectId: string, mark: Write): Promise<void>
}

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
