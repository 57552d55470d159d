import type Stripe from 'stripe'
import { z } from 'zod'
import { type Workflow, workflow } from '../../workflow/index.ts'
import { CardDeclined, InvalidCharge, NoCard, StripeRefused } from '../errors.ts'
import { idOf } from '../packs/grant-purchase.ts'
import type { Parts } from '../parts.ts'
import { charges } from '../schema.ts'
import { askStripe } from '../stripe/ask-stripe.ts'

const CLOCK_SKEW_S = 300
const MAX_CANDIDATES = 100

const money = z.object({ amount: z.int().positive(), currency: z.string() })
const input = z.object({
  customerId: z.string(),
  stripeCustomerId: z.string(),
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

/** A charge to a card on file, with its record. When anything fails after the card was charged, the money goes back. */
export function chargeCustomerWorkflow(parts: Parts): ChargeCustomerWorkflow {
  const { store } = parts
  return workflow({
    name: 'commerce.charge-customer',
    version: 1,
    input,
    output,
    async run(ctx, { customerId, stripeCustomerId, amount, description, paymentMethod: given }) {
      const id = ctx.runId.replace(/^run_/, 'charge_')
      const paymentMethod = await ctx.step('choose-card', {
        do: () => given ?? chooseCard(parts, stripeCustomerId),
      })

      await ctx.step('record-charge', {
        do: (context) =>
          store.transaction(async (tx) => {
            await context.guard(tx)
            if (await tx.collection(charges).get(id)) return
            const charge = { id, customerId, stripeCustomerId, paymentMethod, amount, description }
            await tx.collection(charges).insert({ ...charge, status: 'pending' })
          }),
        undo: async () => {
          await store.collection(charges).update(id, { status: 'failed' })
        },
      })

      const request: Stripe.PaymentIntentCreateParams = {
        ...amount,
        customer: stripeCustomerId,
        payment_method: paymentMethod,
        allowed_payment_method_types: ['card'],
        description,
        confirm: true,
        off_session: true,
      }
      const { paymentIntent, status } = await ctx.step('charge', {
        request,
        do: async ({ key }) => intentOf(await createIntent(parts, request, key)),
        resolve: ({ firstTriedAt }) => findStrayIntent(parts, request, firstTriedAt),
        undo: ({ paymentIntent }, { key }) => takeBack(parts, paymentIntent, key),
      })
      if (status !== 'succeeded')
        throw new CardDeclined('The payment was not completed.', { declineCode: status, paymentIntent })

      await ctx.step('confirm-charge', {
        do: async () => {
          await store.collection(charges).update(id, { status: 'succeeded', paymentIntent })
        },
      })
      return { id, customerId, paymentIntent, amount, description, status: 'succeeded' }
    },
  })
}

/** The customer's default card, else the one that was added first. */
async function chooseCard({ stripe }: Parts, customer: string): Promise<string> {
  const found = await askStripe(() => stripe.customers.retrieve(customer))
  const preferred = found.deleted ? null : idOf(found.invoice_settings.default_payment_method)
  if (preferred !== null) return preferred
  const { data } = await askStripe(() => stripe.paymentMethods.list({ customer, type: 'card', limit: MAX_CANDIDATES }))
  const first = data.at(-1)
  if (!first) throw new NoCard(customer)
  return first.id
}

async function createIntent(
  { stripe }: Parts,
  request: Stripe.PaymentIntentCreateParams,
  key: string,
): Promise<Stripe.PaymentIntent> {
  try {
    return await askStripe(() => stripe.paymentIntents.create(request, { idempotencyKey: key }), key)
  } catch (error) {
    const code = StripeRefused.is(error) ? error.details.stripeCode : null
    if (code === 'amount_too_small' || code === 'amount_too_large')
      throw new InvalidCharge(
        'amount',
        code === 'amount_too_small' ? 'it is below what Stripe charges' : 'it is too large',
      )
    throw error
  }
}

function intentOf({ id, status }: Stripe.PaymentIntent): { paymentIntent: string; status: string } {
  return { paymentIntent: id, status }
}

/** A payment that this run may have made without learning of it: the same request, made since, recorded by nobody. */
async function findStrayIntent(
  { store, stripe }: Parts,
  request: Stripe.PaymentIntentCreateParams,
  firstTriedAt: string,
): Promise<{ paymentIntent: string; status: string } | null> {
  const gte = Math.floor(Date.parse(firstTriedAt) / 1000) - CLOCK_SKEW_S
  const { customer } = request
  const { data } = await askStripe(() =>
    stripe.paymentIntents.list({ customer, created: { gte }, limit: MAX_CANDIDATES }),
  )
  for (const intent of data) {
    const { amount, currency, description } = intent
    const same = amount === request.amount && currency === request.currency && description === request.description
    if (!same || intent.status !== 'succeeded') continue
    if (!(await store.collection(charges).findOne({ paymentIntent: intent.id }))) return intentOf(intent)
  }
  return null
}

/** Refunds what was paid, and cancels what was not. Repeated, it finds nothing left to do. */
async function takeBack({ stripe }: Parts, id: string, key: string): Promise<void> {
  const { status } = await askStripe(() => stripe.paymentIntents.retrieve(id))
  try {
    if (status === 'succeeded')
      await askStripe(() => stripe.refunds.create({ payment_intent: id }, { idempotencyKey: key }), key)
    else if (status !== 'canceled') await askStripe(() => stripe.paymentIntents.cancel(id))
  } catch (error) {
    if (!StripeRefused.is(error) || error.details.stripeCode !== 'charge_already_refunded') throw error
  }
}
