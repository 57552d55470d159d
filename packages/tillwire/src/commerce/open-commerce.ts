import type Stripe from 'stripe'
import {
  type Clock,
  harmless,
  isPlainText,
  type Logger,
  type Money,
  type Observer,
  silentLogger,
  systemClock,
} from '../core/index.ts'
import type { Credits } from '../credits/index.ts'
import { findUser, type User } from '../sessions/index.ts'
import type { Store } from '../store/index.ts'
import type { Workflows } from '../workflow/index.ts'
import { parseCharge } from './charges/charge.ts'
import { chargeCustomerWorkflow } from './charges/charge-customer.ts'
import { checkCustomers } from './check-customers.ts'
import { checkPayments } from './check-payments.ts'
import { createCustomerWorkflow } from './customers/create-customer.ts'
import { customerIdOf, parseCustomer, toCustomer } from './customers/customer.ts'
import { deleteCustomerWorkflow } from './customers/delete-customer.ts'
import { remakeCustomerWorkflow } from './customers/remake-customer.ts'
import { requireUser } from './customers/require-user.ts'
import { CustomerExists, CustomerNotFound, InvalidRefund, PaymentNotFound, UnknownPack } from './errors.ts'
import { checkoutWorkflow } from './packs/open-checkout.ts'
import { refundPackWorkflow } from './packs/refund-pack.ts'
import { syncCheckouts } from './packs/sync-checkouts.ts'
import type { Parts } from './parts.ts'
import { checkouts, customers } from './schema.ts'
import { askStripe } from './stripe/ask-stripe.ts'
import type {
  Charge,
  Commerce,
  CommerceRecord,
  CreateCustomerInput,
  Customer,
  CustomerCallback,
  Pack,
} from './types.ts'
import { type OpenInbox, openInbox } from './webhooks/open-inbox.ts'

export interface CommerceOptions {
  readonly store: Store
  readonly credits: Credits
  readonly workflows: Workflows
  /** Made by `stripeClient`. */
  readonly stripe: Stripe
  readonly clock?: Clock
  readonly logger?: Logger
  readonly packs: readonly Pack[]
  /** Where a checkout comes back to. */
  readonly urls: { readonly success: string; readonly cancel: string }
  /** While a secret is being changed, the old and the new one. */
  readonly webhookSecrets: readonly string[]
  /** Whether the Stripe key is a live one; events of the other mode are refused. */
  readonly livemode: boolean
  readonly observer?: Observer<CommerceRecord>
}

/**
 * Opens commerce on a store. Runs of it that a dead process left behind go on with the next
 * `workflows.recover()`.
 * @example
 * const commerce = openCommerce({ store, credits, workflows, stripe, packs, urls, webhookSecrets, livemode: false })
 * const customer = await commerce.createCustomer('user@here.com')
 */
export function openCommerce(options: CommerceOptions): Commerce {
  return new StoredCommerce(options)
}

/** How often a customer who is needed is made while others make and delete them. */
const MAX_RACES = 3

class StoredCommerce implements Commerce {
  readonly packs: readonly Pack[]
  readonly webhooks: OpenInbox
  readonly #parts: Parts
  readonly #urls: CommerceOptions['urls']
  readonly #flows

