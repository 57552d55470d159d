import Stripe from 'stripe'
import { describe, expect, it } from 'vitest'
import { askStripe, isMissing } from './ask-stripe.ts'

const { errors } = Stripe
const raised = (error: unknown, key?: string) => askStripe(() => Promise.reject(error), key).catch((reason) => reason)
const missing = (message: string, param = 'customer') =>
  new errors.StripeInvalidRequestError({
    type: 'invalid_request_error',
    code: 'resource_missing',
    message,
    param,
  } as never)

describe('an error of Stripe', () => {
  it('that the first of two requests is still under way says nothing about what becomes of it', async () => {
    const raw = { type: 'idempotency_error', code: 'idempotency_key_in_use', message: 'in use', statusCode: 409 }
    const error = await raised(new errors.StripeIdempotencyError(raw as never), 'k')
    expect(error).toMatchObject({ code: 'stripe_unavailable', retryable: true })
  })

  it('that a key was used for another request is a bug of ours', async () => {
    const raw = { type: 'idempotency_error', message: 'other parameters', statusCode: 400 }
    expect(await raised(new errors.StripeIdempotencyError(raw as never), 'k')).toMatchObject({ code: 'internal' })
  })

  it('tells what is gone from what is there in the other mode', async () => {
    const gone = await raised(missing("No such customer: 'cus_1'"))
    expect([isMissing(gone), isMissing(gone, 'customer'), isMissing(gone, 'price')]).toEqual([true, true, false])
    const other = await raised(
      missing(
        "No such customer: 'cus_1'; a similar object exists in live mode, but a test mode key was used to make this request.",
      ),
    )
    expect(isMissing(other)).toBe(false)
    expect(other).toMatchObject({ code: 'stripe_refused', message: expect.stringContaining('STRIPE_SECRET_KEY') })
  })
})
