import type { Context } from '../context.ts'
import { ApiError, invalidRequest, notEmulated } from '../http/error.ts'
import { equalTo, listPage, pageParameters, requireObject } from '../http/listing.ts'
import {
  changeMetadata,
  filled,
  hash,
  integer,
  type MetadataChange,
  metadata,
  oneOf,
  type Parsed,
  required,
} from '../http/parameters.ts'
import { route } from '../http/route.ts'
import { fullAddress } from '../payments/address.ts'
import { cardFromTestId } from '../payments/cards.ts'
import {
  attachPaymentMethod,
  type Billing,
  billingParameters,
  createCard,
  detachPaymentMethod,
  type NewPaymentMethod,
} from '../payments/methods.ts'
import type { PaymentMethod } from '../store/kinds.ts'

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
      if (card.number !== undefined) throw new ApiError(402, 'invalid_request_error', rawCardRefusal)
      if (card.token === undefined) {
        throw invalidRequest('Missing required param: card[token].', {
          code: 'parameter_missing',
          param: 'card[token]',
        })
      }
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
