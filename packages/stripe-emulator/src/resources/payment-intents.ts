import type { Context } from '../context.ts'
import { type ApiError, invalidRequest } from '../http/error.ts'
import { equalTo, listPage, listParameters, requireObject } from '../http/listing.ts'
import {
  amount,
  boolean,
  changeMetadata,
  currency,
  email,
  filled,
  hash,
  integer,
  list,
  type MetadataChange,
  metadata,
  oneOf,
  required,
  text,
  unsettable,
  webAddress,
} from '../http/parameters.ts'
import { route } from '../http/route.ts'
import { newId, randomText } from '../ids.ts'
import { formatAmount, minimumCharge } from '../money.ts'
import { attemptPayment } from '../payments/attempt.ts'
import type { PaymentIntent, PaymentState } from '../store/kinds.ts'
import { takePaymentMethod } from './payment-methods.ts'
import { releaseCharge } from './refunds.ts'

export interface NewPaymentIntent {
  amount: number
  currency: string
  automatic_payment_methods?: { enabled: boolean; allow_redirects?: 'always' | 'never' }
  capture_method?: 'automatic' | 'automatic_async' | 'manual'
  confirmation_method?: 'automatic' | 'manual'
  customer?: string | null
  description?: string | null
  metadata?: MetadataChange
  receipt_email?: string | null
  setup_future_usage?: 'off_session' | 'on_session' | null
  statement_descriptor?: string | null
  statement_descriptor_suffix?: string | null
}

/** Stores a new intent that has no payment method yet. */
export function createIntent(
  context: Context,
  given: NewPaymentIntent,
  state: Partial<PaymentState> = {},
): PaymentIntent {
  checkAmount(given.amount, given.currency)
  const created = context.now()
  const id = newId('pi')
  const intent: PaymentIntent = {
    id,
    object: 'payment_intent',
    allowed_payment_method_types: null,
    amount: given.amount,
    amount_capturable: 0,
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: { allow_redirects: 'always', ...(given.automatic_payment_methods ?? { enabled: true }) },
    canceled_at: null,
    cancellation_reason: null,
    capture_method: given.capture_method ?? 'automatic_async',
    client_secret: `${id}_secret_${randomText(25)}`,
    confirmation_method: given.confirmation_method ?? 'automatic',
    created,
    currency: given.currency,
    customer: given.customer ?? null,
    customer_account: null,
    description: given.description ?? null,
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    managed_payments: null,
    metadata: changeMetadata({}, given.metadata),
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: {
      card: { installments: null, mandate_options: null, network: null, request_three_d_secure: 'automatic' },
    },
    payment_method_types: ['card'],
    payment_record: null,
    processing: null,
    receipt_email: given.receipt_email ?? null,
    review: null,
    setup_future_usage: given.setup_future_usage ?? null,
    shipping: null,
    source: null,
    statement_descriptor: given.statement_descriptor ?? null,
    statement_descriptor_suffix: given.statement_descriptor_suffix ?? null,
    status: 'requires_payment_method',
    transfer_data: null,
    transfer_group: null,
  }
  context.objects.insert(
    'payment_intent',
    intent,
    { authenticated: false, session: null, returnUrl: null, ...state },
    created,
  )
  context.emit('payment_intent.created', intent)
  return intent
}

export function checkAmount(value: number, currency: string): void {
  const minimum = minimumCharge(currency)
  if (value >= minimum) return
  throw invalidRequest(`Amount must be at least ${formatAmount(minimum, currency)} ${currency}`, {
    code: 'amount_too_small',
    param: 'amount',
  })
}

/** An intent is in a state in which what was asked cannot be done. */
function unexpectedState(intent: PaymentIntent, message: string): ApiError {
  return invalidRequest(message, { code: 'payment_intent_unexpected_state', payment_intent: intent })
}

interface ConfirmFields {
  error_on_requires_action?: boolean
  off_session?: boolean
  payment_method?: string
  return_url?: string
}

