import type { Context } from '../context.ts'
import { invalidRequest } from '../http/error.ts'
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
import { formatAmount } from '../money.ts'
import { attemptPayment } from '../payments/attempt.ts'
import { cancelIntent, checkAmount, createIntent, unexpectedState } from '../payments/intents.ts'
import { takePaymentMethod } from '../payments/methods.ts'
import type { PaymentIntent } from '../store/kinds.ts'

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
  if (!CONFIRMABLE.includes(intent.status)) {
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

const setupFutureUsage = oneOf('off_session', 'on_session')

const sharedParameters = {
  description: text({ max: 1000 }),
  metadata: metadata(),
  receipt_email: email(),
  statement_descriptor: text({ max: 22 }),
  statement_descriptor_suffix: text({ max: 22 }),
  transfer_group: text(),
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
      const open = CONFIRMABLE.includes(intent.status)
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
  const state = context.objects.hidden('payment_intent', intent.id)
  context.objects.hide('payment_intent', intent.id, { ...state, authenticated: false })
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
