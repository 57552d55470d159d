import type { Context } from '../context.ts'
import { invalidRequest, notEmulated } from '../http/error.ts'
import { equalTo, listPage, listParameters, pageParameters, requireObject } from '../http/listing.ts'
import {
  boolean,
  changeMetadata,
  email,
  filled,
  hash,
  integer,
  list,
  metadata,
  oneOf,
  type Parsed,
  required,
  text,
  webAddress,
} from '../http/parameters.ts'
import { route } from '../http/route.ts'
import { newId } from '../ids.ts'
import { formatAmount, minimumCharge } from '../money.ts'
import { cancelIntent } from '../payments/intents.ts'
import type { CheckoutSession, LineItem } from '../store/kinds.ts'
import { discountOf } from './coupons.ts'
import { createLineItems, includeLineItems, lineItemsParameter } from './line-items.ts'

const SHORTEST_LIFE_S = 30 * 60
const LONGEST_LIFE_S = 24 * 60 * 60

const createParameters = {
  allowed_payment_method_types: list(oneOf('card')),
  cancel_url: webAddress(),
  client_reference_id: filled({ max: 200 }),
  customer: filled(),
  customer_creation: oneOf('always', 'if_required'),
  customer_email: email(),
  discounts: list(hash({ coupon: required(filled()) }), { max: 1 }),
  expires_at: integer({ min: 0 }),
  line_items: required(lineItemsParameter),
  locale: filled(),
  metadata: metadata(),
  mode: required(oneOf('payment', 'setup', 'subscription')),
  payment_intent_data: hash({
    capture_method: oneOf('automatic', 'automatic_async', 'manual'),
    description: text({ max: 1000 }),
    metadata: metadata(),
    receipt_email: email(),
    setup_future_usage: oneOf('off_session', 'on_session'),
  }),
  submit_type: oneOf('auto', 'book', 'donate', 'pay', 'subscribe'),
  success_url: required(webAddress()),
  ui_mode: oneOf('hosted_page', 'embedded_page', 'elements', 'form'),
  allow_promotion_codes: boolean(),
}

function createSession(context: Context, given: Parsed<typeof createParameters>): CheckoutSession {
  if (given.mode !== 'payment') throw notEmulated(`checkout sessions in mode ${given.mode}`, 'mode')
  if ((given.ui_mode ?? 'hosted_page') !== 'hosted_page') throw notEmulated(`ui_mode ${given.ui_mode}`, 'ui_mode')
  if (given.allow_promotion_codes === true) throw notEmulated('promotion codes', 'allow_promotion_codes')
  if (given.customer !== undefined) {
    requireObject(context, 'customer', given.customer, 'customer')
    if (given.customer_email !== undefined && given.customer_email !== null) {
      throw invalidRequest('You may only specify one of these parameters: customer, customer_email.', {
        code: 'parameters_exclusive',
      })
    }
  }
  const created = context.now()
  const expires = given.expires_at ?? created + LONGEST_LIFE_S
  checkExpiry(expires - created)
  const lineItems = createLineItems(context, given.line_items)
  const { currency, subtotal } = sumOf(lineItems)
  const [coupon] = (given.discounts ?? []).map(({ coupon }) => coupon)
  const discount = coupon === undefined ? 0 : discountOf(context, coupon, subtotal, currency)
  checkTotal(subtotal - discount, currency, discount > 0)
  const session = blankSession(context, given, { created, expires, currency, subtotal, discount })
  const payment = given.payment_intent_data ?? {}
  const hidden = {
    lineItems,
    payment: {
      captureMethod: payment.capture_method ?? ('automatic_async' as const),
      description: payment.description ?? null,
      metadata: changeMetadata({}, payment.metadata),
      receiptEmail: payment.receipt_email ?? null,
      setupFutureUsage: payment.setup_future_usage ?? null,
    },
    attempts: 0,
  }
  context.objects.insert('checkout.session', session, hidden, created)
  return session
}

function checkExpiry(life: number): void {
  if (life >= SHORTEST_LIFE_S && life <= LONGEST_LIFE_S) return
  const problem = life < SHORTEST_LIFE_S ? 'at least 30 minutes' : 'less than 24 hours'
  throw invalidRequest(`The \`expires_at\` timestamp must be ${problem} from Checkout Session creation.`, {
    param: 'expires_at',
  })
}

function sumOf(lineItems: readonly LineItem[]): { currency: string; subtotal: number } {
  const currency = lineItems[0]?.currency
  if (currency === undefined) {
    throw invalidRequest('The `line_items` parameter is required in payment mode.', {
      code: 'parameter_missing',
      param: 'line_items',
    })
  }
  if (lineItems.some((item) => item.currency !== currency)) {
    throw invalidRequest('All prices on a Checkout Session must use the same currency.', { param: 'line_items' })
  }
  return { currency, subtotal: lineItems.reduce((sum, item) => sum + item.amount_total, 0) }
}

/** A total is nothing at all, by a coupon, or what can be charged. */
function checkTotal(total: number, currency: string, isDiscounted: boolean): void {
  if (total >= minimumCharge(currency) || (total === 0 && isDiscounted)) return
  throw invalidRequest(
    `The Checkout Session's total amount due must add up to at least ${formatAmount(minimumCharge(currency), currency)} ${currency}`,
    { code: 'amount_too_small' },
  )
}

interface SessionTotals {
  created: number
  expires: number
  currency: string
  subtotal: number
  discount: number
}