  constructor(options: CommerceOptions) {
    const { store, credits, workflows, stripe, clock = systemClock, logger = silentLogger } = options
    this.packs = options.packs
    this.#urls = options.urls
    const observer = harmless(options.observer, logger)
    this.#parts = { store, credits, workflows, stripe, clock, logger, observer }
    this.webhooks = openInbox(this.#parts, { secrets: options.webhookSecrets, livemode: options.livemode })
    this.#flows = {
      createCustomer: createCustomerWorkflow(this.#parts),
      remakeCustomer: remakeCustomerWorkflow(this.#parts),
      deleteCustomer: deleteCustomerWorkflow(this.#parts),
      chargeCustomer: chargeCustomerWorkflow(this.#parts),
      checkout: checkoutWorkflow(this.#parts),
      refundPack: refundPackWorkflow(this.#parts),
    }
    for (const flow of Object.values(this.#flows)) workflows.register(flow)
  }

  createCustomer(input: string | CreateCustomerInput): Promise<Customer>
  createCustomer(input: string | CreateCustomerInput, callback: CustomerCallback): void
  createCustomer(input: string | CreateCustomerInput, callback?: CustomerCallback): Promise<Customer> | undefined {
    const work = this.#createCustomer(input)
    if (!callback) return work
    // Outside of the promise, so that what the callback throws reaches the process and calls nothing again.
    work.then(
      (customer) => setImmediate(callback, null, customer),
      (error) => setImmediate(callback, error),
    )
    return undefined
  }

  async getCustomer(username: string): Promise<Customer | null> {
    const user = await findUser(this.#parts.store, username)
    return user && this.#customerOf(user)
  }

  async deleteCustomer(username: string, options: { key?: string } = {}): Promise<void> {
    const { deleteCustomer } = this.#flows
    await this.#asCustomer(username, (customerId) => this.#parts.workflows.run(deleteCustomer, { customerId }, options))
  }

  async chargeCustomer(
    username: string,
    money: Money,
    description: string,
    { key, paymentMethod }: { key?: string; paymentMethod?: string } = {},
  ): Promise<Charge> {
    const request = parseCharge(money, description, paymentMethod)
    return this.#asCustomer(username, (customerId) =>
      this.#parts.workflows.run(this.#flows.chargeCustomer, { customerId, ...request }, { key }),
    )
  }

  async checkout({ username, pack: packId, key }: { username: string; pack: string; key?: string }): Promise<{
    url: string
    checkoutId: string
  }> {
    const pack = this.packs.find(({ id }) => id === packId)
    if (!pack)
      throw new UnknownPack(
        packId,
        this.packs.map(({ id }) => id),
      )
    const user = await requireUser(this.#parts.store, username)
    const { id: customerId } = (await this.#customerOf(user)) ?? (await this.#makeCustomer(user))
    const input = { userId: user.id, customerId, pack, urls: this.#urls }
    return this.#parts.workflows.run(this.#flows.checkout, input, { key })
  }

  async syncCheckouts(username: string): Promise<{ granted: number }> {
    const user = await requireUser(this.#parts.store, username)
    return { granted: await syncCheckouts(this.#parts, user.id) }
  }

  async refundPack({ payment, amount, key }: { payment: string; amount?: Money; key?: string }): Promise<{
    refundId: string
  }> {
    const checkout = isPlainText(payment) ? await this.#parts.store.collection(checkouts).findOne({ payment }) : null
    if (!checkout) throw new PaymentNotFound(payment)
    const paid = { amount: checkout.paid ?? checkout.price.amount, currency: checkout.price.currency }
    if (paid.amount === 0 || (amount !== undefined && !isPartOf(amount, paid)))
      throw new InvalidRefund(amount ?? checkout.price, paid)
    return this.#parts.workflows.run(this.#flows.refundPack, { payment, amount: amount?.amount }, { key })
  }

  async check(): ReturnType<Commerce['check']> {
    const payments = await checkPayments(this.#parts)
    const customers = await checkCustomers(this.#parts)
    return {
      problems: [...payments.problems, ...customers.problems],
      checked: { ...payments.checked, customers: customers.checked },
    }
  }

  async ping(): Promise<string> {
    await askStripe(() => this.#parts.stripe.customers.list({ limit: 1 }))
    return 'Stripe accepts the key'
  }

  close(): Promise<void> {
    return this.webhooks.close()
  }

  async #createCustomer(input: string | CreateCustomerInput): Promise<Customer> {
    const { key, ...given } = typeof input === 'string' ? { email: input } : { ...input }
    return this.#parts.workflows.run(this.#flows.createCustomer, parseCustomer(given), { key })
  }

  /** The customer of a user who needs one now; another call may make it at the same moment. */
  async #makeCustomer(user: User): Promise<Customer> {
    const { username, handle, email } = user
    for (let race = 1; ; race++) {
      try {
        // A username that is an address may be an older one of theirs.
        return await this.#createCustomer(handle.includes('@') ? email : { username, email })
      } catch (error) {
        if (!CustomerExists.is(error)) throw error
        const customer = await this.#customerOf(user)
        if (customer) return customer
        // It was made, and deleted again, between two looks.
        if (race >= MAX_RACES) throw error
      }
    }
  }

  async #customerOf(user: User): Promise<Customer | null> {
    const customer = await this.#parts.store.collection(customers).get(customerIdOf(user.id))
    return customer && toCustomer(customer)
  }

  /** Runs with the id that the customer of a user has, or had: a key leads to its first outcome also when the customer is gone. */
  async #asCustomer<T>(username: string, run: (customerId: string) => Promise<T>): Promise<T> {
    const user = await findUser(this.#parts.store, username)
    if (!user) throw new CustomerNotFound(username)
    const customerId = customerIdOf(user.id)
    try {
      return await run(customerId)
    } catch (error) {
      if (CustomerNotFound.is(error) && error.details.username === customerId) throw new CustomerNotFound(username)
      throw error
    }
  }
}

function isPartOf(amount: Money, paid: Money): boolean {
  return (
    Number.isInteger(amount.amount) &&
    amount.amount > 0 &&
    amount.amount <= paid.amount &&
    amount.currency === paid.currency
  )
}
