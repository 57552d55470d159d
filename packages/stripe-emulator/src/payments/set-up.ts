import type { Context } from '../context.ts'
import { ApiError } from '../http/error.ts'
import type { PaymentMethod, SetupIntent } from '../store/kinds.ts'
import { testCard } from './cards.ts'
import { decideSetup } from './decide.ts'
import { attemptError, cardError } from './failure.ts'
import { attachPaymentMethod } from './methods.ts'

export interface SetupAttempt {
  intent: SetupIntent
  refusal?: ApiError
}

export interface SetupOptions {
  authenticated: boolean
  returnUrl: string | null
}

/** Sets a card up for later payments, or asks its holder for proof. */
export function attemptSetup(
  context: Context,
  intent: SetupIntent,
  method: PaymentMethod,
  options: SetupOptions,
): SetupAttempt {
  const hidden = context.objects.hidden('payment_method', method.id)
  const decision = decideSetup(testCard(hidden.card), options.authenticated)
  switch (decision.kind) {
    case 'authenticate':
      return { intent: askForProof(context, intent, method, options.returnUrl) }
    case 'decline': {
      const next = fail(context, intent, { ...attemptError(decision.decline), payment_method: method })
      return { intent: next, refusal: cardError(decision.decline, { setup_intent: next, payment_method: method }) }
    }
    case 'approve': {
      const setUp = hidden.setUp || options.authenticated
      context.objects.hide('payment_method', method.id, { ...hidden, setUp })
      if (typeof intent.customer === 'string') attachPaymentMethod(context, method, intent.customer)
      const next: SetupIntent = {
        ...intent,
        last_setup_error: null,
        next_action: null,
        payment_method: method.id,
        status: 'succeeded',
      }
      context.objects.replace('setup_intent', next)
      context.emit('setup_intent.succeeded', next)
      return { intent: next }
    }
  }
}

/** What the holder did when they were asked who they are. */
export function answerSetupProof(context: Context, intent: SetupIntent, proven: boolean): SetupAttempt {
  const method =
    intent.payment_method === null ? undefined : context.objects.find('payment_method', intent.payment_method)
  if (intent.status !== 'requires_action' || method === undefined) return { intent }
  if (proven) return attemptSetup(context, intent, method, { authenticated: true, returnUrl: null })
  const code = 'setup_intent_authentication_failure'
  const message =
    'We are unable to authenticate your payment method. Please choose a different payment method and try again.'
  const doc_url = 'https://stripe.com/docs/error-codes/setup-intent-authentication-failure'
  const next = fail(context, intent, { type: 'invalid_request_error', code, message, doc_url, payment_method: method })
  return { intent: next, refusal: new ApiError(402, 'card_error', message, { code, setup_intent: next }) }
}

function askForProof(
  context: Context,
  intent: SetupIntent,
  method: PaymentMethod,
  returnUrl: string | null,
): SetupIntent {
  const url = `${context.publicUrl}/c/authenticate/${intent.id}`
  const next: SetupIntent = {
    ...intent,
    last_setup_error: null,
    next_action:
      returnUrl === null
        ? { type: 'use_stripe_sdk', use_stripe_sdk: { type: 'three_d_secure_redirect', stripe_js: url } }
        : { type: 'redirect_to_url', redirect_to_url: { return_url: returnUrl, url } },
    payment_method: method.id,
    status: 'requires_action',
  }
  context.objects.hide('setup_intent', intent.id, { returnUrl })
  context.objects.replace('setup_intent', next)
  context.emit('setup_intent.requires_action', next)
  return next
}

function fail(context: Context, intent: SetupIntent, error: NonNullable<SetupIntent['last_setup_error']>): SetupIntent {
  const next: SetupIntent = {
    ...intent,
    last_setup_error: error,
    next_action: null,
    payment_method: null,
    status: 'requires_payment_method',
  }
  context.objects.replace('setup_intent', next)
  context.emit('setup_intent.setup_failed', next)
  return next
}
