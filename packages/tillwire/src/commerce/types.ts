import type { Money } from '../core/index.ts'

export interface Address {
  readonly line1?: string
  readonly line2?: string
  readonly city?: string
  readonly state?: string
  readonly postalCode?: string
  /** ISO 3166-1 alpha-2. */
  readonly country?: string
}
/** What `createCustomer` takes as an object. `username` is the e-mail unless another is given. */
export interface CreateCustomerInput {
  readonly username?: string
  readonly email: string
  readonly firstName?: string
  readonly lastName?: string
  readonly phone?: string
  readonly address?: Address
  readonly shipping?: { readonly name: string; readonly phone?: string; readonly address: Address }
  /** Names an attempt: the same key with the same input returns the first outcome. */
  readonly key?: string
}
export interface Customer {
  readonly id: string
  readonly userId: string
  readonly username: string
  readonly email: string
  readonly stripeCustomerId: string
  readonly firstName: string | null
  readonly lastName: string | null
  readonly phone: string | null
  readonly address: Address | null
  readonly createdAt: string
}
export type CustomerCallback = (error: Error | null, customer?: Customer) => void

/** A credit pack, as sold. Credits in microcredits. */
export interface Pack {
  readonly id: string
  readonly name: string
  readonly credits: number
  readonly price: Money
}
export interface Commerce {
  createCustomer(input: string | CreateCustomerInput): Promise<Customer>
  createCustomer(input: string | CreateCustomerInput, callback: CustomerCallback): void
  /** Null when there is none. */
  getCustomer(username: string): Promise<Customer | null>
  deleteCustomer(username: string, options?: { key?: string }): Promise<void>
  chargeCustomer(
    username: string,
    money: Money,
    description: string,
    options?: { key?: string; paymentMethod?: string },
  ): Promise<Charge>
  readonly packs: readonly Pack[]
  /** Opens a checkout of a pack; makes the customer first where there is none. */
  checkout(request: {
    username: string
    pack: string
    key?: string
  }): Promise<{ readonly url: string; readonly checkoutId: string }>
  /** Asks Stripe what became of this user's open checkouts, and grants what was paid: the same idempotent work as the webhook. */
  syncCheckouts(username: string): Promise<{ readonly granted: number }>
  /** Refunds a pack (whole when no amount is given) and takes its credits back. */
  refundPack(request: { payment: string; amount?: Money; key?: string }): Promise<{ readonly refundId: string }>
  readonly webhooks: Inbox
  /** Read-only: payments at Stripe against grants in the ledger, both ways. */
  check(): Promise<{
    readonly problems: readonly { readonly code: string; readonly id: string; readonly message: string }[]
    readonly checked: Readonly<Record<string, number>>
  }>
  /** Asks Stripe whether it accepts the key; says so, or throws. */
  ping(): Promise<string>
  close(): Promise<void>
}
export interface Charge {
  readonly id: string
  readonly customerId: string
  readonly paymentIntent: string
  readonly amount: Money
  readonly description: string
  readonly status: 'succeeded'
}
/** A record of an event of Stripe, or of a payment in the ledger, as observers are told of it. */
export type CommerceRecord =
  | { readonly record: 'receive' | 'take' | 'done' | 'fail' | 'park'; readonly eventId: string; readonly type: string }
  /** An event's mark is written with these. */
  | { readonly record: 'grant' | 'reverse' | 'restore'; readonly payment: string }
/** What Stripe sent, kept first and worked on after. */
export interface Inbox {
  /** Verifies and stores a delivery once. Throws `InvalidSignature` (answer 400). Returns when it is durable. */
  receive(
    rawBody: Uint8Array,
    signature: string | undefined,
  ): Promise<{ readonly eventId: string; readonly duplicate: boolean }>
  /** Works on what is due now; returns how many events were handled. */
  work(): Promise<number>
  /** Reads Stripe's events since the last time into the inbox; returns how many were new. */
  poll(): Promise<number>
  list(options?: {
    status?: 'pending' | 'done' | 'parked'
    after?: string
    limit?: number
  }): Promise<{ readonly items: WebhookEvent[]; readonly next: string | null }>
  retry(id: string): Promise<void>
}
export interface WebhookEvent {
  readonly id: string
  readonly type: string
  readonly objectId: string
  readonly status: 'pending' | 'done' | 'parked'
  readonly attempts: number
  readonly lastError: string | null
  readonly receivedAt: string
}
