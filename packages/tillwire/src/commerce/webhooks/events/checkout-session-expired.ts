import type { EventHandler } from '../event-handler.ts'
import { checkoutSessionCompleted } from './checkout-session-completed.ts'

/** Nobody paid in time. */
export const checkoutSessionExpired: EventHandler = { ...checkoutSessionCompleted, type: 'checkout.session.expired' }
