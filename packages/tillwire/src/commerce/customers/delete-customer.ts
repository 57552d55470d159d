import { z } from 'zod'
import { type Workflow, workflow } from '../../workflow/index.ts'
import type { Parts } from '../parts.ts'
import { customers } from '../schema.ts'
import { findBuyer } from './for-customer.ts'
import { deleteStripeCustomer } from './stripe-customer.ts'

const input = z.object({ customerId: z.string() })
const output = z.null()

export type DeleteCustomerWorkflow = Workflow<typeof input, typeof output>

/** The customer at Stripe with its cards, then the link to it. The user stays, with credits and sessions. */
export function deleteCustomerWorkflow(parts: Parts): DeleteCustomerWorkflow {
  return workflow({
    name: 'commerce.delete-customer',
    version: 2,
    input,
    output,
    async run(ctx, { customerId }) {
      const { stripeCustomerId } = await ctx.step('find-customer', { do: () => findBuyer(parts, customerId) })
      await ctx.step('delete-stripe-customer', {
        irreversible: true,
        do: () => deleteStripeCustomer(parts, stripeCustomerId),
      })
      await ctx.step('unlink', {
        do: (context) =>
          parts.store.transaction(async (tx) => {
            await context.guard(tx)
            const customer = await tx.collection(customers).get(customerId)
            if (customer?.stripeCustomerId === stripeCustomerId) await tx.collection(customers).delete(customerId)
          }),
      })
      return null
    },
  })
}
