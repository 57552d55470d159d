import { users } from '../../sessions/index.ts'
import { type Workflow, workflow } from '../../workflow/index.ts'
import { CustomerBusy, UserNotFound } from '../errors.ts'
import type { Parts } from '../parts.ts'
import { customerClaims, customers } from '../schema.ts'
import { askStripe, isMissing } from '../stripe/ask-stripe.ts'
import type { Customer } from '../types.ts'
import { claimUsername, releaseClaim } from './claim-username.ts'
import {
  type CustomerDetails,
  customerDetails,
  customerIdOf,
  customerShape,
  stripeCustomerOf,
  toCustomer,
} from './customer.ts'

/** Stripe's clock and ours may differ by this much. */
const CLOCK_SKEW_S = 300
const MAX_CANDIDATES = 100

export type CreateCustomerWorkflow = Workflow<typeof customerDetails, typeof customerShape>

/** The user, the customer at Stripe and the document that links them: all three, or none. */
export function createCustomerWorkflow(parts: Parts): CreateCustomerWorkflow {
  const { store, stripe } = parts
  return workflow({
    name: 'commerce.create-customer',
    version: 1,
    input: customerDetails,
    output: customerShape,
    async run(ctx, details) {
      const claim = await ctx.step('claim-username', {
        do: (context) => claimUsername(parts, details, context),
        undo: async (claim, context) => {
          if (claim) await releaseClaim(parts, claim, context)
        },
      })
      if (!claim) throw new CustomerBusy(details.username)

      const request = stripeCustomerOf(details)
      const created = await ctx.step('create-stripe-customer', {
        request,
        do: async ({ key }) => {
          const { id } = await askStripe(() => stripe.customers.create(request, { idempotencyKey: key }), key)
          return { id }
        },
        resolve: ({ firstTriedAt }) => findStrayCustomer(parts, details.email, firstTriedAt),
        undo: ({ id }) => deleteStripeCustomer(parts, id),
      })

      return ctx.step('link', {
        do: (context) =>
          store.transaction(async (tx) => {
            await context.guard(tx)
            const id = customerIdOf(claim.userId)
            const linked = await tx.collection(customers).get(id)
            if (linked?.stripeCustomerId === created.id) return toCustomer(linked)
            const user = await tx.collection(users).get(claim.userId)
            if (!user) throw new UserNotFound(details.username)
            await tx.collection(customerClaims).delete(claim.userId)
            return toCustomer(await tx.collection(customers).insert(linkOf(id, user, created.id, details)))
          }),
      })
    },
  })
}

/** A repeated deletion finds nothing, which is as good. */
export async function deleteStripeCustomer({ stripe }: Parts, id: string): Promise<void> {
  try {
    await askStripe(() => stripe.customers.del(id))
  } catch (error) {
    if (!isMissing(error)) throw error
  }
}

/** A customer at Stripe that this run may have made without learning of it: the same e-mail, made since, linked by nobody. */
async function findStrayCustomer(
  { store, stripe }: Parts,
  email: string,
  firstTriedAt: string,
): Promise<{ id: string } | null> {
  const gte = Math.floor(Date.parse(firstTriedAt) / 1000) - CLOCK_SKEW_S
  const { data } = await askStripe(() => stripe.customers.list({ email, created: { gte }, limit: MAX_CANDIDATES }))
  for (const { id } of data) {
    if (!(await store.collection(customers).findOne({ stripeCustomerId: id }))) return { id }
  }
  return null
}

function linkOf(
  id: string,
  user: { readonly id: string; readonly username: string },
  stripeCustomerId: string,
  details: CustomerDetails,
): Omit<Customer, 'createdAt'> {
  return {
    id,
    userId: user.id,
    username: user.username,
    email: details.email,
    stripeCustomerId,
    firstName: details.firstName ?? null,
    lastName: details.lastName ?? null,
    phone: details.phone ?? null,
    address: details.address ?? null,
  }
}