function confirm(context: Context, intent: PaymentIntent, fields: ConfirmFields): PaymentIntent {
  if (intent.status === 'succeeded') {
    throw unexpectedState(
      intent,
      'You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed.',
    )
  }
  if (!isOneOf(intent.status, CONFIRMABLE)) {
    throw unexpectedState(
      intent,
      `You cannot confirm this PaymentIntent because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be confirmed: ${CONFIRMABLE.join(', ')}.`,
    )
  }
  const id = fields.payment_method ?? intent.payment_method
  if (id === null) {
    throw unexpectedState(
      intent,
      "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method or ConfirmationToken.",
    )
  }
  const method = takePaymentMethod(context, id)
  const { intent: next, refusal } = attemptPayment(context, intent, method, {
    offSession: fields.off_session === true || fields.error_on_requires_action === true,
    returnUrl: fields.return_url ?? null,
  })
  if (refusal !== undefined) throw refusal
  return next
}

const CONFIRMABLE = ['requires_payment_method', 'requires_confirmation', 'requires_action']
const CHANGEABLE = CONFIRMABLE
const CANCELABLE = [
  'requires_payment_method',
  'requires_capture',
  'requires_confirmation',
  'requires_action',
  'processing',
]

function isOneOf(status: string, statuses: readonly string[]): boolean {
  return statuses.includes(status)
}

/** Ends an intent that was not paid; what was authorized is given back. */
export function cancelIntent(
  context: Context,
  intent: PaymentIntent,
  reason: PaymentIntent['cancellation_reason'],
): PaymentIntent {
  if (!isOneOf(intent.status, CANCELABLE)) {
    throw unexpectedState(
      intent,
      `You cannot cancel this PaymentIntent because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be canceled: ${CANCELABLE.join(', ')}.`,
    )
  }
  if (intent.status === 'requires_capture' && intent.latest_charge !== null)
    releaseCharge(context, intent.latest_charge)
  const next: PaymentIntent = {
    ...intent,
    amount_capturable: 0,
    canceled_at: context.now(),
    cancellation_reason: reason,
    next_action: null,
    status: 'canceled',
  }
  context.objects.replace('payment_intent', next)
  context.emit('payment_intent.canceled', next)
  return next
}

const setupFutureUsage = oneOf('off_session', 'on_session')

const sharedParameters = {
  description: text({ max: 1000 }),
  metadata: metadata(),
  receipt_email: email(),
  statement_descriptor: text({ max: 22 }),
  statement_descriptor_suffix: text({ max: 22 }),
}

const confirmParameters = {
  error_on_requires_action: boolean(),
  off_session: boolean(),
  payment_method: filled(),
  return_url: webAddress(),
  use_stripe_sdk: boolean(),
}

