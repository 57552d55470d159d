import type Stripe from 'stripe'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Money } from '../../core/index.ts'
import { LocalStripe, openShop, type Shop } from '../testing/open-shop.ts'
import type { Charge, Customer } from '../types.ts'

const EMAIL = 'user@here.com'
const TEXT = 'Two hours'
const price: Money = { amount: 1_999, currency: 'usd' }
const MAKE = '/v1/payment_intents'
const CONFIRM = '/v1/payment_intents/*/confirm'

let local: LocalStripe
let shop: Shop
let customer: Customer
let card: string
beforeAll(async () => {
  local = await LocalStripe.start()
})
afterAll(() => local.close())
beforeEach(async () => {
  await local.reset()
  shop = await openShop({ emulatorUrl: local.url })
  customer = await shop.commerce.createCustomer(EMAIL)
  card = (await shop.stripe.paymentMethods.attach('pm_card_visa', { customer: customer.stripeCustomerId })).id
})
afterEach(() => shop[Symbol.asyncDispose]())

const charge = () => shop.commerce.chargeCustomer(EMAIL, price, TEXT)
const intents = async () => (await shop.stripe.paymentIntents.list({ limit: 100 })).data
const refunds = async () => (await shop.stripe.refunds.list()).data
/** What was received of a payment, less what went back. */
async function keptOf({ paymentIntent }: Charge): Promise<number> {
  const intent = await shop.stripe.paymentIntents.retrieve(paymentIntent, { expand: ['latest_charge'] })
  return intent.amount_received - (intent.latest_charge as Stripe.Charge).amount_refunded
}
/** A payment of the same sum and text for the same customer that this shop did not make. */
function payElsewhere(): Promise<Stripe.PaymentIntent> {
  const request = { customer: customer.stripeCustomerId, payment_method: card, description: TEXT }
  return shop.stripe.paymentIntents.create({ ...price, ...request, confirm: true, off_session: true })
}

describe('a charge of which no answer told', () => {
  it.each([
    ['making it, done', MAKE, 'after'],
    ['making it, not done', MAKE, 'before'],
    ['confirming it, done', CONFIRM, 'after'],
    ['confirming it, not done', CONFIRM, 'before'],
  ] as const)(
    'is never another one that is equal, and whose answer is slow: a stored 500 at %s',
    async (_, path, phase) => {
      await local.fault({ method: 'POST', path, phase: 'after', kind: 'stall' })
      const slow = charge()
      await expect.poll(() => local.armed()).toBe(0)
      await local.fault({ method: 'POST', path, phase, kind: 'error', status: 500 })
      const quick = await charge()
      await local.clearFaults()
      const both = [await slow, quick]

      expect(new Set(both.map(({ paymentIntent }) => paymentIntent)).size).toBe(2)
      expect(await Promise.all(both.map(keptOf))).toEqual([1_999, 1_999])
      expect((await intents()).filter(({ status }) => status === 'succeeded')).toHaveLength(2)
      expect(await refunds()).toEqual([])
    },
  )

  it.each([MAKE, CONFIRM])('is never a like one made elsewhere, refunded or not: a stored 500 at %s', async (path) => {
    const back = await payElsewhere()
    await shop.stripe.refunds.create({ payment_intent: back.id })
    const kept = await payElsewhere()
    await local.fault({ method: 'POST', path, kind: 'error', status: 500 })
    const made = await charge()
    expect([back.id, kept.id]).not.toContain(made.paymentIntent)
    expect(await keptOf(made)).toBe(1_999)
    expect(await refunds()).toHaveLength(1)
  })

  it('is charged once though Stripe lists it late', async () => {
    await local.fault({ method: 'GET', path: MAKE, kind: 'stale', times: 2 })
    await local.fault({ method: 'POST', path: MAKE, phase: 'after', kind: 'error', status: 500 })
    expect(await keptOf(await charge())).toBe(1_999)
    expect((await shop.stripe.charges.list()).data).toHaveLength(1)
  })

  it('is told as failed, and not as paid, when it was refunded before anybody knew of it', async () => {
    await local.fault({ method: 'POST', path: CONFIRM, phase: 'after', kind: 'error', status: 500 })
    await local.fault({ method: 'GET', path: `${MAKE}/*`, kind: 'stall' })
    const answer = charge().catch((reason) => reason)
    await expect.poll(() => local.armed()).toBe(0)
    const [intent] = await intents()
    await shop.stripe.refunds.create({ payment_intent: intent?.id })
    await local.clearFaults()
    expect(await answer).toMatchObject({ code: 'charge_taken_back' })
    expect(await refunds()).toHaveLength(1)
  })

  it('is found among many, and cancelled', async () => {
    await local.fault({ method: 'POST', path: MAKE, phase: 'after', kind: 'error', status: 500 })
    await local.fault({ method: 'GET', path: MAKE, kind: 'error', status: 503, times: 20 })
    await expect(charge()).rejects.toMatchObject({ code: 'stripe_unavailable' })
    await local.clearFaults()
    const [stray] = await intents()
    const begin = () => shop.stripe.paymentIntents.create({ ...price, customer: customer.stripeCustomerId })
    await Promise.all(Array.from({ length: 110 }, begin))
    shop.clock.advance('1h')
    await shop.workflows.recover()
    expect(await shop.stripe.paymentIntents.retrieve(stray!.id)).toMatchObject({ status: 'canceled' })
    expect((await intents()).filter(({ status }) => status === 'canceled')).toEqual([])
  })
})
