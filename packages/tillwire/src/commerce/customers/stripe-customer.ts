import type Stripe from 'stripe'
import type { Step, StepContext } from '../../workflow/index.ts'
import type { Parts } from '../parts.ts'
import { customers } from '../schema.ts'
import { askStripe, isMissing } from '../stripe/ask-stripe.ts'
import { findInList, lookTwice, searchFrom } from '../stripe/look-up.ts'
import type { CustomerDetails } from './customer.ts'

/** The request that makes a customer at Stripe; `reference` says who made it, and no two of them have the same. */
export type StripeCustomerRequest = Stripe.CustomerCreateParams & {
  readonly email: string
  readonly description: string
}

/**
 * The request for a customer at Stripe. Stripe keeps no reference field for customers, so their description is the
 * id of the run that makes them: it was written before the call, and nobody else has it.
 */
export function stripeCustomerOf(details: CustomerDetails, runId: string): StripeCustomerRequest {
  const fullName = [details.firstName, details.lastName].filter(Boolean).join(' ')
  return {
    email: details.email,
    description: runId,
    ...(fullName && { name: fullName }),
    ...(details.phone && { phone: details.phone }),
    ...(details.address && { address: stripeAddressOf(details.address) }),
    ...(details.shipping && {
      shipping: { ...details.shipping, address: stripeAddressOf(details.shipping.address) },
    }),
  }
}

/** The step that makes a customer at Stripe, once; undone, it deletes that customer and no other. */
export function stripeCustomerStep(parts: Parts, request: StripeCustomerRequest): Step<{ readonly id: string }> {
  return {
    request,
    do: async ({ key }) => {
      const { id } = await askStripe(() => parts.stripe.customers.create(request, { idempotencyKey: key }), key)
      return { id }
    },
    resolve: (context) => lookTwice(() => findMade(parts, request, context), context),
    undo: async ({ id }) => {
      const linked = await parts.store.collection(customers).findOne({ stripeCustomerId: id })
      if (!linked) await deleteStripeCustomer(parts, id)
    },
  }
}

/** A repeated deletion finds nothing, which is as good. */
export async function deleteStripeCustomer({ stripe }: Parts, id: string): Promise<void> {
  try {
    await askStripe(() => stripe.customers.del(id))
  } catch (error) {
    if (!isMissing(error)) throw error
  }
}

/** The customer at Stripe that this run made without learning of it. One with the same address alone is another's. */
async function findMade(
  { stripe }: Parts,
  { email, description }: StripeCustomerRequest,
  context: StepContext,
): Promise<{ readonly id: string } | null> {
  const found = await findInList(
    (page) => stripe.customers.list({ email, created: searchFrom(context), ...page }),
    (customer) => customer.description === description,
    context,
  )
  return found && { id: found.id }
}

function stripeAddressOf({ postalCode, ...address }: NonNullable<CustomerDetails['address']>): Stripe.AddressParam {
  return { ...address, ...(postalCode && { postal_code: postalCode }) }
}
