import type Stripe from 'stripe'
import { expect } from 'vitest'
import { holderOf } from '../../credits/index.ts'
import { users } from '../../sessions/index.ts'
import { creditsToReverse } from '../packs/checkout.ts'
import { checkouts } from '../schema.ts'
import { type LocalStripe, openShop, pack, type Shop, WEBHOOK_SECRET } from './open-shop.ts'

export const EMAIL = 'user@here.com'
export const PRICE = pack.price.amount
/** The credits of a pack of which this much has gone back. */
const left = (back: number) => pack.credits - creditsToReverse({ credits: pack.credits, paid: PRICE }, back)

/** A shop to whose buyer nothing was granted, and a payment that Stripe has and the shop has not heard of. */
export class Case implements AsyncDisposable {
  readonly shop: Shop
  readonly #local: LocalStripe
  readonly checkoutId: string
  readonly payment: string
  readonly charge: string

  constructor(local: LocalStripe, shop: Shop, checkoutId: string, intent: Stripe.PaymentIntent) {
    this.#local = local
    this.shop = shop
    this.checkoutId = checkoutId
    this.payment = intent.id
    this.charge = String(intent.latest_charge)
  }

  static async open(local: LocalStripe, card?: string): Promise<Case> {
    await local.reset()
    const shop = await openShop({ emulatorUrl: local.url })
    await shop.store.collection(users).insert({ email: EMAIL })
    const { url, checkoutId } = await shop.commerce.checkout({ username: EMAIL, pack: 'starter' })
    await local.pay(url, card)
    const { stripeSessionId } = (await shop.store.collection(checkouts).get(checkoutId))!
    const session = await shop.stripe.checkout.sessions.retrieve(stripeSessionId!, { expand: ['payment_intent'] })
    return new Case(local, shop, checkoutId, session.payment_intent as Stripe.PaymentIntent)
  }

  async refund(amount: number): Promise<string> {
    return (await this.shop.stripe.refunds.create({ payment_intent: this.payment, amount })).id
  }

  async dispute(amount?: number): Promise<string> {
    return (await this.#local.dispute({ charge: this.charge, amount })).id
  }

  async answer(dispute: string, evidence: string): Promise<void> {
    await this.shop.stripe.disputes.update(dispute, { evidence: { uncategorized_text: evidence } })
  }

  /** Stripe's events, oldest first. */
  async events(): Promise<Stripe.Event[]> {
    return (await this.shop.stripe.events.list({ limit: 100 })).data.toReversed()
  }

  async deliver(event: Stripe.Event): Promise<void> {
    const payload = JSON.stringify(event)
    const timestamp = Math.floor(this.shop.clock.now().getTime() / 1000)
    const { webhooks } = this.shop.commerce
    const signed = { payload, secret: WEBHOOK_SECRET, timestamp }
    await webhooks.receive(Buffer.from(payload), this.shop.stripe.webhooks.generateTestHeaderString(signed))
    await webhooks.work()
  }

  async deliverAll(): Promise<void> {
    for (const event of await this.events()) await this.deliver(event)
  }

  balance() {
    return this.checkout().then(({ userId }) => this.shop.credits.balance(holderOf(userId)))
  }

  async checkout() {
    return (await this.shop.store.collection(checkouts).get(this.checkoutId))!
  }

  /** The one state that follows from what has gone back, with nothing left to do or to find. */
  async expectLeft(back: number): Promise<void> {
    expect(await this.balance()).toMatchObject({ available: left(back), debt: 0, held: 0 })
    const { webhooks } = this.shop.commerce
    expect((await webhooks.list({ status: 'pending' })).items).toEqual([])
    expect((await this.shop.commerce.check()).problems).toEqual([])
    expect((await this.shop.credits.check()).problems).toEqual([])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shop[Symbol.asyncDispose]()
  }
}
