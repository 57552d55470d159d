import type { Step, WorkflowContext } from '../../workflow/index.ts'
import { CustomerGone, CustomerNotFound } from '../errors.ts'
import type { Parts } from '../parts.ts'
import { customers } from '../schema.ts'
import { isMissing } from '../stripe/ask-stripe.ts'
import { remakeCustomerWorkflow } from './remake-customer.ts'

/** What a step returns when the customer that its request names was deleted at Stripe: nothing was done. */
interface NobodyThere {
  readonly customerGone: true
}

/** Whom a step asks something of Stripe for. */
export interface Buyer {
  readonly customerId: string
  readonly stripeCustomerId: string
}

/**
 * The customer, and whom Stripe knows them as now.
 * @throws CustomerNotFound
 */
export async function findBuyer({ store }: Parts, customerId: string): Promise<Buyer> {
  const customer = await store.collection(customers).get(customerId)
  if (!customer) throw new CustomerNotFound(customerId)
  return { customerId, stripeCustomerId: customer.stripeCustomerId }
}

/**
 * Runs a step whose request names a customer at Stripe. Where that customer was deleted there, it is made again, once,
 * whoever meets it first, and the step is run for the new one. Returns also which customer it was done for.
 */
export async function stepForCustomer<T>(
  ctx: WorkflowContext,
  parts: Parts,
  name: string,
  { customerId, stripeCustomerId }: Buyer,
  stepFor: (stripeCustomerId: string) => Step<T>,
): Promise<{ readonly result: T; readonly stripeCustomerId: string }> {
  const result = await ctx.step(name, unlessGone(stepFor(stripeCustomerId)))
  if (!isGone(result)) return { result, stripeCustomerId }
  const remade = await ctx.step(`make-customer-for-${name}`, {
    do: () => parts.workflows.run(remakeCustomerWorkflow(parts), { customerId, stripeCustomerId }),
  })
  return { result: await ctx.step(`${name}-again`, stepFor(remade.stripeCustomerId)), ...remade }
}

function unlessGone<T>(step: Step<T>): Step<T | NobodyThere> {
  return {
    ...step,
    async do(context) {
      try {
        return await step.do(context)
      } catch (error) {
        if (CustomerGone.is(error) || isMissing(error, 'customer')) return { customerGone: true }
        throw error
      }
    },
    async undo(result, context) {
      if (!isGone(result)) await step.undo?.(result, context)
    },
  }
}

function isGone(result: unknown): result is NobodyThere {
  return typeof result === 'object' && result !== null && 'customerGone' in result
}
