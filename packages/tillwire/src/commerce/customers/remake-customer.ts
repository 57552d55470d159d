import { z } from 'zod'
import type { DocumentOf } from '../../store/index.ts'
import { type StepContext, type Workflow, workflow } from '../../workflow/index.ts'
import { CustomerBusy, CustomerNotFound } from '../errors.ts'
import type { Parts } from '../parts.ts'
import { customerClaims, customers } from '../schema.ts'
import { askStripe, isMissing } from '../stripe/ask-stripe.ts'
import { claimUser, untilClaimed } from './claim-user.ts'
import { releaseClaim } from './claim-username.ts'
import type { CustomerDetails } from './customer.ts'
import { stripeCustomerOf, stripeCustomerStep } from './stripe-customer.ts'

/** Customers at Stripe that a customer had before, of which the last are remembered. */
const MAX_FORMER = 10

const input = z.object({ customerId: z.string(), stripeCustomerId: z.string() })
const output = z.object({ stripeCustomerId: z.string() })

export type RemakeCustomerWorkflow = Workflow<typeof input, typeof output>

/** What came of a claim: the customer at Stripe that there is, or what one is to be made of. */
type Claim =
  | { readonly living: string }
  | { readonly living: null; readonly userId: string; readonly details: CustomerDetails }

/**
 * A customer at Stripe for one that was deleted there, from what we know of the customer, linked in its place. Of many
 * runs one makes it; the others get what it made. Cards and what Stripe alone knew are gone.
 */
export function remakeCustomerWorkflow(parts: Parts): RemakeCustomerWorkflow {
  return workflow({
    name: 'commerce.remake-customer',
    version: 1,
    input,
    output,
    async run(ctx, { customerId, stripeCustomerId: gone }) {
      const claim = await ctx.step('claim-customer', {
        do: (context) => claimGone(parts, customerId, gone, context),
        undo: async (claim, context) => {
          if (claim?.living === null) await releaseClaim(parts, claim, context)
        },
      })
      if (!claim) throw new CustomerBusy(customerId)
      if (claim.living !== null) return { stripeCustomerId: claim.living }
      const request = stripeCustomerOf(claim.details, ctx.runId)
      const { id } = await ctx.step('create-stripe-customer', stripeCustomerStep(parts, request))
      await ctx.step('relink', { do: (context) => relink(parts, customerId, { gone, made: id }, context) })
      return { stripeCustomerId: id }
    },
  })
}

async function claimGone(parts: Parts, id: string, gone: string, context: StepContext): Promise<Claim | null> {
  const isGone = await isGoneAtStripe(parts, gone)
  return untilClaimed(parts, context, async (tx) => {
    const customer = await tx.collection(customers).get(id)
    if (!customer) throw new CustomerNotFound(id)
    const { stripeCustomerId, userId } = customer
    if (stripeCustomerId !== gone || !isGone) return { living: stripeCustomerId }
    if (!(await claimUser(parts, tx, userId, context))) return null
    return { living: null, userId, details: detailsOf(customer) }
  })
}

/** Whether there is no customer of this id at Stripe any more. */
export async function isGoneAtStripe({ stripe }: Parts, id: string): Promise<boolean> {
  try {
    return (await askStripe(() => stripe.customers.retrieve(id))).deleted === true
  } catch (error) {
    if (isMissing(error)) return true
    throw error
  }
}

function relink(
  { store, clock }: Parts,
  id: string,
  { gone, made }: { gone: string; made: string },
  context: StepContext,
) {
  return store.transaction(async (tx) => {
    await context.guard(tx)
    const customer = await tx.collection(customers).get(id)
    if (!customer) throw new CustomerNotFound(id)
    if (customer.stripeCustomerId === made) return
    const former = [...customer.former, gone].slice(-MAX_FORMER)
    await tx.collection(customers).update(id, { stripeCustomerId: made, former, remadeAt: clock.now().toISOString() })
    await tx.collection(customerClaims).delete(customer.userId)
  })
}

function detailsOf(customer: DocumentOf<typeof customers>): CustomerDetails {
  const { username, email, firstName, lastName, phone, address } = customer
  return {
    username,
    email,
    ...(firstName !== null && { firstName }),
    ...(lastName !== null && { lastName }),
    ...(phone !== null && { phone }),
    ...(address !== null && { address }),
  }
}
