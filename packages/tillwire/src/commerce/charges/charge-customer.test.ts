import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Money } from '../../core/index.ts'
import { charges } from '../schema.ts'
import { LocalStripe, openShop, type Shop } from '../testing/open-shop.ts'
import type { Customer } from '../types.ts'

let local: LocalStripe
let shop: Shop
let customer: Customer
beforeAll(async () => {
  local = await LocalStripe.start()
})
afterAll(() => local.close())
beforeEach(async () => {
  await local.reset()
  shop = await openShop({ emulatorUrl: local.url })
  customer = await shop.commerce.createCustomer(EMAIL)
})
afterEach(() => shop[Symbol.asyncDispose]())

const EMAIL = 'user@here.com'
const price: Money = { amount: 1_999, currency: 'usd' }

async function addCard(card = 'pm_card_visa'): Promise<string> {
  const { id } = await shop.stripe.paymentMethods.attach(card, { customer: customer.stripeCustomerId })
  return id
}
const recorded = async () => (await shop.store.collection(charges).find()).items
const intents = async () => (await shop.stripe.paymentIntents.list({ limit: 100 })).data

describe('chargeCustomer', () => {
  it('charges the card on file, and keeps a record', async () => {
    const card = await addCard()
    const charge = await shop.commerce.chargeCustomer(EMAIL, { amount: 1_999, currency: 'USD' }, 'Two hours')
    expect(charge).toMatchObject({
      customerId: customer.id,
      amount: price,
      description: 'Two hours',
      status: 'succeeded',
    })
    expect(await shop.stripe.paymentIntents.retrieve(charge.paymentIntent)).toMatchObject({
      status: 'succeeded',
      amount_received: 1_999,
      customer: customer.stripeCustomerId,
      payment_method: card,
      metadata: {},
    })
    expect(await recorded()).toMatchObject([
      { id: charge.id, status: 'succeeded', paymentIntent: charge.paymentIntent },
    ])
  })

  it('takes the default card before the first, and a named one before both', async () => {
    await addCard()
    const preferred = await addCard('pm_card_mastercard')
    const named = await addCard('pm_card_amex')
    await shop.stripe.customers.update(customer.stripeCustomerId, {
      invoice_settings: { default_payment_method: preferred },
    })
    const usual = await shop.commerce.chargeCustomer(EMAIL, price, 'Usual')
    const other = await shop.commerce.chargeCustomer(EMAIL, price, 'Other', { paymentMethod: named })
    expect(await shop.stripe.paymentIntents.retrieve(usual.paymentIntent)).toMatchObject({ payment_method: preferred })
    expect(await shop.stripe.paymentIntents.retrieve(other.paymentIntent)).toMatchObject({ payment_method: named })
  })

  it('charges once under one key', async () => {
    await addCard()
    const first = await shop.commerce.chargeCustomer(EMAIL, price, 'Once', { key: 'k' })
    expect(await shop.commerce.chargeCustomer(EMAIL, price, 'Once', { key: 'k' })).toEqual(first)
    expect(await intents()).toHaveLength(1)
    await shop.commerce.deleteCustomer(EMAIL)
    expect(await shop.commerce.chargeCustomer(EMAIL, price, 'Once', { key: 'k' })).toEqual(first)
  })

  it('says what the bank said when the card is declined, and keeps the failed charge', async () => {
    await addCard('pm_card_chargeCustomerFail')
    await expect(shop.commerce.chargeCustomer(EMAIL, price, 'No luck')).rejects.toMatchObject({
      code: 'card_declined',
      message: 'Your card was declined. Try another card.',
      retryable: false,
      details: { declineCode: 'generic_decline', paymentIntent: expect.stringMatching(/^pi_/) },
    })
    expect(await recorded()).toMatchObject([{ status: 'failed' }])
  })

  it('tells a card that asks for its holder from one that is declined', async () => {
    await addCard('pm_card_authenticationRequired')
    await expect(shop.commerce.chargeCustomer(EMAIL, price, 'Who')).rejects.toMatchObject({
      code: 'authentication_required',
    })
  })

  it('refuses a customer without a card, and a name without a customer', async () => {
    await expect(shop.commerce.chargeCustomer(EMAIL, price, 'Air')).rejects.toMatchObject({ code: 'no_card' })
    await expect(shop.commerce.chargeCustomer('nobody', price, 'Air')).rejects.toMatchObject({ code: 'not_found' })
    expect(await intents()).toEqual([])
  })

  it.each<[string, unknown, string, string?]>([
    ['amount', { amount: 0, currency: 'usd' }, 'x'],
    ['amount', { amount: -5, currency: 'usd' }, 'x'],
    ['amount', { amount: 10.5, currency: 'usd' }, 'x'],
    ['amount', { amount: 100_000_000, currency: 'usd' }, 'x'],
    ['amount', undefined, 'x'],
    ['amount', { amount: 1, currency: 'usd' }, 'below the least'],
    ['currency', { amount: 500, currency: 'dollars' }, 'x'],
    ['description', { amount: 500, currency: 'usd' }, ' '],
    ['description', { amount: 500, currency: 'usd' }, 'two\0 hours'],
    ['description', { amount: 500, currency: 'usd' }, 'half \ud83d'],
    ['description', { amount: 500, currency: 'usd' }, 'x'.repeat(501)],
    ['payment method', { amount: 500, currency: 'usd' }, 'x', '4242424242424242'],
  ])('refuses a wrong %s (%j)', async (field, money, description, paymentMethod) => {
    await addCard()
    const charge = shop.commerce.chargeCustomer(EMAIL, money as Money, description, { paymentMethod })
    await expect(charge).rejects.toMatchObject({ code: 'invalid_charge', details: { field } })
    expect(await intents()).toEqual([])
  })

  it.each([
    ['a dropped answer', { phase: 'after', kind: 'drop_answer' }],
    ['a server error after the work', { phase: 'after', kind: 'error', status: 500 }],
    ['a server error before it', { phase: 'before', kind: 'error', status: 500 }],
  ] as const)('charges exactly once in spite of %s', async (_, fault) => {
    await addCard()
    await local.fault({ method: 'POST', path: '/v1/payment_intents', ...fault })
    const { paymentIntent } = await shop.commerce.chargeCustomer(EMAIL, price, 'Once')
    expect((await intents()).map(({ id }) => id)).toEqual([paymentIntent])
  })

  it('gives the money back when no answer ever told that it was charged', async () => {
    await addCard()
    const unanswered = { phase: 'after', kind: 'error', status: 503, times: 3 } as const
    await local.fault({ method: 'POST', path: '/v1/payment_intents/*/confirm', ...unanswered })
    const charge = shop.commerce.chargeCustomer(EMAIL, price, 'Lost')
    await expect(charge).rejects.toMatchObject({ code: 'stripe_unavailable' })
    const [intent] = await intents()
    expect(await shop.stripe.charges.retrieve(String(intent?.latest_charge))).toMatchObject({
      amount: 1_999,
      amount_refunded: 1_999,
    })
    expect(await recorded()).toMatchObject([{ status: 'failed' }])
  })

  it('gives the money back later when Stripe is away meanwhile', async () => {
    await addCard()
    const away = { kind: 'error', status: 503 } as const
    await local.fault({ method: 'POST', path: '/v1/payment_intents/*/confirm', phase: 'after', ...away, times: 3 })
    await local.fault({ method: 'GET', path: '/v1/payment_intents/*', ...away, times: 20 })
    await expect(shop.commerce.chargeCustomer(EMAIL, price, 'Lost')).rejects.toMatchObject({
      code: 'stripe_unavailable',
    })
    await local.clearFaults()
    // A stored error under the key of an earlier try does not keep the money either.
    await local.fault({ method: 'POST', path: '/v1/refunds', kind: 'error', status: 500 })
    for (let wait = 0; wait < 3; wait++) {
      shop.clock.advance('1h')
      await shop.workflows.recover()
    }
    const [intent] = await intents()
    expect(await shop.stripe.charges.retrieve(String(intent?.latest_charge))).toMatchObject({ refunded: true })
    expect(await recorded()).toMatchObject([{ status: 'failed' }])
  })

  it('charges nothing when no answer ever told that a payment was begun', async () => {
    await addCard()
    const away = { kind: 'error', status: 503 } as const
    await local.fault({ method: 'POST', path: '/v1/payment_intents', phase: 'after', ...away, times: 3 })
    await local.fault({ method: 'POST', path: '/v1/payment_intents', phase: 'before', ...away, times: 3 })
    await expect(shop.commerce.chargeCustomer(EMAIL, price, 'Lost')).rejects.toMatchObject({
      code: 'stripe_unavailable',
    })
    await local.clearFaults()
    shop.clock.advance('1h')
    await shop.workflows.recover()
    expect((await shop.stripe.charges.list()).data).toEqual([])
    expect((await intents()).filter(({ status }) => status !== 'canceled')).toEqual([])
    expect(await recorded()).toMatchObject([{ status: 'failed' }])
  })
})
