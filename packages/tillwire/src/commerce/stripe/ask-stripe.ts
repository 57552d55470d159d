import Stripe from 'stripe'
import { InternalError } from '../../core/index.ts'
import { KeySpent, neverConnected } from '../../workflow/index.ts'
import { AuthenticationRequired, CardDeclined, StripeRefused, StripeUnavailable } from '../errors.ts'

const { errors } = Stripe
/** How Stripe says that an object is in test mode and the key in live mode, or the other way round. */
const OTHER_MODE = /a similar object exists in (test|live) mode/i

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

/** Whether Stripe says that there is no such object (any more); `param` names it where the request names others too. */
export function isMissing(error: unknown, param?: string): boolean {
  if (!StripeRefused.is(error) || error.details.stripeCode !== 'resource_missing') return false
  return param === undefined || error.details.param === param
}

function translate(error: unknown, key: string | undefined): unknown {
  if (!(error instanceof errors.StripeError)) return error
  if (error instanceof errors.StripeCardError) return cardError(error)
  if (error.code === 'idempotency_key_in_use' || error.statusCode === 409)
    return new StripeUnavailable('it is still at work on this request', error)
  if (error instanceof errors.StripeIdempotencyError)
    return new InternalError('A key was used at Stripe for two different requests.', { cause: error })
  if (error instanceof errors.StripeInvalidRequestError) {
    // What is there in the other mode is not gone: the key is the wrong one.
    if (OTHER_MODE.test(error.message)) return refusal(`${error.message} Check STRIPE_SECRET_KEY.`, error, 'wrong_mode')
    return refusal(error.message, error)
  }
  if (error instanceof errors.StripeAuthenticationError || error instanceof errors.StripePermissionError)
    return refusal('the secret key is not valid for this. Check STRIPE_SECRET_KEY.', error)
  if (key !== undefined && (error.statusCode ?? 0) >= 500 && error.headers?.['idempotent-replayed'] === 'true')
    return new KeySpent(key, unavailable(error))
  if (wasNotSent(error)) return new StripeUnavailable('no connection was made', error, { happened: false })
  return unavailable(error)
}

function unavailable(error: Stripe.errors.StripeError): StripeUnavailable {
  return new StripeUnavailable(error.statusCode ? `it answered ${error.statusCode}` : 'no answer came', error)
}

/**
 * Whether no connection was made, and this was the first try: Stripe's client sends a request again whose connection
 * was closed, and says so in its message alone. Under other words it counts as sent.
 */
function wasNotSent(error: Stripe.errors.StripeError): boolean {
  return (
    error instanceof errors.StripeConnectionError &&
    error.message === 'An error occurred with our connection to Stripe.' &&
    neverConnected(error.detail)
  )
}

function cardError(error: Stripe.errors.StripeCardError): CardDeclined | AuthenticationRequired {
  const paymentIntent = error.payment_intent?.id ?? null
  if (error.code === 'authentication_required') return new AuthenticationRequired({ paymentIntent }, error)
  const declineCode = error.decline_code ?? error.code ?? 'generic_decline'
  return new CardDeclined(error.message, { declineCode, paymentIntent }, error)
}

function refusal(message: string, error: Stripe.errors.StripeError, code = error.code): StripeRefused {
  const details = { stripeCode: code ?? null, param: error.param ?? null, status: error.statusCode ?? null }
  return new StripeRefused(message, details, error)
}
