import { users } from '../../sessions/index.ts'
import { type Workflow, workflow } from '../../workflow/index.ts'
import { CustomerBusy, UserNotFound } from '../errors.ts'
import type { Parts } from '../parts.ts'
import { customerClaims, customers } from '../schema.ts'
import type { Customer } from '../types.ts'
import { claimUsername, releaseClaim } from './claim-username.ts'
import { type CustomerDetails, customerDetails, customerIdOf, customerShape, toCustomer } from './customer.ts'
import { stripeCustomerOf, stripeCustomerStep } from './stripe-customer.ts'

export type CreateCustomerWorkflow = Workflow<typeof customerDetails, typeof customerShape>

/** The user, the customer at Stripe and the document that links them: all three, or none. */
export function createCustomerWorkflow(parts: Parts): CreateCustomerWorkflow {
  const { store } = parts
  return workflow({
    name: 'commerce.create-customer',
    version: 2,
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

      const request = stripeCustomerOf(details, ctx.runId)
      const created = await ctx.step('create-stripe-customer', stripeCustomerStep(parts, request))

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
