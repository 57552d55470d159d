import { createHash } from 'node:crypto'
import type { Context } from '../context.ts'
import { ApiError, invalidRequest, notEmulated } from '../http/error.ts'
import { equalTo, listPage, pageParameters, requireObject } from '../http/listing.ts'
import {
  changeMetadata,
  email,
  filled,
  hash,
  integer,
  type MetadataChange,
  metadata,
  oneOf,
  type Parsed,
  required,
  text,
  unsettable,
} from '../http/parameters.ts'
import { route } from '../http/route.ts'
import { newId } from '../ids.ts'
import { type CardName, cardFromTestId, type TestCard, testCard } from '../payments/cards.ts'
import { decideSetup } from '../payments/decide.ts'
import { cardError } from '../payments/failure.ts'
import type { PaymentMethod } from '../store/kinds.ts'
import { addressParameters, fullAddress } from './address.ts'

const billingParameters = hash({
  address: unsettable(hash(addressParameters)),
  email: email(),
  name: text(),
  phone: text(),
})

type Billing = Parsed<{ billing: typeof billingParameters }>['billing']

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

const rawCardRefusal =
  'Sending credit card numbers directly to the Stripe API is generally unsafe. We suggest you use test tokens that map to the test card you are using, see https://stripe.com/docs/testing. To enable raw card data APIs in test mode, see https://support.stripe.com/questions/enabling-access-to-raw-card-data-apis.'

const cardParameters = hash({
  token: filled(),
  number: filled(),
  cvc: filled(),
  exp_month: integer({ min: 1, max: 12 }),
  exp_year: integer({ min: 1, max: 9999 }),
})

export const paymentMethodRoutes = [
  route({
    method: 'POST',
    path: '/v1/payment_methods',
    parameters: {
      type: required(filled()),
      card: required(cardParameters),
      billing_details: billingParameters,
      metadata: metadata(),
    },
    handle(context, { type, card, billing_details, metadata }) {
      if (type !== 'card') throw notEmulated(`payment methods of type ${type}`, 'type')
      if (card.token === undefined) throw new ApiError(402, 'invalid_request_error', rawCardRefusal)
      const name = cardFromTestId('tok_', card.token)
      if (name === undefined) {
        throw invalidRequest(`No such token: '${card.token}'`, { code: 'resource_missing', param: 'card[token]' })
      }
      const given: NewPaymentMethod = {}
      if (billing_details !== undefined) given.billing = billing_details
      if (metadata !== undefined) given.metadata = metadata
      return createCard(context, name, given)
    },
  }),
  route({
    method: 'GET',
    path: '/v1/payment_methods',
    parameters: { ...pageParameters, customer: filled(), type: filled() },
    handle: (context, { customer, type, ...page }) => listMethods(context, '/v1/payment_methods', customer, type, page),
  }),
  route({
    method: 'GET',
    path: '/v1/payment_methods/:id',
    parameters: {},
    handle: (context, { id }) => requireObject(context, 'payment_method', id),
  }),
  route({
    method: 'POST',
    path: '/v1/payment_methods/:id',
    parameters: {
      allow_redisplay: oneOf('always', 'limited', 'unspecified'),
      billing_details: billingParameters,
      card: hash({ exp_month: integer({ min: 1, max: 12 }), exp_year: integer({ min: 2000, max: 2100 }) }),
      metadata: metadata(),
    },
    handle(context, { id, ...fields }) {
      const method = requireObject(context, 'payment_method', id)
      if (method.customer === null) {
        throw invalidRequest('You must save this PaymentMethod to a customer before you can update it.')
      }
      const next = withFields(method, fields)
      context.emitUpdate('payment_method.updated', 'payment_method', method, next)
      return next
    },
  }),
  route({
    method: 'POST',
    path: '/v1/payment_methods/:id/attach',
    parameters: { customer: required(filled()) },
    handle(context, { id, customer }) {
      requireObject(context, 'customer', customer, 'customer')
      return attachPaymentMethod(context, fromPath(context, id), customer)
    },
  }),
  route({
    method: 'POST',
    path: '/v1/payment_methods/:id/detach',
    parameters: {},
    handle(context, { id }) {
      const method = requireObject(context, 'payment_method', id)
      if (method.customer === null) {
        throw invalidRequest(
          'The payment method you provided is not attached to a customer so detachment is impossible.',
        )
      }
      return detachPaymentMethod(context, method)
    },
  }),
  route({
    method: 'GET',
    path: '/v1/customers/:customer/payment_methods',
    parameters: { ...pageParameters, type: filled() },
    handle(context, { customer, type, ...page }) {
      requireObject(context, 'customer', customer, 'customer')
      return listMethods(context, `/v1/customers/${customer}/payment_methods`, customer, type, page)
    },
  }),
  route({
    method: 'GET',
    path: '/v1/customers/:customer/payment_methods/:id',
    parameters: {},
    handle(context, { customer, id }) {
      const method = requireObject(context, 'payment_method', id)
      if (method.customer === customer) return method
      throw new ApiError(404, 'invalid_request_error', `No such PaymentMethod: '${id}'`, {
        code: 'resource_missing',
        param: 'id',
      })
    },
  }),
]

function fromPath(context: Context, id: string): PaymentMethod {
  const name = cardFromTestId('pm_card_', id)
  return name === undefined ? requireObject(context, 'payment_method', id) : createCard(context, name)
}

function listMethods(
  context: Context,
  url: string,
  customer: string | undefined,
  type: string | undefined,
  page: Parsed<typeof pageParameters>,
): object {
  return listPage(context, 'payment_method', url, page, { where: equalTo({ '$.customer': customer, '$.type': type }) })
}

interface MethodFields {
  allow_redisplay?: 'always' | 'limited' | 'unspecified'
  billing_details?: Billing
  card?: { exp_month?: number; exp_year?: number }
  metadata?: MetadataChange
}

function withFields(
  method: PaymentMethod,
  { allow_redisplay, billing_details, card, metadata }: MethodFields,
): PaymentMethod {
  const { address, ...billing } = billing_details ?? {}
  const current = method.billing_details
  return {
    ...method,
    allow_redisplay: allow_redisplay ?? method.allow_redisplay,
    billing_details: {
      ...current,
      ...billing,
      address: address === undefined ? current.address : fullAddress(address ?? {}),
    },
    ...(method.card === undefined ? {} : { card: { ...method.card, ...card } }),
    metadata: changeMetadata(method.metadata ?? {}, metadata),
  }
}
