import type { Context } from '../context.ts'
import { requireObject } from '../http/listing.ts'
import { newId } from '../ids.ts'
import type { PaymentIntent, PaymentMethod } from '../store/kinds.ts'
import { createCharge } from './charges.ts'
import type { AttemptError } from './failure.ts'

/** After so long, by the emulator's clock, a direct debit has come or failed. */
export const DEBIT_SETTLES_S = 5
const MAX_SETTLED_AT_ONCE = 1_000

/** What Stripe says of a debit that the account could not pay: a bank account is no card. */
const FAILURE = {
  code: 'insufficient_funds',
  message: "The customer's account has insufficient funds to cover this payment.",
} as const

/** Stripe's test accounts for SEPA direct debit, and whether a debit of them comes. */
const TEST_IBANS: ReadonlyMap<string, boolean> = new Map([
  ['AT611904300234573201', true],
  ['AT861904300235473202', false],
])

/** Stores a payment method for a test account; undefined when it is none. */
export function createDebit(context: Context, typed: string, name: string | null): PaymentMethod | undefined {
  const iban = typed.replaceAll(' ', '').toUpperCase()
  const comes = TEST_IBANS.get(iban)
  if (comes === undefined) return undefined
  const created = context.now()
  const method: PaymentMethod = {
    id: newId('pm'),
    object: 'payment_method',
    allow_redisplay: 'unspecified',
    billing_details: { address: null, email: null, name, phone: null, tax_id: null },
    created,
    customer: null,
    customer_account: null,
    livemode: false,
    metadata: {},
    sepa_debit: {
      bank_code: iban.slice(4, 9),
      branch_code: null,
      country: iban.slice(0, 2),
      fingerprint: null,
      generated_from: { charge: null, setup_attempt: null },
      last4: iban.slice(-4),
    },
    type: 'sepa_debit',
  }
  context.objects.insert('payment_method', method, { card: 'visa', setUp: false, spent: true, debit: comes }, created)
  return method
}

/** Begins a debit: whether it comes is known some time later. */
export function beginDebit(
  context: Context,
  intent: PaymentIntent,
  method: PaymentMethod,
  comes: boolean,
): PaymentIntent {
  const charge = createCharge(context, intent, method, { decline: null, captured: true, authenticated: false })
  const state = context.objects.hidden('payment_intent', intent.id)
  const debit = { at: context.now() + DEBIT_SETTLES_S, comes }
  context.objects.hide('payment_intent', intent.id, { ...state, debit })
  const next: PaymentIntent = {
    ...intent,
    last_payment_error: null,
    latest_charge: charge.id,
    payment_method: method.id,
    status: 'processing',
  }
  context.objects.replace('payment_intent', next)
  context.emit('payment_intent.processing', next)
  return next
}

/** Ends the debits that are due, and tells the sessions that they pay for. */
export function settleDueDebits(context: Context): void {
  const also = { sql: "json_extract(hidden, '$.debit.at') <= ?", values: [context.now()] }
  for (const intent of context.objects.list('payment_intent', { also, limit: MAX_SETTLED_AT_ONCE })) {
    const { debit, ...state } = context.objects.hidden('payment_intent', intent.id)
    context.objects.hide('payment_intent', intent.id, { ...state, debit: null })
    if (intent.status === 'processing') settleDebit(context, intent, state.session, debit?.comes === true)
  }
}

function settleDebit(context: Context, intent: PaymentIntent, sessionId: string | null, comes: boolean): void {
  const charge = requireObject(context, 'charge', String(intent.latest_charge))
  const failed = { failure_code: FAILURE.code, failure_message: FAILURE.message }
  const settled = comes
    ? ({ ...charge, status: 'succeeded', paid: true, amount_captured: charge.amount } as const)
    : ({ ...charge, status: 'failed', paid: false, captured: false, ...failed } as const)
  context.objects.replace('charge', settled)
  context.emit(comes ? 'charge.succeeded' : 'charge.failed', settled)
  const next: PaymentIntent = comes
    ? { ...intent, amount_received: intent.amount, status: 'succeeded' }
    : {
        ...intent,
        last_payment_error: debitError(charge.id),
        payment_method: null,
        status: 'requires_payment_method',
      }
  context.objects.replace('payment_intent', next)
  context.emit(comes ? 'payment_intent.succeeded' : 'payment_intent.payment_failed', next)
  const session = sessionId === null ? undefined : context.objects.find('checkout.session', sessionId)
  if (session === undefined) return
  const ended = comes ? ({ ...session, payment_status: 'paid' } as const) : session
  context.objects.replace('checkout.session', ended)
  context.emit(`checkout.session.async_payment_${comes ? 'succeeded' : 'failed'}`, ended)
}

function debitError(charge: string): AttemptError {
  return {
    type: 'invalid_request_error',
    ...FAILURE,
    charge,
    doc_url: `https://stripe.com/docs/error-codes/${FAILURE.code.replaceAll('_', '-')}`,
  }
}
