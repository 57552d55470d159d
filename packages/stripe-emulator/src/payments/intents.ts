import type { Context } from '../context.ts'
import { type ApiError, invalidRequest } from '../http/error.ts'
import { changeMetadata, type MetadataChange } from '../http/parameters.ts'
import { newId, randomText } from '../ids.ts'
import { amountStep, formatAmount, maximumCharge, minimumCharge } from '../money.ts'
import type { PaymentIntent, PaymentState } from '../store/kinds.ts'
import { releaseCharge } from './charges.ts'

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
  transfer_group?: string | null
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
    transfer_group: given.transfer_group ?? null,
  }
  context.objects.insert(
    'payment_intent',
    intent,
    { authenticated: false, session: null, returnUrl: null, debit: null, ...state },
    created,
  )
  context.emit('payment_intent.created', intent)
  return intent
}

/** @throws ApiError 400 unless Stripe would charge this much in this currency. */
export function checkAmount(value: number, currency: string, param = 'amount'): void {
  const [minimum, maximum] = [minimumCharge(currency), maximumCharge(currency)]
  if (value < minimum) {
    const message = `Amount must be at least ${formatAmount(minimum, currency)} ${currency}`
    throw invalidRequest(message, { code: 'amount_too_small', param })
  }
  if (value > maximum) {
    const message = `Amount must be no more than ${formatAmount(maximum, currency)} ${currency}`
    throw invalidRequest(message, { code: 'amount_too_large', param })
  }
  const step = amountStep(currency)
  if (value % step === 0) return
  throw invalidRequest(`Amounts in ${currency} must be evenly divisible by ${step}.`, { param })
}

/** An intent is in a state in which what was asked cannot be done. */
export function unexpectedState(intent: PaymentIntent, message: string): ApiError {
  return invalidRequest(message, { code: 'payment_intent_unexpected_state', payment_intent: intent })
}

const CANCELABLE = [
  'requires_payment_method',
  'requires_capture',
  'requires_confirmation',
  'requires_action',
  'processing',
]

/** Ends an intent that was not paid; what was authorized is given back. */
export function cancelIntent(
  context: Context,
  intent: PaymentIntent,
  reason: PaymentIntent['cancellation_reason'],
): PaymentIntent {
  if (!CANCELABLE.includes(intent.status)) {
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
