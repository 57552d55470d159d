import type { Context } from '../context.ts'
import { type ApiError, invalidRequest } from '../http/error.ts'
import { equalTo, listPage, listParameters, type Page, requireObject } from '../http/listing.ts'
import { changeMetadata, filled, integer, type MetadataChange, metadata, oneOf } from '../http/parameters.ts'
import { route } from '../http/route.ts'
import { newId } from '../ids.ts'
import { formatAmount } from '../money.ts'
import type { Charge, Refund } from '../store/kinds.ts'

interface NewRefund {
  amount?: number
  charge?: string
  metadata?: MetadataChange
  payment_intent?: string
  reason?: 'duplicate' | 'fraudulent' | 'requested_by_customer'
}

function createRefund(context: Context, given: NewRefund): Refund {
  const charge = chargeToRefund(context, given)
  const left = charge.amount - charge.amount_refunded
  const amount = given.amount ?? left
  checkRefundable(charge, amount, left)
  const created = context.now()
  const refund: Refund = {
    id: newId('re'),
    object: 'refund',
    amount,
    balance_transaction: null,
    charge: charge.id,
    created,
    currency: charge.currency,
    customer: charge.customer,
    customer_account: null,
    destination_details: {
      card: { reference_status: 'pending', reference_type: 'acquirer_reference_number', type: 'refund' },
      type: 'card',
    },
    metadata: changeMetadata({}, given.metadata),
    payment_intent: charge.payment_intent,
    payment_method: charge.payment_method,
    reason: given.reason ?? null,
    receipt_number: null,
    source_transfer_reversal: null,
    status: 'succeeded',
    transfer_reversal: null,
  }
  context.objects.insert('refund', refund, {}, created)
  const refunded = charge.amount_refunded + amount
  const next: Charge = { ...charge, amount_refunded: refunded, refunded: refunded === charge.amount }
  context.emit('refund.created', refund)
  context.emitUpdate('charge.refunded', 'charge', charge, next)
  return refund
}

function chargeToRefund(context: Context, given: NewRefund): Charge {
  if (given.charge !== undefined && given.payment_intent !== undefined) {
    throw invalidRequest('You may only specify one of these parameters: charge, payment_intent.', {
      code: 'parameters_exclusive',
    })
  }
  if (given.charge !== undefined) return requireObject(context, 'charge', given.charge, 'charge')
  if (given.payment_intent === undefined) {
    throw invalidRequest('One of the following params should be provided for this request: payment_intent or charge.', {
      code: 'parameter_missing',
    })
  }
  const intent = requireObject(context, 'payment_intent', given.payment_intent, 'payment_intent')
  const charge = intent.latest_charge === null ? undefined : context.objects.find('charge', intent.latest_charge)
  if (charge?.status === 'succeeded') return charge
  throw invalidRequest(`This PaymentIntent (${intent.id}) does not have a successful charge to refund.`, {
    param: 'payment_intent',
  })
}

function checkRefundable(charge: Charge, amount: number, left: number): void {
  if (charge.status !== 'succeeded' || !charge.captured) {
    throw invalidRequest(`Charge ${charge.id} was not captured, so there is nothing to refund.`)
  }
  if (left === 0) {
    throw invalidRequest(`Charge ${charge.id} has already been refunded.`, { code: 'charge_already_refunded' })
  }
  if (amount > left) throw tooMuch(charge, amount, left)
}

function tooMuch(charge: Charge, amount: number, left: number): ApiError {
  const asked = formatAmount(amount, charge.currency)
  const what = left === charge.amount ? 'charge amount' : 'unrefunded amount on charge'
  return invalidRequest(`Refund amount (${asked}) is greater than ${what} (${formatAmount(left, charge.currency)})`, {
    param: 'amount',
  })
}

/** The refunds of a charge, for `expand[]=refunds`. */
export function listRefundsOf(context: Context, charge: string): Page<Refund> {
  return listPage(context, 'refund', `/v1/charges/${charge}/refunds`, {}, { where: equalTo({ '$.charge': charge }) })
}

export const refundRoutes = [
  route({
    method: 'POST',
    path: '/v1/refunds',
    parameters: {
      amount: integer({ min: 1 }),
      charge: filled(),
      metadata: metadata(),
      payment_intent: filled(),
      reason: oneOf('duplicate', 'fraudulent', 'requested_by_customer'),
    },
    handle: createRefund,
  }),
  route({
    method: 'GET',
    path: '/v1/refunds',
    parameters: { ...listParameters, charge: filled(), payment_intent: filled() },
    handle: (context, { charge, payment_intent, ...page }) =>
      listPage(context, 'refund', '/v1/refunds', page, {
        where: equalTo({ '$.charge': charge, '$.payment_intent': payment_intent }),
      }),
  }),
  route({
    method: 'GET',
    path: '/v1/refunds/:id',
    parameters: {},
    handle: (context, { id }) => requireObject(context, 'refund', id),
  }),
  route({
    method: 'POST',
    path: '/v1/refunds/:id',
    parameters: { metadata: metadata() },
    handle(context, { id, metadata }) {
      const refund = requireObject(context, 'refund', id)
      const next: Refund = { ...refund, metadata: changeMetadata(refund.metadata ?? {}, metadata) }
      context.emitUpdate('refund.updated', 'refund', refund, next)
      return next
    },
  }),
]
