import type { Context } from '../context.ts'
import { invalidRequest } from '../http/error.ts'
import { equalTo, listPage, listParameters, requireObject } from '../http/listing.ts'
import {
  changeMetadata,
  email,
  filled,
  hash,
  list,
  metadata,
  oneOf,
  type Parsed,
  required,
  text,
  unsettable,
} from '../http/parameters.ts'
import { route } from '../http/route.ts'
import { newId, randomText } from '../ids.ts'
import { addressParameters, fullAddress } from '../payments/address.ts'
import { attachPaymentMethod, detachPaymentMethod, takePaymentMethod } from '../payments/methods.ts'
import type { Customer } from '../store/kinds.ts'

/** How many cards of a deleted customer are detached; more than anyone has. */
const MAX_CARDS = 1000

const updateParameters = {
  address: unsettable(hash(addressParameters)),
  description: text(),
  email: email(),
  invoice_settings: hash({ default_payment_method: text() }),
  metadata: metadata(),
  name: text({ max: 256 }),
  phone: text({ max: 20 }),
  preferred_locales: list(filled()),
  shipping: unsettable(
    hash({ address: required(hash(addressParameters)), name: required(filled()), phone: text({ max: 20 }) }),
  ),
  tax_exempt: oneOf('none', 'exempt', 'reverse'),
}

/** Stores a new customer, with a payment method attached when one is given. */
export function createCustomer(
  context: Context,
  { payment_method, ...fields }: Parsed<typeof updateParameters> & { payment_method?: string },
): Customer {
  const created = context.now()
  const blank: Customer = {
    id: newId('cus', 14),
    object: 'customer',
    address: null,
    balance: 0,
    created,
    currency: null,
    customer_account: null,
    default_source: null,
    delinquent: false,
    description: null,
    discount: null,
    email: null,
    invoice_prefix: randomText(8).toUpperCase(),
    invoice_settings: { custom_fields: null, default_payment_method: null, footer: null, rendering_options: null },
    livemode: false,
    metadata: {},
    name: null,
    next_invoice_sequence: 1,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: 'none',
    test_clock: null,
  }
  context.objects.insert('customer', blank, {}, created)
  if (payment_method !== undefined) {
    const method = takePaymentMethod(context, payment_method)
    attachPaymentMethod(context, method, blank.id)
  }
  const customer = withFields(context, blank, fields)
  context.objects.replace('customer', customer)
  context.emit('customer.created', customer)
  return customer
}

function withFields(context: Context, customer: Customer, fields: Parsed<typeof updateParameters>): Customer {
  const { address, invoice_settings, metadata, shipping, ...plain } = fields
  const next: Customer = { ...customer, ...plain, metadata: changeMetadata(customer.metadata, metadata) }
  if (address !== undefined) next.address = address === null ? null : fullAddress(address)
  if (shipping !== undefined) {
    next.shipping = shipping === null ? null : { phone: null, ...shipping, address: fullAddress(shipping.address) }
  }
  const method = invoice_settings?.default_payment_method
  if (method !== undefined) {
    if (method !== null) checkOwnMethod(context, customer.id, method)
    next.invoice_settings = { ...customer.invoice_settings, default_payment_method: method }
  }
  return next
}

function checkOwnMethod(context: Context, customer: string, id: string): void {
  const param = 'invoice_settings[default_payment_method]'
  const method = requireObject(context, 'payment_method', id, param)
  if (method.customer === customer) return
  throw invalidRequest(
    `The customer does not have a payment method with the ID ${id}. The payment method must be attached to the customer.`,
    { code: 'resource_missing', param },
  )
}

export const customerRoutes = [
  route({
    method: 'POST',
    path: '/v1/customers',
    parameters: { ...updateParameters, payment_method: filled() },
    handle: createCustomer,
  }),
  route({
    method: 'GET',
    path: '/v1/customers',
    parameters: { ...listParameters, email: filled() },
    handle: (context, { email, ...page }) =>
      listPage(context, 'customer', '/v1/customers', page, { where: equalTo({ '$.email': email }) }),
  }),
  route({
    method: 'GET',
    path: '/v1/customers/:id',
    parameters: {},
    handle(context, { id }) {
      if (context.objects.wasDeleted('customer', id)) return { id, object: 'customer', deleted: true }
      return requireObject(context, 'customer', id)
    },
  }),
  route({
    method: 'POST',
    path: '/v1/customers/:id',
    parameters: updateParameters,
    handle(context, { id, ...fields }) {
      const customer = requireObject(context, 'customer', id)
      const next = withFields(context, customer, fields)
      context.emitUpdate('customer.updated', 'customer', customer, next)
      return next
    },
  }),
  route({
    method: 'DELETE',
    path: '/v1/customers/:id',
    parameters: {},
    handle(context, { id }) {
      const customer = requireObject(context, 'customer', id)
      const methods = context.objects.list('payment_method', { where: equalTo({ '$.customer': id }), limit: MAX_CARDS })
      for (const method of methods) detachPaymentMethod(context, method)
      context.objects.remove('customer', id)
      context.emit('customer.deleted', customer)
      return { id, object: 'customer', deleted: true }
    },
  }),
]
