import type { Context } from '../context.ts'
import { requireObject } from '../http/listing.ts'
import { newId } from '../ids.ts'
import type { Charge, PaymentIntent, PaymentMethod } from '../store/kinds.ts'
import type { Decline } from './cards.ts'

/** What the bank answered to a charge. */
export interface BankAnswer {
  decline: Decline | null
  captured: boolean
  /** The holder proved who they are. */
  authenticated: boolean
}

/** Stores a charge, succeeded or failed, and its event. */
export function createCharge(context: Context, intent: PaymentIntent, method: PaymentMethod, bank: BankAnswer): Charge {
  const created = context.now()
  const { decline } = bank
  const captured = decline === null && bank.captured
  const { sepa_debit: debit } = method
  const charge: Charge = {
    id: newId('ch'),
    object: 'charge',
    amount: intent.amount,
    amount_captured: captured && debit === undefined ? intent.amount : 0,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: { ...method.billing_details, tax_id: null },
    calculated_statement_descriptor: decline === null ? (intent.statement_descriptor ?? 'STRIPE EMULATOR') : null,
    captured,
    created,
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: decline?.code ?? null,
    failure_message: decline?.message ?? null,
    fraud_details: {},
    livemode: false,
    metadata: intent.metadata,
    on_behalf_of: null,
    outcome: outcomeFor(decline),
    paid: decline === null && debit === undefined,
    payment_intent: intent.id,
    payment_method: method.id,
    payment_method_details:
      debit === undefined
        ? { type: 'card', card: cardDetails(intent, method, bank) }
        : { type: 'sepa_debit', sepa_debit: { ...debit, mandate: null } },
    receipt_email: intent.receipt_email,
    receipt_number: null,
    receipt_url: null,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: intent.statement_descriptor,
    statement_descriptor_suffix: intent.statement_descriptor_suffix,
    status: decline !== null ? 'failed' : debit === undefined ? 'succeeded' : 'pending',
    transfer_data: null,
    transfer_group: intent.transfer_group,
  }
  context.objects.insert('charge', charge, {}, created)
  context.emit(`charge.${charge.status}`, charge)
  return charge
}

function outcomeFor(decline: Decline | null): Charge['outcome'] {
  const base = { advice_code: null, network_advice_code: null, network_decline_code: null, risk_score: 20 }
  if (decline === null) {
    const message = 'Payment complete.'
    return {
      ...base,
      network_status: 'approved_by_network',
      reason: null,
      risk_level: 'normal',
      seller_message: message,
      type: 'authorized',
    }
  }
  if (decline.blocked) {
    const message = 'Stripe blocked this payment as too risky.'
    return {
      ...base,
      network_status: 'not_sent_to_network',
      reason: 'highest_risk_level',
      risk_level: 'highest',
      risk_score: 80,
      seller_message: message,
      type: 'blocked',
    }
  }
  const message = 'The bank returned a decline code that says why.'
  return {
    ...base,
    network_status: 'declined_by_network',
    reason: decline.declineCode,
    risk_level: 'normal',
    seller_message: message,
    type: 'issuer_declined',
  }
}

type CardDetails = NonNullable<NonNullable<Charge['payment_method_details']>['card']>

function cardDetails(intent: PaymentIntent, method: PaymentMethod, bank: BankAnswer): CardDetails {
  const card = method.card
  return {
    amount_authorized: bank.decline === null ? intent.amount : null,
    authorization_code: null,
    brand: card?.brand ?? null,
    checks: card?.checks ?? null,
    country: card?.country ?? null,
    electronic_commerce_indicator: null,
    exp_month: card?.exp_month ?? 0,
    exp_year: card?.exp_year ?? 0,
    fingerprint: card?.fingerprint ?? null,
    funding: card?.funding ?? null,
    installments: null,
    last4: card?.last4 ?? null,
    mandate: null,
    network: card?.brand ?? null,
    network_transaction_id: null,
    regulated_status: 'unregulated',
    three_d_secure: bank.authenticated
      ? {
          authentication_flow: 'challenge',
          electronic_commerce_indicator: '05',
          exemption_indicator: null,
          result: 'authenticated',
          result_reason: null,
          transaction_id: null,
          version: '2.2.0',
        }
      : null,
    transaction_link_id: null,
    wallet: null,
  }
}

/** Gives back what was authorized and never captured. */
export function releaseCharge(context: Context, id: string): void {
  const charge = requireObject(context, 'charge', id)
  const next = { ...charge, amount_refunded: charge.amount, refunded: true }
  context.emitUpdate('charge.refunded', 'charge', charge, next)
}
