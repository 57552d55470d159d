import { createHash } from 'node:crypto'
import type { Context } from '../context.ts'
import { type ApiError, invalidRequest } from '../http/error.ts'
import { requireObject } from '../http/listing.ts'
import { changeMetadata, email, hash, type MetadataChange, type Parsed, text, unsettable } from '../http/parameters.ts'
import { newId } from '../ids.ts'
import type { PaymentMethod } from '../store/kinds.ts'
import { addressParameters, fullAddress } from './address.ts'
import { type CardName, cardFromTestId, type TestCard, testCard } from './cards.ts'
import { decideSetup } from './decide.ts'
import { cardError } from './failure.ts'

export const billingParameters = hash({
  address: unsettable(hash(addressParameters)),
  email: email(),
  name: text(),
  phone: text(),
})

export type Billing = Parsed<{ billing: typeof billingParameters }>['billing']

export interface NewPaymentMethod {
  billing?: Billing
  expiry?: { month: number; year: number }
  metadata?: MetadataChange
  /** What the bank said of the security code; null when none was given. */
  cvcCheck?: 'pass' | null
}

/** Stores a new payment method for one of the test cards. */
export function createCard(context: Context, name: CardName, given: NewPaymentMethod = {}): PaymentMethod {
  const created = context.now()
  const today = new Date(context.clock.now())
  const expiry = given.expiry ?? { month: today.getUTCMonth() + 1, year: today.getUTCFullYear() + 1 }
  const method: PaymentMethod = {
    id: newId('pm'),
    object: 'payment_method',
    allow_redisplay: 'unspecified',
    billing_details: fullBilling(given.billing),
    card: cardFields(testCard(name), expiry, given.cvcCheck ?? null),
    created,
    customer: null,
    customer_account: null,
    livemode: false,
    metadata: changeMetadata({}, given.metadata),
    type: 'card',
  }
  context.objects.insert('payment_method', method, { card: name, setUp: false, spent: false }, created)
  return method
}

function fullBilling(billing: Billing): PaymentMethod['billing_details'] {
  const { address, ...rest } = billing ?? {}
  return { email: null, name: null, phone: null, tax_id: null, ...rest, address: fullAddress(address ?? {}) }
}

function cardFields(
  card: TestCard,
  expiry: { month: number; year: number },
  cvcCheck: 'pass' | null,
): PaymentMethod['card'] {
  return {
    brand: card.brand,
    checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: cvcCheck },
    country: card.country,
    display_brand: card.brand,
    exp_month: expiry.month,
    exp_year: expiry.year,
    fingerprint: createHash('sha256').update(card.number).digest('base64url').slice(0, 16),
    funding: card.funding,
    generated_from: null,
    last4: card.number.slice(-4),
    networks: { available: [card.brand], preferred: null },
    regulated_status: 'unregulated',
    three_d_secure_usage: { supported: card.brand !== 'amex' },
    wallet: null,
  }
}

/** The payment method that a parameter names: a stored one, or a fresh one for a test id such as `pm_card_visa`. */
export function takePaymentMethod(context: Context, id: string): PaymentMethod {
  const name = cardFromTestId('pm_card_', id)
  if (name !== undefined) return createCard(context, name)
  return requireObject(context, 'payment_method', id, 'payment_method')
}

/**
 * Attaches a payment method to a customer, which asks the bank.
 *
 * @throws ApiError 402 when the card is declined, 400 when it belongs to another or was spent
 */
export function attachPaymentMethod(context: Context, method: PaymentMethod, customer: string): PaymentMethod {
  if (method.customer === customer) return method
  const hidden = context.objects.hidden('payment_method', method.id)
  if (method.customer !== null) {
    throw invalidRequest('The payment method you provided has already been attached to a customer.', {
      code: 'payment_method_unexpected_state',
    })
  }
  if (hidden.spent) throw spentMethod()
  const decision = decideSetup(testCard(hidden.card), true)
  if (decision.kind === 'decline') throw cardError(decision.decline)
  const attached = { ...method, customer }
  context.objects.replace('payment_method', attached)
  context.emit('payment_method.attached', attached)
  return attached
}

/** Takes a payment method from its customer for good: it can never be used again. */
export function detachPaymentMethod(context: Context, method: PaymentMethod): PaymentMethod {
  const detached = { ...method, customer: null }
  const hidden = context.objects.hidden('payment_method', method.id)
  context.objects.hide('payment_method', method.id, { ...hidden, spent: true })
  if (typeof method.customer === 'string') forgetDefault(context, method.customer, method.id)
  context.emitUpdate('payment_method.detached', 'payment_method', method, detached)
  return detached
}

function forgetDefault(context: Context, customerId: string, method: string): void {
  const customer = context.objects.find('customer', customerId)
  if (customer?.invoice_settings.default_payment_method !== method) return
  const invoice_settings = { ...customer.invoice_settings, default_payment_method: null }
  context.emitUpdate('customer.updated', 'customer', customer, { ...customer, invoice_settings })
}

export function spentMethod(): ApiError {
  return invalidRequest(
    'The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared with a connected account without Customer attachment, or was detached from a Customer. It may not be used again. To use a PaymentMethod multiple times, you must attach it to a Customer first.',
    { code: 'payment_method_unexpected_state', param: 'payment_method' },
  )
}
