import type Stripe from 'stripe'
import { z } from 'zod'
import { type Step, type StepContext, type Workflow, workflow } from '../../workflow/index.ts'
import { stepForCustomer } from '../customers/for-customer.ts'
import { CheckoutClosed, CustomerNotFound } from '../errors.ts'
import type { Parts } from '../parts.ts'
import { checkouts, customers } from '../schema.ts'
import { askStripe, isMissing } from '../stripe/ask-stripe.ts'
import { findInList, lookTwice, searchFrom } from '../stripe/look-up.ts'
import type { Pack } from '../types.ts'

const input = z.object({
  userId: z.string(),
  customerId: z.string(),
  pack: z.object({
    id: z.string(),
    name: z.string(),
    credits: z.int().positive(),
    price: z.object({ amount: z.int().positive(), currency: z.string() }),
  }),
  urls: z.object({ success: z.url(), cancel: z.url() }),
})
const output = z.object({ url: z.string(), checkoutId: z.string() })

/** The request for a session; its reference is our checkout's id, which was written before, and nobody else has. */
type SessionRequest = Stripe.Checkout.SessionCreateParams & {
  readonly customer: string
  readonly client_reference_id: string
}
interface OpenedSession {
  readonly id: string
  readonly url: string | null
}

export type CheckoutWorkflow = Workflow<typeof input, typeof output>

/** A checkout of a pack: what is promised is on record before Stripe is asked for a page to pay on. */
export function checkoutWorkflow(parts: Parts): CheckoutWorkflow {
  const { store } = parts
  return workflow({
    name: 'commerce.checkout',
    version: 2,
    input,
    output,
    async run(ctx, { userId, customerId, pack, urls }) {
      const checkoutId = ctx.runId.replace(/^run_/, 'checkout_')
      const stripeCustomerId = await ctx.step('record-checkout', {
        do: (context) =>
          store.transaction(async (tx) => {
            await context.guard(tx)
            const recorded = await tx.collection(checkouts).get(checkoutId)
            if (recorded) return recorded.stripeCustomerId
            const customer = await tx.collection(customers).get(customerId)
            if (!customer) throw new CustomerNotFound(customerId)
            const { stripeCustomerId } = customer
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
            return stripeCustomerId
          }),
        undo: (_, context) =>
          store.transaction(async (tx) => {
            await context.guard(tx)
            const checkout = await tx.collection(checkouts).get(checkoutId)
            if (checkout?.status === 'open') await tx.collection(checkouts).update(checkoutId, { status: 'expired' })
          }),
      })

      const buyer = { customerId, stripeCustomerId }
      const opened = await stepForCustomer(ctx, parts, 'open-session', buyer, (customer) =>
        sessionStep(parts, sessionOf(checkoutId, customer, pack, urls)),
      )
      const { id, url } = opened.result
      if (url === null) throw new CheckoutClosed(checkoutId)

      await ctx.step('keep-session', {
        do: async () => {
          await store.transaction(async (tx) => {
            const checkout = await tx.collection(checkouts).get(checkoutId)
            if (checkout?.stripeSessionId === id) return
            const { stripeCustomerId } = opened
            await tx.collection(checkouts).update(checkoutId, { stripeSessionId: id, stripeCustomerId })
          })
        },
      })
      return { url, checkoutId }
    },
  })
}

function sessionOf(
  checkoutId: string,
  customer: string,
  { name, price }: Pick<Pack, 'name' | 'price'>,
  urls: { success: string; cancel: string },
): SessionRequest {
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

/** The step that opens a page to pay on, once. One that was found, and found closed, has no page any more. */
function sessionStep(parts: Parts, request: SessionRequest): Step<OpenedSession> {
  const { stripe } = parts
  return {
    request,
    do: async ({ key }) =>
      openedSession(await askStripe(() => stripe.checkout.sessions.create(request, { idempotencyKey: key }), key)),
    resolve: (context) => lookTwice(() => findOpened(parts, request, context), context),
    undo: ({ id }) => expireSession(parts, id),
  }
}

/** The session that this checkout opened without learning of it: the one with its reference. */
async function findOpened(
  { stripe }: Parts,
  { customer, client_reference_id }: SessionRequest,
  context: StepContext,
): Promise<OpenedSession | null> {
  const found = await findInList(
    (page) => stripe.checkout.sessions.list({ customer, created: searchFrom(context), ...page }),
    (session) => session.client_reference_id === client_reference_id,
    context,
  )
  return found && openedSession(found)
}

function openedSession({ id, url }: Stripe.Checkout.Session): OpenedSession {
  return { id, url }
}

/** A session that is no longer open, or gone, cannot be paid either. */
async function expireSession({ stripe }: Parts, id: string): Promise<void> {
  try {
    const { status } = await askStripe(() => stripe.checkout.sessions.retrieve(id))
    if (status === 'open') await askStripe(() => stripe.checkout.sessions.expire(id))
  } catch (error) {
    if (!isMissing(error)) throw error
  }
}