export const paymentIntentRoutes = [
  route({
    method: 'POST',
    path: '/v1/payment_intents',
    parameters: {
      ...sharedParameters,
      ...confirmParameters,
      amount: required(amount()),
      currency: required(currency()),
      allowed_payment_method_types: list(oneOf('card')),
      automatic_payment_methods: hash({ enabled: required(boolean()), allow_redirects: oneOf('always', 'never') }),
      capture_method: oneOf('automatic', 'automatic_async', 'manual'),
      confirm: boolean(),
      confirmation_method: oneOf('automatic', 'manual'),
      customer: filled(),
      setup_future_usage: setupFutureUsage,
    },
    handle(context, fields) {
      if (fields.customer !== undefined) requireObject(context, 'customer', fields.customer, 'customer')
      if (fields.confirm !== true) checkNotConfirming(fields)
      const intent = createIntent(context, fields)
      const chosen = fields.payment_method === undefined ? intent : choose(context, intent, fields.payment_method)
      if (fields.confirm !== true) return chosen
      return confirm(context, chosen, { ...fields, payment_method: undefined })
    },
  }),
  route({
    method: 'GET',
    path: '/v1/payment_intents',
    parameters: { ...listParameters, customer: filled() },
    handle: (context, { customer, ...page }) =>
      listPage(context, 'payment_intent', '/v1/payment_intents', page, { where: equalTo({ '$.customer': customer }) }),
  }),
  route({
    method: 'GET',
    path: '/v1/payment_intents/:id',
    parameters: { client_secret: filled() },
    handle: (context, { id }) => requireObject(context, 'payment_intent', id),
  }),
  route({
    method: 'POST',
    path: '/v1/payment_intents/:id',
    parameters: {
      ...sharedParameters,
      amount: amount(),
      currency: currency(),
      customer: filled(),
      payment_method: filled(),
      setup_future_usage: unsettable(setupFutureUsage),
    },
    handle(context, { id, payment_method, metadata, ...fields }) {
      const intent = requireObject(context, 'payment_intent', id)
      const open = isOneOf(intent.status, CHANGEABLE)
      if (!open && (fields.amount !== undefined || fields.currency !== undefined || payment_method !== undefined)) {
        throw unexpectedState(
          intent,
          `This PaymentIntent's amount, currency and payment method could not be updated because it has a status of ${intent.status}.`,
        )
      }
      if (fields.customer !== undefined) requireObject(context, 'customer', fields.customer, 'customer')
      const next: PaymentIntent = { ...intent, ...fields, metadata: changeMetadata(intent.metadata, metadata) }
      checkAmount(next.amount, next.currency)
      context.objects.replace('payment_intent', next)
      return payment_method === undefined ? next : choose(context, next, payment_method)
    },
  }),
  route({
    method: 'POST',
    path: '/v1/payment_intents/:id/confirm',
    parameters: { ...confirmParameters, receipt_email: email(), setup_future_usage: unsettable(setupFutureUsage) },
    handle(context, { id, receipt_email, setup_future_usage, ...fields }) {
      const intent = requireObject(context, 'payment_intent', id)
      const next: PaymentIntent = {
        ...intent,
        ...(receipt_email === undefined ? {} : { receipt_email }),
        ...(setup_future_usage === undefined ? {} : { setup_future_usage }),
      }
      return confirm(context, next, fields)
    },
  }),
  route({
    method: 'POST',
    path: '/v1/payment_intents/:id/capture',
    parameters: { amount_to_capture: integer({ min: 1 }), metadata: metadata() },
    handle: capture,
  }),
  route({
    method: 'POST',
    path: '/v1/payment_intents/:id/cancel',
    parameters: { cancellation_reason: oneOf('abandoned', 'duplicate', 'fraudulent', 'requested_by_customer') },
    handle: (context, { id, cancellation_reason }) =>
      cancelIntent(context, requireObject(context, 'payment_intent', id), cancellation_reason ?? null),
  }),
]

function checkNotConfirming(fields: ConfirmFields): void {
  for (const param of ['off_session', 'error_on_requires_action', 'return_url'] as const) {
    if (fields[param] === undefined) continue
    throw invalidRequest(`You cannot provide \`${param}\` on a PaymentIntent without also setting \`confirm=true\`.`, {
      param,
    })
  }
}

function choose(context: Context, intent: PaymentIntent, id: string): PaymentIntent {
  const method = takePaymentMethod(context, id)
  const next: PaymentIntent = {
    ...intent,
    payment_method: method.id,
    status: 'requires_confirmation',
    next_action: null,
  }
  context.objects.replace('payment_intent', next)
  return next
}

function capture(
  context: Context,
  { id, amount_to_capture, metadata }: { id: string; amount_to_capture?: number; metadata?: MetadataChange },
): PaymentIntent {
  const intent = requireObject(context, 'payment_intent', id)
  const charge = intent.latest_charge === null ? undefined : context.objects.find('charge', intent.latest_charge)
  if (intent.status !== 'requires_capture' || charge === undefined) {
    throw unexpectedState(
      intent,
      `This PaymentIntent could not be captured because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be captured: requires_capture.`,
    )
  }
  const captured = amount_to_capture ?? intent.amount_capturable
  if (captured > intent.amount_capturable) {
    throw invalidRequest(
      `The amount to capture (${formatAmount(captured, intent.currency)}) is greater than the amount that can be captured (${formatAmount(intent.amount_capturable, intent.currency)}).`,
      { code: 'amount_too_large', param: 'amount_to_capture' },
    )
  }
  const taken = { ...charge, captured: true, amount_captured: captured, amount_refunded: charge.amount - captured }
  context.objects.replace('charge', taken)
  context.emit('charge.captured', taken)
  const next: PaymentIntent = {
    ...intent,
    amount_capturable: 0,
    amount_received: captured,
    metadata: changeMetadata(intent.metadata, metadata),
    status: 'succeeded',
  }
  context.objects.replace('payment_intent', next)
  context.emit('payment_intent.succeeded', next)
  return next
}
