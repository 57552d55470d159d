import Stripe from 'stripe'
import { InternalError } from '../../core/index.ts'
import { KeySpent } from '../../workflow/index.ts'
import { AuthenticationRequired, CardDeclined, StripeRefused, StripeUnavailable } from '../errors.ts'

const { errors } = Stripe

/**
 * Asks Stripe, and turns its errors into ours. Give `key` with a request that carries an
 * idempotency key.
 * @throws CardDeclined, AuthenticationRequired, StripeRefused when it certainly did not happen
 * @throws StripeUnavailable when nobody knows; KeySpent when this key brings back a stored server error
 */
export async function askStripe<T>(request: () => Promise<T>, key?: string): Promise<T> {
  try {
    return await request()
  } catch (error) {
    throw translate(error, key)
  }
}

/** Whether Stripe says that there is no such object (any more). */
export function isMissing(error: unknown): boolean {
  return StripeRefused.is(error) && error.details.stripeCode === 'resource_missing'
}

function translate(error: unknown, key: string | undefined): unknown {
  if (!(error instanceof errors.StripeError)) return error
  if (error instanceof errors.StripeCardError) return cardError(error)
  if (error instanceof errors.StripeIdempotencyError)
    return new InternalError('A key was used at Stripe for two different requests.', { cause: error })
  if (error instanceof errors.StripeInvalidRequestError) return refusal(error.message, error)
  if (error instanceof errors.StripeAuthenticationError || error instanceof errors.StripePermissionError)
    return refusal('the secret key is not valid for this. Check STRIPE_SECRET_KEY.', error)
  if (key !== undefined && (error.statusCode ?? 0) >= 500 && error.headers?.['idempotent-replayed'] === 'true')
    return new KeySpent(key, error)
  return new StripeUnavailable(error.statusCode ? `it answered ${error.statusCode}` : 'no answer came', error)
}

function cardError(error: Stripe.errors.StripeCardError): CardDeclined | AuthenticationRequired {
  const paymentIntent = error.payment_intent?.id ?? null
  if (error.code === 'authentication_required') return new AuthenticationRequired({ paymentIntent }, error)
  const declineCode = error.decline_code ?? error.code ?? 'generic_decline'
  return new CardDeclined(error.message, { declineCode, paymentIntent }, error)
}

function refusal(message: string, error: Stripe.errors.StripeError): StripeRefused {
  const details = { stripeCode: error.code ?? null, param: error.param ?? null, status: error.statusCode ?? null }
  return new StripeRefused(message, details, error)
}
