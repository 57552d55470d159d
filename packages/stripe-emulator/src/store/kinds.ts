import type Stripe from 'stripe'
import type { CardName } from '../payments/cards.ts'

/**
 * Stripe's own type of an object as it is stored: what could be expanded is the plain id. The shapes of this emulator
 * are checked against the official client's types, which are erased and never imported at run time.
 */
type Stored<T> = { [Field in keyof T]: string extends T[Field] ? Exclude<T[Field], { object: string }> : T[Field] }

export type Customer = Stored<Stripe.Customer>
export type PaymentMethod = Stored<Stripe.PaymentMethod>
export type SetupIntent = Stored<Stripe.SetupIntent>
export type PaymentIntent = Stored<Stripe.PaymentIntent>
export type Charge = Stored<Stripe.Charge>
export type Refund = Stored<Stripe.Refund>
export type Coupon = Stored<Stripe.Coupon>
export type Dispute = Stored<Stripe.Dispute>
export type EarlyFraudWarning = Stored<Stripe.Radar.EarlyFraudWarning>
export type Product = Stored<Stripe.Product>
/** On the wire a decimal is text; the client turns it into its own class. */
export type Price = Omit<Stored<Stripe.Price>, 'unit_amount_decimal'> & { unit_amount_decimal: string | null }
export type LineItem = Omit<Stripe.LineItem, 'price'> & { price: Price }
export type CheckoutSession = Omit<Stored<Stripe.Checkout.Session>, 'line_items'>
export type WebhookEndpoint = Stripe.WebhookEndpoint
export type EventObject = Omit<Stripe.EventBase, 'type' | 'data'> & {
  type: string
  data: { object: unknown; previous_attributes?: unknown }
}

type Nothing = Record<string, never>

/** What an attempt to pay was asked to do, kept while the customer proves who they are. */
export interface PaymentState {
  /** The customer has proven who they are for the payment method that is set now. */
  authenticated: boolean
  /** The checkout session that pays through this intent. */
  session: string | null
  returnUrl: string | null
  /** A debit that is under way: when it is known whether it comes, in seconds, and whether it does. */
  debit: { at: number; comes: boolean } | null
}

/** Every kind of object, with what is kept beside it and never shown. */
export interface Kinds {
  customer: { object: Customer; hidden: Nothing }
  payment_method: {
    object: PaymentMethod
    /** `setUp`: proven for payments without the customer. `spent`: used once without a customer, so never again. */
    hidden: {
      card: CardName
      setUp: boolean
      spent: boolean
      /** A bank account: whether a debit of it comes. */
      debit?: boolean
    }
  }
  setup_intent: { object: SetupIntent; hidden: { returnUrl: string | null } }
  payment_intent: { object: PaymentIntent; hidden: PaymentState }
  charge: { object: Charge; hidden: Nothing }
  refund: {
    object: Refund
    /** What it becomes later, and when: the time is in seconds of the emulator's clock. */
    hidden: { turns: { at: number; to: 'succeeded' | 'failed' } | null }
  }
  coupon: { object: Coupon; hidden: Nothing }
  dispute: { object: Dispute; hidden: Nothing }
  'radar.early_fraud_warning': { object: EarlyFraudWarning; hidden: Nothing }
  product: { object: Product; hidden: Nothing }
  price: { object: Price; hidden: Nothing }
  'checkout.session': {
    object: CheckoutSession
    hidden: { lineItems: LineItem[]; payment: CheckoutPayment; attempts: number }
  }
  event: { object: EventObject; hidden: Nothing }
  webhook_endpoint: {
    object: WebhookEndpoint
    /**
     * `secret`: what it signs with unless the emulator was given one, which is not kept. `configured`: registered by
     * the emulator's own settings, so a reset does not remove it.
     */
    hidden: { secret: string; configured: boolean }
  }
}

/** What a checkout session hands to its payment intent. */
export interface CheckoutPayment {
  captureMethod: 'automatic' | 'automatic_async' | 'manual'
  description: string | null
  metadata: Record<string, string>
  receiptEmail: string | null
  setupFutureUsage: 'off_session' | 'on_session' | null
}

export type Kind = keyof Kinds
export type ObjectOf<K extends Kind> = Kinds[K]['object']
export type HiddenOf<K extends Kind> = Kinds[K]['hidden']
