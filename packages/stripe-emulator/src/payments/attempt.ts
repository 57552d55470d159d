import type { Context } from '../context.ts'
import { ApiError, invalidRequest } from '../http/error.ts'
import { requireObject } from '../http/listing.ts'
import type { PaymentIntent, PaymentMethod, PaymentState } from '../store/kinds.ts'
import { type Decline, testCard } from './cards.ts'
import { createCharge } from './charges.ts'
import { beginDebit } from './debits.ts'
import { decidePayment } from './decide.ts'
import { openDispute, warnOfFraud } from './disputes.ts'
import { attemptError, cardError } from './failure.ts'
import { attachPaymentMethod, spentMethod } from './methods.ts'

/** How an attempt to pay ended; with `refusal` when the card was declined. */
export interface Attempt {
  intent: PaymentIntent
  refusal?: ApiError
}

export interface AttemptOptions {
  offSession: boolean
  returnUrl: string | null
}

/** Charges the intent's payment method, or asks its holder for proof, and records what came of it. */
export function attemptPayment(
  context: Context,
  intent: PaymentIntent,
  method: PaymentMethod,
  options: AttemptOptions,
): Attempt {
  const hidden = context.objects.hidden('payment_method', method.id)
  if (hidden.debit !== undefined) return { intent: beginDebit(context, intent, method, hidden.debit) }
  checkUsable(context, intent, method)
  const state = context.objects.hidden('payment_intent', intent.id)
  const authenticated = state.authenticated && intent.payment_method === method.id
  const decision = decidePayment(testCard(hidden.card), { ...options, authenticated, setUp: hidden.setUp })
  switch (decision.kind) {
    case 'authenticate':
      return {
        intent: askForProof(context, intent, method, { ...state, authenticated: false, returnUrl: options.returnUrl }),
      }
    case 'decline':
      return decline(context, intent, method, decision.decline, authenticated)
    case 'approve':
      return { intent: approve(context, intent, method, authenticated) }
  }
}

/** What the holder did when they were asked who they are. */
export function answerProof(context: Context, intent: PaymentIntent, proven: boolean): Attempt {
  const method =
    typeof intent.payment_method === 'string'
      ? context.objects.find('payment_method', intent.payment_method)
      : undefined
  if (intent.status !== 'requires_action' || method === undefined) return { intent }
  const state = context.objects.hidden('payment_intent', intent.id)
  if (!proven) return failProof(context, intent, method)
  context.objects.hide('payment_intent', intent.id, { ...state, authenticated: true })
  if (intent.confirmation_method === 'manual') {
    const next: PaymentIntent = { ...intent, status: 'requires_confirmation', next_action: null }
    context.objects.replace('payment_intent', next)
    return { intent: next }
  }
  return attemptPayment(context, intent, method, { offSession: false, returnUrl: state.returnUrl })
}

function checkUsable(context: Context, intent: PaymentIntent, method: PaymentMethod): void {
  if (method.customer !== null && method.customer !== intent.customer) {
    throw invalidRequest(
      intent.customer === null
        ? 'The PaymentMethod you provided belongs to a Customer. Please include the Customer in the `customer` parameter on the PaymentIntent.'
        : `The customer does not have a payment method with the ID ${method.id}. The payment method must be attached to the customer.`,
      { code: 'payment_method_unexpected_state', param: 'payment_method' },
    )
  }
  if (context.objects.hidden('payment_method', method.id).spent) throw spentMethod()
}

function askForProof(
  context: Context,
  intent: PaymentIntent,
  method: PaymentMethod,
  state: PaymentState,
): PaymentIntent {
  const url = `${context.publicUrl}/c/authenticate/${intent.id}`
  const next: PaymentIntent = {
    ...intent,
    status: 'requires_action',
    payment_method: method.id,
    last_payment_error: null,
    next_action:
      state.returnUrl === null
        ? { type: 'use_stripe_sdk', use_stripe_sdk: { type: 'three_d_secure_redirect', stripe_js: url } }
        : { type: 'redirect_to_url', redirect_to_url: { return_url: state.returnUrl, url } },
  }
  context.objects.hide('payment_intent', intent.id, state)
  context.objects.replace('payment_intent', next)
  context.emit('payment_intent.requires_action', next)
  return next
}

