import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { customerClaims, customers } from '../schema.ts'
import { LocalStripe, openShop, pack, type Shop } from '../testing/open-shop.ts'
import type { Customer } from '../types.ts'

const EMAIL = 'user@here.com'
const price = { amount: 1_999, currency: 'usd' }

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
  customer = await shop.commerce.createCustomer({ email: EMAIL, firstName: 'Ada', phone: '+44 20 7946 0000' })
})
afterEach(() => shop[Symbol.asyncDispose]())

const atStripe = async () => (await local.counts()).customers
const deleteAtStripe = () => shop.stripe.customers.del(customer.stripeCustomerId)
const linked = async () => (await shop.commerce.getCustomer(EMAIL))!.stripeCustomerId
const checkout = (key?: string) => shop.commerce.checkout({ username: EMAIL, pack: pack.id, ...(key && { key }) })

describe("a customer that was deleted in Stripe's dashboard", () => {
  it('is made again and linked by a checkout, which goes on with the new one', async () => {
    await deleteAtStripe()
    const { url } = await checkout('buy')
    expect(await linked()).not.toBe(customer.stripeCustomerId)
    expect(await shop.stripe.customers.retrieve(await linked())).toMatchObject({
      email: EMAIL,
      name: 'Ada',
      phone: '+44 20 7946 0000',
    })
    expect(await shop.store.collection(customers).get(customer.id)).toMatchObject({
      former: [customer.stripeCustomerId],
    })
    expect(await checkout('buy')).toMatchObject({ url })
    await local.pay(url)
    expect(await shop.commerce.syncCheckouts(EMAIL)).toEqual({ granted: 1 })
    expect(await shop.store.collection(customerClaims).count()).toBe(0)
  })

  it('is made again once by many calls at once', async () => {
    await deleteAtStripe()
    const urls = await Promise.all(Array.from({ length: 10 }, () => checkout()))
    expect(new Set(urls.map(({ url }) => url)).size).toBe(10)
    expect(await atStripe()).toBe(1)
    expect(await shop.commerce.getCustomer(EMAIL)).toEqual({ ...customer, stripeCustomerId: await linked() })
  })

  it.each<[string, string | undefined]>([
    ['the card on file', undefined],
    ['a named card', 'pm_named'],
  ])('has no cards any more, and a charge of %s says what to do', async (_, named) => {
    const customerCard = { customer: customer.stripeCustomerId }
    const card = await shop.stripe.paymentMethods.attach('pm_card_visa', customerCard)
    await deleteAtStripe()
    const charge = shop.commerce.chargeCustomer(EMAIL, price, 'Two hours', named ? { paymentMethod: card.id } : {})
    await expect(charge).rejects.toMatchObject({ code: 'no_card', message: expect.stringMatching(/add one first/) })
    expect(await linked()).not.toBe(customer.stripeCustomerId)

    const again = await shop.stripe.paymentMethods.attach('pm_card_visa', { customer: await linked() })
    const made = await shop.commerce.chargeCustomer(EMAIL, price, 'Two hours')
    expect(await shop.stripe.paymentIntents.retrieve(made.paymentIntent)).toMatchObject({
      status: 'succeeded',
      payment_method: again.id,
    })
  })

  it('is not made again while Stripe has it, whatever else is refused', async () => {
    await local.fault({ method: 'POST', path: '/v1/checkout/sessions', kind: 'error', status: 400 })
    await expect(checkout()).rejects.toMatchObject({ code: 'stripe_refused' })
    expect(await linked()).toBe(customer.stripeCustomerId)
    expect(await atStripe()).toBe(1)
  })

  it('leaves no claim behind when Stripe refuses to make it again, and is made by the next call', async () => {
    await deleteAtStripe()
    await local.fault({ method: 'POST', path: '/v1/customers', kind: 'error', status: 400 })
    await expect(checkout()).rejects.toMatchObject({ code: 'stripe_refused' })
    expect(await shop.store.collection(customerClaims).count()).toBe(0)
    await checkout()
    expect(await atStripe()).toBe(1)
  })

  it('is told by check until it is made again', async () => {
    await deleteAtStripe()
    const { problems, checked } = await shop.commerce.check()
    expect(problems).toMatchObject([{ code: 'customer_gone', id: customer.id }])
    expect(checked).toMatchObject({ customers: 1 })
    await checkout()
    expect((await shop.commerce.check()).problems).toEqual([])
  })
})

it('a card that is no longer on file is told as such', async () => {
  const card = await shop.stripe.paymentMethods.attach('pm_card_visa', { customer: customer.stripeCustomerId })
  await shop.stripe.paymentMethods.detach(card.id)
  for (const paymentMethod of [card.id, 'pm_never_there']) {
    const charge = shop.commerce.chargeCustomer(EMAIL, price, 'Two hours', { paymentMethod })
    await expect(charge).rejects.toMatchObject({ code: 'no_card', details: { card: paymentMethod } })
  }
})
