import type { Context } from '../context.ts'
import { type ApiError, invalidRequest } from '../http/error.ts'
import { requireObject } from '../http/listing.ts'
import { changeMetadata, type MetadataChange } from '../http/parameters.ts'
import { newId } from '../ids.ts'
import { formatAmount } from '../money.ts'
import type { Charge, Refund } from '../store/kinds.ts'
import { testCard } from './cards.ts'
import { isChargedBack } from './disputes.ts'

/** After so long, by the emulator's clock, a refund becomes what its card says. */
export const REFUND_TURNS_S = 5
const MAX_TURNS_AT_ONCE = 1_000

export interface NewRefund {
  amount?: number
  charge?: string
  metadata?: MetadataChange
  payment_intent?: string
  reason?: 'duplicate' | 'fraudulent' | 'requested_by_customer'
}

export function createRefund(context: Context, given: NewRefund): Refund {
  const charge = chargeToRefund(context, given)
  const left = charge.amount - charge.amount_refunded
  const amount = given.amount ?? left
  checkRefundable(context, charge, amount, left)
  const created = context.now()
  const turn = turnOf(context, charge)
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
    status: turn === 'succeeded' ? 'pending' : 'succeeded',
    transfer_reversal: null,
  }
  const turns = turn === null ? null : { at: created + REFUND_TURNS_S, to: turn }
  context.objects.insert('refund', refund, { turns }, created)
  context.emit('refund.created', refund)
  changeRefunded(context, charge, amount, 'charge.refunded')
  return refund
}

/** Ends the refunds whose card makes them succeed late, or fail after all. */
export function turnDueRefunds(context: Context): void {
  const also = { sql: "json_extract(hidden, '$.turns.at') <= ?", values: [context.now()] }
  for (const refund of context.objects.list('refund', { also, limit: MAX_TURNS_AT_ONCE })) {
    const { turns } = context.objects.hidden('refund', refund.id)
    context.objects.hide('refund', refund.id, { turns: null })
    if (turns?.to === 'failed') failRefund(context, refund, 'failed', 'expired_or_canceled_card')
    else context.emitUpdate('refund.updated', 'refund', refund, { ...refund, status: 'succeeded' })
  }
}

/**
 * The money of a refund comes back: its bank could not take it, or it was cancelled in time.
 * @throws ApiError 400 when it is over
 */
export function failRefund(
  context: Context,
  refund: Refund,
  status: 'failed' | 'canceled',
  reason: string | null,
): Refund {
  if (refund.status === 'failed' || refund.status === 'canceled')
    throw invalidRequest(`This refund has a status of ${refund.status}.`)
  const next: Refund = { ...refund, status, ...(reason === null ? {} : { failure_reason: reason }) }
  context.objects.replace('refund', next)
  context.objects.hide('refund', refund.id, { turns: null })
  const charge = context.objects.find('charge', String(refund.charge))
  // The amount that was refunded falls before anybody is told.
  if (charge !== undefined) changeRefunded(context, charge, -refund.amount, null)
  context.emit('refund.updated', next)
  context.emit('charge.refund.updated', next)
  if (status === 'failed') context.emit('refund.failed', next)
  return next
}

function changeRefunded(context: Context, charge: Charge, by: number, event: 'charge.refunded' | null): void {
  const refunded = charge.amount_refunded + by
  const next: Charge = { ...charge, amount_refunded: refunded, refunded: refunded === charge.amount }
  if (event === null) context.objects.replace('charge', next)
  else context.emitUpdate(event, 'charge', charge, next)
}

/** What becomes of a refund to this charge's card some time later; null when it is done at once. */
function turnOf(context: Context, charge: Charge): 'succeeded' | 'failed' | null {
  const { card } = context.objects.hidden('payment_method', String(charge.payment_method))
  return testCard(card).refunds
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

function checkRefundable(context: Context, charge: Charge, amount: number, left: number): void {
  if (charge.status !== 'succeeded' || !charge.captured) {
    throw invalidRequest(`Charge ${charge.id} was not captured, so there is nothing to refund.`)
  }
  if (left === 0) {
    throw invalidRequest(`Charge ${charge.id} has already been refunded.`, { code: 'charge_already_refunded' })
  }
  if (isChargedBack(context, charge)) {
    throw invalidRequest(`Charge ${charge.id} has been charged back; cannot issue a refund.`, {
      code: 'charge_disputed',
    })
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
