import type Stripe from 'stripe'
import { newId } from '../../core/index.ts'
import type { Step, StepContext } from '../../workflow/index.ts'
import { InvalidCharge, NoCard, StripeRefused, StripeUnavailable } from '../errors.ts'
import type { Parts } from '../parts.ts'
import { askStripe } from '../stripe/ask-stripe.ts'
import { findInList, lookTwice, searchFrom } from '../stripe/look-up.ts'

/** How often a payment that changes while it is taken back is looked at again. */
const MAX_CHANGES = 3

/** What a payment intent is made of. `transfer_group` is our charge's id: written before the call, and nobody else has it. */
export interface IntentRequest {
  readonly amount: number
  readonly currency: string
  readonly customer: string
  readonly payment_method: string
  readonly description: string
  readonly transfer_group: string
}

/** The card of a customer. */
type Card = Pick<IntentRequest, 'customer' | 'payment_method'>

/** The step that makes a payment intent, by which no money moves; undone, what was paid by it goes back. */
export function intentStep(parts: Parts, intent: IntentRequest): Step<{ readonly paymentIntent: string }> {
  const request = { ...intent, allowed_payment_method_types: ['card'] } satisfies Stripe.PaymentIntentCreateParams
  return {
    request,
    do: async ({ key }) => ({ paymentIntent: await createIntent(parts, request, key) }),
    resolve: (context) => lookTwice(() => findMade(parts, intent, context), context),
    undo: ({ paymentIntent }) => takeBack(parts, paymentIntent),
  }
}

/**
 * The step that charges the card of an intent. What became of it is asked of the intent itself: no other payment can
 * be taken for it. It has no undo, because that of its intent gives the money back.
 */
export function confirmStep({ stripe }: Parts, id: string, card: Card): Step<{ readonly status: string }> {
  const request: Stripe.PaymentIntentConfirmParams = { off_session: true }
  return {
    request: { id, ...request },
    do: async ({ key }) => {
      const confirm = () => stripe.paymentIntents.confirm(id, request, { idempotencyKey: key })
      const { status } = await explained(() => askStripe(confirm, key), card)
      return { status }
    },
    resolve: async () => {
      const { status, latest_charge: charge } = await askStripe(() => retrieve(stripe, id))
      if (status === 'processing') throw new StripeUnavailable('the payment is still being made')
      if (status !== 'succeeded') return null
      const back = charge !== null && typeof charge === 'object' && charge.amount_refunded > 0
      return { status: back ? 'refunded' : status }
    },
  }
}

async function createIntent(
  { stripe }: Parts,
  request: IntentRequest & Stripe.PaymentIntentCreateParams,
  key: string,
): Promise<string> {
  const create = () => stripe.paymentIntents.create(request, { idempotencyKey: key })
  return (await explained(() => askStripe(create, key), request)).id
}

/** Says of a refusal what the caller can change. */
async function explained<T>(ask: () => Promise<T>, { customer, payment_method: card }: Card): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (!StripeRefused.is(error)) throw error
    const { stripeCode, param } = error.details
    if (stripeCode === 'amount_too_small') throw new InvalidCharge('amount', 'it is below what Stripe charges')
    if (stripeCode === 'amount_too_large') throw new InvalidCharge('amount', 'it is too large')
    if (param === 'payment_method') throw new NoCard(customer, card, error)
    throw error
  }
}

/** The payment intent that this charge made without learning of it. One that is alike is another's. */
async function findMade(
  { stripe }: Parts,
  { customer, transfer_group }: IntentRequest,
  context: StepContext,
): Promise<{ readonly paymentIntent: string } | null> {
  const found = await findInList(
    (page) => stripe.paymentIntents.list({ customer, created: searchFrom(context), ...page }),
    (intent) => intent.transfer_group === transfer_group && intent.status !== 'canceled',
    context,
  )
  return found && { paymentIntent: found.id }
}

/** Refunds what was paid, and cancels what was not. Repeated, it finds nothing left to do. */
async function takeBack({ stripe }: Parts, id: string): Promise<void> {
  for (let changes = 0; ; changes++) {
    const { status, latest_charge: charge } = await askStripe(() => retrieve(stripe, id))
    const isRefunded = charge !== null && typeof charge === 'object' && charge.refunded
    if (status === 'canceled' || isRefunded) return
    // All that is left goes back, and can go back but once: under a key of the run a stored error would stand in its way.
    const refund = () => stripe.refunds.create({ payment_intent: id }, { idempotencyKey: newId('undo') })
    try {
      await askStripe<unknown>(status === 'succeeded' ? refund : () => stripe.paymentIntents.cancel(id))
      return
    } catch (error) {
      // It was paid, cancelled or refunded between two looks.
      const code = StripeRefused.is(error) ? error.details.stripeCode : null
      const hasChanged = code === 'payment_intent_unexpected_state' || code === 'charge_already_refunded'
      if (!hasChanged || changes >= MAX_CHANGES) throw error
    }
  }
}

function retrieve(stripe: Stripe, id: string): Promise<Stripe.PaymentIntent> {
  return stripe.paymentIntents.retrieve(id, { expand: ['latest_charge'] })
}