function approve(context: Context, intent: PaymentIntent, given: PaymentMethod, authenticated: boolean): PaymentIntent {
  const captured = intent.capture_method !== 'manual'
  const method = keepForLater(context, intent, given, authenticated)
  const charge = createCharge(context, intent, method, { decline: null, captured, authenticated })
  const next: PaymentIntent = {
    ...intent,
    amount_capturable: captured ? 0 : intent.amount,
    amount_received: captured ? intent.amount : 0,
    last_payment_error: null,
    latest_charge: charge.id,
    next_action: null,
    payment_method: method.id,
    status: captured ? 'succeeded' : 'requires_capture',
  }
  context.objects.replace('payment_intent', next)
  context.emit(captured ? 'payment_intent.succeeded' : 'payment_intent.amount_capturable_updated', next)
  if (captured) followUp(context, charge.id)
  return next
}

/** What the card's bank does after a charge, at once. */
function followUp(context: Context, chargeId: string): void {
  const charge = requireObject(context, 'charge', chargeId)
  const { card } = context.objects.hidden('payment_method', String(charge.payment_method))
  switch (testCard(card).afterwards) {
    case 'disputes-fraud':
      openDispute(context, charge, { reason: 'fraudulent' })
      break
    case 'disputes-delivery':
      openDispute(context, charge, { reason: 'product_not_received' })
      break
    case 'inquires':
      openDispute(context, charge, { reason: 'fraudulent', inquiry: true })
      break
    case 'warns':
      warnOfFraud(context, charge)
  }
}

/** A paid card is attached when the intent asks for it; one that belongs to nobody cannot be used again. */
function keepForLater(
  context: Context,
  intent: PaymentIntent,
  method: PaymentMethod,
  authenticated: boolean,
): PaymentMethod {
  const hidden = context.objects.hidden('payment_method', method.id)
  if (typeof intent.customer !== 'string' || (method.customer === null && intent.setup_future_usage === null)) {
    context.objects.hide('payment_method', method.id, { ...hidden, spent: true })
    return method
  }
  const setUp = hidden.setUp || (authenticated && intent.setup_future_usage === 'off_session')
  context.objects.hide('payment_method', method.id, { ...hidden, setUp })
  return attachPaymentMethod(context, method, intent.customer)
}

function decline(
  context: Context,
  intent: PaymentIntent,
  method: PaymentMethod,
  reason: Decline,
  authenticated: boolean,
): Attempt {
  const charge = createCharge(context, intent, method, { decline: reason, captured: false, authenticated })
  const next = fail(
    context,
    intent,
    {
      ...attemptError(reason, charge.id),
      payment_method: embedded(method),
    },
    charge.id,
  )
  const refusal = cardError(reason, { charge: charge.id, payment_intent: next, payment_method: method })
  return { intent: next, refusal }
}

function failProof(context: Context, intent: PaymentIntent, method: PaymentMethod): Attempt {
  const code = 'payment_intent_authentication_failure'
  const message =
    'We are unable to authenticate your payment method. Please choose a different payment method and try again.'
  const next = fail(
    context,
    intent,
    {
      code,
      doc_url: `https://stripe.com/docs/error-codes/${code.replaceAll('_', '-')}`,
      message,
      payment_method: embedded(method),
      type: 'invalid_request_error',
    },
    intent.latest_charge,
  )
  return { intent: next, refusal: new ApiError(402, 'card_error', message, { code, payment_intent: next }) }
}

function fail(
  context: Context,
  intent: PaymentIntent,
  error: NonNullable<PaymentIntent['last_payment_error']>,
  charge: string | null,
): PaymentIntent {
  const next: PaymentIntent = {
    ...intent,
    last_payment_error: error,
    latest_charge: charge,
    next_action: null,
    payment_method: null,
    status: 'requires_payment_method',
  }
  const state = context.objects.hidden('payment_intent', intent.id)
  context.objects.hide('payment_intent', intent.id, { ...state, authenticated: false })
  context.objects.replace('payment_intent', next)
  context.emit('payment_intent.payment_failed', next)
  return next
}

type EmbeddedMethod = NonNullable<NonNullable<PaymentIntent['last_payment_error']>['payment_method']>

/** Stripe puts the whole payment method into the error; its customer stays an id. */
function embedded(method: PaymentMethod): EmbeddedMethod {
  return method
}
