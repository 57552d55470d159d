import type { EventHandler } from '../handlers.ts'
import { checkoutSessionCompleted } from './checkout-session-completed.ts'

/** Nobody paid in time. */
export const checkoutSessionExpired: EventHandler = { ...checkoutSessionCompleted, type: 'checkout.session.expired' }