function blankSession(
  context: Context,
  given: Parsed<typeof createParameters>,
  totals: SessionTotals,
): CheckoutSession {
  const id = newId('cs_test', 58)
  return {
    id,
    object: 'checkout.session',
    adaptive_pricing: { enabled: false },
    after_expiration: null,
    allow_promotion_codes: null,
    allowed_payment_method_types: given.allowed_payment_method_types ?? null,
    amount_subtotal: totals.subtotal,
    amount_total: totals.subtotal - totals.discount,
    automatic_tax: { enabled: false, liability: null, provider: null, status: null },
    billing_address_collection: null,
    cancel_url: given.cancel_url ?? null,
    client_reference_id: given.client_reference_id ?? null,
    client_secret: null,
    collected_information: null,
    consent: null,
    consent_collection: null,
    created: totals.created,
    currency: totals.currency,
    currency_conversion: null,
    custom_fields: [],
    custom_text: { after_submit: null, shipping_address: null, submit: null, terms_of_service_acceptance: null },
    customer: given.customer ?? null,
    customer_account: null,
    customer_creation: given.customer === undefined ? (given.customer_creation ?? 'if_required') : null,
    customer_details: null,
    customer_email: given.customer_email ?? null,
    discounts: (given.discounts ?? []).map(({ coupon }) => ({ coupon, promotion_code: null })),
    expires_at: totals.expires,
    integration_identifier: null,
    invoice: null,
    invoice_creation: null,
    livemode: false,
    locale: given.locale ?? null,
    managed_payments: null,
    metadata: changeMetadata({}, given.metadata),
    mode: 'payment',
    origin_context: null,
    payment_intent: null,
    payment_link: null,
    payment_method_collection: 'if_required',
    payment_method_configuration_details: null,
    payment_method_options: {},
    payment_method_types: ['card'],
    payment_status: 'unpaid',
    permissions: null,
    phone_number_collection: { enabled: false },
    recovered_from: null,
    saved_payment_method_options: null,
    setup_intent: null,
    shipping_address_collection: null,
    shipping_cost: null,
    shipping_options: [],
    status: 'open',
    submit_type: given.submit_type ?? null,
    subscription: null,
    success_url: given.success_url,
    total_details: { amount_discount: totals.discount, amount_shipping: 0, amount_tax: 0 },
    ui_mode: 'hosted_page',
    url: `${context.publicUrl}/c/pay/${id}`,
    wallet_options: null,
  }
}

/** Ends an open session without a payment; an intent that was tried is cancelled with it. */
function expireSession(context: Context, session: CheckoutSession): CheckoutSession {
  const next: CheckoutSession = { ...session, status: 'expired', url: null }
  const intent =
    session.payment_intent === null ? undefined : context.objects.find('payment_intent', session.payment_intent)
  if (intent !== undefined) cancelIntent(context, intent, 'expired')
  context.objects.replace('checkout.session', next)
  context.emit('checkout.session.expired', next)
  return next
}

const MAX_EXPIRED_AT_ONCE = 1000

/** Ends the sessions whose time is over. */
export function expireDueSessions(context: Context): void {
  const due = context.objects.list('checkout.session', {
    where: equalTo({ '$.status': 'open' }),
    also: { sql: "json_extract(body, '$.expires_at') <= ?", values: [context.now()] },
    limit: MAX_EXPIRED_AT_ONCE,
  })
  for (const session of due) expireSession(context, session)
}

export const checkoutSessionRoutes = [
  route({ method: 'POST', path: '/v1/checkout/sessions', parameters: createParameters, handle: createSession }),
  route({
    method: 'GET',
    path: '/v1/checkout/sessions',
    parameters: {
      ...listParameters,
      customer: filled(),
      customer_details: hash({ email: required(filled()) }),
      payment_intent: filled(),
      status: oneOf('complete', 'expired', 'open'),
    },
    handle: (context, { customer, customer_details, payment_intent, status, ...page }) =>
      listPage(context, 'checkout.session', '/v1/checkout/sessions', page, {
        where: equalTo({
          '$.customer': customer,
          '$.customer_details.email': customer_details?.email,
          '$.payment_intent': payment_intent,
          '$.status': status,
        }),
      }),
  }),
  route({
    method: 'GET',
    path: '/v1/checkout/sessions/:id',
    parameters: {},
    handle: (context, { id }) => requireObject(context, 'checkout.session', id),
  }),
  route({
    method: 'POST',
    path: '/v1/checkout/sessions/:id',
    parameters: { metadata: metadata() },
    handle(context, { id, metadata }) {
      const session = requireObject(context, 'checkout.session', id)
      const next = { ...session, metadata: changeMetadata(session.metadata ?? {}, metadata) }
      context.objects.replace('checkout.session', next)
      return next
    },
  }),
  route({
    method: 'POST',
    path: '/v1/checkout/sessions/:id/expire',
    parameters: {},
    handle(context, { id }) {
      const session = requireObject(context, 'checkout.session', id)
      if (session.status === 'open') return expireSession(context, session)
      throw invalidRequest(
        `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of ${session.status}.`,
      )
    },
  }),
  route({
    method: 'GET',
    path: '/v1/checkout/sessions/:id/line_items',
    parameters: pageParameters,
    handle(context, { id }) {
      requireObject(context, 'checkout.session', id)
      return includeLineItems(context, id)
    },
  }),
]
