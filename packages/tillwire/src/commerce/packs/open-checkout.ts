import type Stripe from 'stripe'
import { z } from 'zod'
import { invariant } from '../../core/index.ts'
import { type Workflow, workflow } from '../../workflow/index.ts'
import type { Parts } from '../parts.ts'
import { checkouts } from '../schema.ts'
import { askStripe } from '../stripe/ask-stripe.ts'
import type { Pack } from '../types.ts'

const CLOCK_SKEW_S = 300
const MAX_CANDIDATES = 100

const input = z.object({
  userId: z.string(),
  stripeCustomerId: z.string(),
  pack: z.object({
    id: z.string(),
    name: z.string(),
    credits: z.int().positive(),
    price: z.object({ amount: z.int().positive(), currency: z.string() }),
  }),
  urls: z.object({ success: z.url(), cancel: z.url() }),
})
const output = z.object({ url: z.string(), checkoutId: z.string() })

export type CheckoutWorkflow = Workflow<typeof input, typeof output>

/** A checkout of a pack: what is promised is on record before Stripe is asked for a page to pay on. */
export function checkoutWorkflow(parts: Parts): CheckoutWorkflow {
  const { store, stripe } = parts
  return workflow({
    name: 'commerce.checkout',
    version: 1,
    input,
    output,
    async run(ctx, { userId, stripeCustomerId, pack, urls }) {
      const checkoutId = ctx.runId.replace(/^run_/, 'checkout_')
      await ctx.step('record-checkout', {
        do: (context) =>
          store.transaction(async (tx) => {
            await context.guard(tx)
            if (await tx.collection(checkouts).get(checkoutId)) return
            await tx.collection(checkouts).insert({
              id: checkoutId,
              userId,
              stripeCustomerId,
              pack: pack.id,
              name: pack.name,
              credits: pack.credits,
              price: pack.price,
              status: 'open',
              paidAt: null,
              refunded: 0,
              reversed: 0,
            })
          }),
        undo: (_, context) =>
          store.transaction(async (tx) => {
            await context.guard(tx)
            const checkout = await tx.collection(checkouts).get(checkoutId)
            if (checkout?.status === 'open') await tx.collection(checkouts).update(checkoutId, { status: 'expired' })
          }),
      })

      const request = sessionOf(checkoutId, stripeCustomerId, pack, urls)
      const session = await ctx.step('open-session', {
        request,
        do: async ({ key }) =>
          openedSession(await askStripe(() => stripe.checkout.sessions.create(request, { idempotencyKey: key }), key)),
        resolve: async ({ firstTriedAt }) => {
          const gte = Math.floor(Date.parse(firstTriedAt) / 1000) - CLOCK_SKEW_S
          const { data } = await askStripe(() =>
            stripe.checkout.sessions.list({ customer: stripeCustomerId, created: { gte }, limit: MAX_CANDIDATES }),
          )
          const found = data.find((session) => session.client_reference_id === checkoutId)
          return found ? openedSession(found) : null
        },
        undo: ({ id }) => expireSession(parts, id),
      })

      await ctx.step('keep-session', {
        do: async () => {
          await store.transaction(async (tx) => {
            const checkout = await tx.collection(checkouts).get(checkoutId)
            if (checkout?.stripeSessionId === session.id) return
            await tx.collection(checkouts).update(checkoutId, { stripeSessionId: session.id })
          })
        },
      })
      return { url: session.url, checkoutId }
    },
  })
}

function sessionOf(
  checkoutId: string,
  customer: string,
  { name, price }: Pick<Pack, 'name' | 'price'>,
  urls: { success: string; cancel: string },
): Stripe.Checkout.SessionCreateParams {
  return {
    mode: 'payment',
    customer,
    client_reference_id: checkoutId,
    line_items: [
      { quantity: 1, price_data: { currency: price.currency, unit_amount: price.amount, product_data: { name } } },
    ],
    success_url: urls.success,
    cancel_url: urls.cancel,
  }
}

function openedSession({ id, url }: Stripe.Checkout.Session): { id: string; url: string } {
  // A session that was found closed has no page any more.
  invariant(url !== null, `checkout session ${id} has no page to pay on`)
  return { id, url }
}

/** A session that is no longer open cannot be paid either. */
async function expireSession({ stripe }: Parts, id: string): Promise<void> {
  const { status } = await askStripe(() => stripe.checkout.sessions.retrieve(id))
  if (status === 'open') await askStripe(() => stripe.checkout.sessions.expire(id))
}
