import type { Context } from '../context.ts'
import type { FormHash } from '../http/form.ts'
import { type Attempt, attemptPayment } from '../payments/attempt.ts'
import { createDebit } from '../payments/debits.ts'
import { createIntent } from '../payments/intents.ts'
import { createCard, type NewPaymentMethod } from '../payments/methods.ts'
import { createCustomer } from '../resources/customers.ts'
import type { CheckoutSession, PaymentIntent } from '../store/kinds.ts'
import { field, readCard, type TypedCard } from './card-form.ts'

/** What became of a press on "Pay". */
export type Payment =
  | { kind: 'paid'; session: CheckoutSession }
  | { kind: 'prove'; intent: PaymentIntent }
  /** Declined: the page shows why from the intent. */
  | { kind: 'declined' }
  /** Not a card: nothing was tried. */
  | { kind: 'mistake'; sentence: string }

/**
 * Pays an open session with what was typed. Each page carries the number of its attempt, so the same page sent twice
 * pays once.
 */
export function payCheckout(context: Context, session: CheckoutSession, form: FormHash): Payment {
  const hidden = context.objects.hidden('checkout.session', session.id)
  const sent = field(form, 'attempt')
  if (sent !== '' && sent !== String(hidden.attempts)) return whatCameOf(context, session)

  if (session.amount_total === 0) return { kind: 'paid', session: completeSession(context, session, null) }
  const iban = field(form, 'iban')
  if (iban !== '' && session.currency === 'eur') return payByDebit(context, session, iban, form)
  const reading = readCard(form, new Date(context.clock.now()))
  if (!reading.ok) return { kind: 'mistake', sentence: reading.sentence }
  context.objects.hide('checkout.session', session.id, { ...hidden, attempts: hidden.attempts + 1 })
  const { typed } = reading
  const intent = intentOf(context, session)
  const method = createCard(context, typed.card, {
    expiry: typed.expiry,
    cvcCheck: 'pass',
    billing: { name: typed.name, email: emailOf(context, session, typed) },
  } satisfies NewPaymentMethod)
  return settle(context, attemptPayment(context, intent, method, { offSession: false, returnUrl: null }))
}

/** A debit of a bank account completes the session, and is known to have come only later. */
function payByDebit(context: Context, session: CheckoutSession, iban: string, form: FormHash): Payment {
  const method = createDebit(context, iban, field(form, 'name') || null)
  if (method === undefined) return { kind: 'mistake', sentence: 'The IBAN you entered is invalid.' }
  const attempt = attemptPayment(context, intentOf(context, session), method, { offSession: false, returnUrl: null })
  return settle(context, attempt)
}

/** What an attempt means for the session that it pays for. */
export function settle(context: Context, { intent, refusal }: Attempt): Payment {
  if (refusal !== undefined) return { kind: 'declined' }
  if (intent.status === 'requires_action') return { kind: 'prove', intent }
  const { session: id } = context.objects.hidden('payment_intent', intent.id)
  const session = id === null ? undefined : context.objects.find('checkout.session', id)
  if (session === undefined || session.status !== 'open') return { kind: 'declined' }
  return { kind: 'paid', session: completeSession(context, session, intent) }
}

function whatCameOf(context: Context, session: CheckoutSession): Payment {
  const intent =
    session.payment_intent === null ? undefined : context.objects.find('payment_intent', session.payment_intent)
  return intent?.status === 'requires_action' ? { kind: 'prove', intent } : { kind: 'declined' }
}

/** The session's intent, made at the first attempt as at Stripe. */
function intentOf(context: Context, session: CheckoutSession): PaymentIntent {
  const known =
    session.payment_intent === null ? undefined : context.objects.find('payment_intent', session.payment_intent)
  if (known !== undefined) return known
  const { payment } = context.objects.hidden('checkout.session', session.id)
  const intent = createIntent(
    context,
    {
      amount: session.amount_total ?? 0,
      capture_method: payment.captureMethod,
      currency: session.currency ?? 'usd',
      customer: session.customer,
      description: payment.description,
      metadata: payment.metadata,
      receipt_email: payment.receiptEmail,
      setup_future_usage: payment.setupFutureUsage,
    },
    { session: session.id },
  )
  context.objects.replace('checkout.session', { ...session, payment_intent: intent.id })
  return intent
}

/** Ends a session whose payment was made or begun; without an intent there was nothing to pay. */
export function completeSession(
  context: Context,
  session: CheckoutSession,
  intent: PaymentIntent | null,
): CheckoutSession {
  const paidBy = intent?.payment_method ?? null
  const method = paidBy === null ? undefined : context.objects.find('payment_method', paidBy)
  const billing = method?.billing_details
  const customer =
    session.customer_creation === 'always' && intent !== null
      ? newCustomer(context, intent, billing ?? null)
      : session.customer
  const next: CheckoutSession = {
    ...session,
    customer,
    customer_details: {
      address: billing?.address ?? null,
      business_name: null,
      email: billing?.email ?? null,
      individual_name: null,
      name: billing?.name ?? null,
      phone: null,
      tax_exempt: 'none',
      tax_ids: [],
    },
    payment_intent: intent?.id ?? null,
    payment_status: intent === null ? 'no_payment_required' : intent.status === 'succeeded' ? 'paid' : 'unpaid',
    status: 'complete',
    url: null,
  }
  context.objects.replace('checkout.session', next)
  context.emit('checkout.session.completed', next)
  return next
}

/** The customer that a session was asked to make of its payer. */
function newCustomer(
  context: Context,
  intent: PaymentIntent,
  billing: { email: string | null; name: string | null } | null,
): string {
  const { id } = createCustomer(context, { email: billing?.email ?? null, name: billing?.name ?? null })
  context.objects.replace('payment_intent', { ...intent, customer: id })
  const charge = intent.latest_charge === null ? undefined : context.objects.find('charge', intent.latest_charge)
  if (charge !== undefined) context.objects.replace('charge', { ...charge, customer: id })
  return id
}

function emailOf(context: Context, session: CheckoutSession, typed: TypedCard): string | null {
  const customer = session.customer === null ? undefined : context.objects.find('customer', session.customer)
  return customer?.email ?? session.customer_email ?? typed.email
}

/** Where the browser goes after the payment. */
export function successUrl(session: CheckoutSession): string {
  return (session.success_url ?? '/').replaceAll('{CHECKOUT_SESSION_ID}', session.id)
}
