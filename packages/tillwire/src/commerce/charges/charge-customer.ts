import type Stripe from 'stripe'
import { z } from 'zod'
import { type Workflow, workflow } from '../../workflow/index.ts'
import { findBuyer, stepForCustomer } from '../customers/for-customer.ts'
import { CardDeclined, ChargeTakenBack, CustomerGone, NoCard } from '../errors.ts'
import type { Parts } from '../parts.ts'
import { charges } from '../schema.ts'
import { askStripe, isMissing } from '../stripe/ask-stripe.ts'
import { idOf } from '../stripe/id-of.ts'
import { confirmStep, intentStep } from './payment-intent.ts'

const MAX_CARDS = 100

const money = z.object({ amount: z.int().positive(), currency: z.string() })
const input = z.object({
  customerId: z.string(),
  amount: money,
  description: z.string(),
  paymentMethod: z.string().optional(),
})
const output = z.object({
  id: z.string(),
  customerId: z.string(),
  paymentIntent: z.string(),
  amount: money,
  description: z.string(),
  status: z.literal('succeeded'),
})

export type ChargeCustomerWorkflow = Workflow<typeof input, typeof output>

/**
 * A charge to a card on file, with its record. The payment intent is made and written down first, and no money moves
 * by that; then it is confirmed by its id, so that what became of the money is asked of this one object and never
 * looked for. When anything fails after the card was charged, the money goes back.
 */
export function chargeCustomerWorkflow(parts: Parts): ChargeCustomerWorkflow {
  const { store } = parts
  return workflow({
    name: 'commerce.charge-customer',
    version: 2,
    input,
    output,
    async run(ctx, { customerId, amount, description, paymentMethod: given }) {
      const id = ctx.runId.replace(/^run_/, 'charge_')
      const buyer = await ctx.step('find-customer', { do: () => findBuyer(parts, customerId) })
      const chosen = await stepForCustomer(ctx, parts, 'choose-card', buyer, (stripeCustomerId) => ({
        do: () => given ?? chooseCard(parts, stripeCustomerId),
      }))
      const { result: paymentMethod } = chosen

      await ctx.step('record-charge', {
        do: (context) =>
          store.transaction(async (tx) => {
            await context.guard(tx)
            if (await tx.collection(charges).get(id)) return
            const { stripeCustomerId } = chosen
            const charge = { id, customerId, stripeCustomerId, paymentMethod, amount, description }
            await tx.collection(charges).insert({ ...charge, status: 'pending' })
          }),
        undo: async () => {
          await store.collection(charges).update(id, { status: 'failed' })
        },
      })

      const made = await stepForCustomer(ctx, parts, 'create-intent', { ...chosen, customerId }, (customer) =>
        intentStep(parts, { ...amount, customer, payment_method: paymentMethod, description, transfer_group: id }),
      )
      const { paymentIntent } = made.result
      // Its unique index keeps one payment from belonging to two charges.
      await ctx.step('keep-intent', {
        do: (context) =>
          store.transaction(async (tx) => {
            await context.guard(tx)
            const { stripeCustomerId } = made
            await tx.collection(charges).update(id, { paymentIntent, stripeCustomerId })
          }),
      })
      const card = { customer: made.stripeCustomerId, payment_method: paymentMethod }
      const { status } = await ctx.step('confirm', confirmStep(parts, paymentIntent, card))
      if (status === 'refunded') throw new ChargeTakenBack(paymentIntent)
      if (status !== 'succeeded')
        throw new CardDeclined('The payment was not completed.', { declineCode: status, paymentIntent })

      await ctx.step('confirm-charge', {
        do: async () => {
          await store.collection(charges).update(id, { status: 'succeeded' })
        },
      })
      return { id, customerId, paymentIntent, amount, description, status: 'succeeded' }
    },
  })
}

/** The customer's default card, else the one that was added first. */
async function chooseCard({ stripe }: Parts, customer: string): Promise<string> {
  const found = await findCustomer(stripe, customer)
  const preferred = idOf(found.invoice_settings.default_payment_method)
  if (preferred !== null) return preferred
  const list: Stripe.PaymentMethodListParams = { customer, type: 'card', limit: MAX_CARDS }
  const { data } = await askStripe(() => stripe.paymentMethods.list(list))
  const first = data.at(-1)
  if (!first) throw new NoCard(customer)
  return first.id
}

async function findCustomer(stripe: Stripe, id: string): Promise<Stripe.Customer> {
  const found = await askStripe(() => stripe.customers.retrieve(id)).catch((error) => {
    if (isMissing(error)) throw new CustomerGone(id)
    throw error
  })
  if (found.deleted) throw new CustomerGone(id)
  return found
}
