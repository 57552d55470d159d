import type Stripe from 'stripe'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkouts } from '../schema.ts'
import { LocalStripe, pack } from '../testing/open-shop.ts'
import { Case, EMAIL, PRICE } from '../testing/payment-case.ts'

let local: LocalStripe
beforeAll(async () => {
  local = await LocalStripe.start()
})
afterAll(() => local.close())

describe('a coupon of Stripe', () => {
  /** Opens a session with a coupon in the place of the one that the checkout opened, as an operator's change would. */
  async function openWith(paid: Case, percent_off: number): Promise<Stripe.Checkout.Session> {
    const { stripe, store } = paid.shop
    const { checkoutId } = await paid.shop.commerce.checkout({ username: EMAIL, pack: 'starter' })
    const { id: coupon } = await stripe.coupons.create({ percent_off, duration: 'once' })
    const price_data = { currency: 'usd', unit_amount: PRICE, product_data: { name: pack.name } }
    const session = await stripe.checkout.sessions.create({
      mode: 'payment',
      client_reference_id: checkoutId,
      line_items: [{ quantity: 1, price_data }],
      discounts: [{ coupon }],
      success_url: 'http://localhost:3000/credits',
    })
    await store.collection(checkouts).update(checkoutId, { stripeSessionId: session.id })
    return session
  }

  it('that leaves nothing to pay grants the pack, keyed by the session, and nothing of it can be refunded', async () => {
    await using paid = await Case.open(local)
    await paid.deliverAll()
    const { id, url } = await openWith(paid, 100)
    await local.pay(url!)
    expect(await paid.shop.stripe.checkout.sessions.retrieve(id)).toMatchObject({
      payment_status: 'no_payment_required',
      payment_intent: null,
    })
    expect((await paid.shop.commerce.check()).problems).toMatchObject([{ code: 'payment_not_granted' }])
    await paid.deliverAll()
    expect(await paid.balance()).toMatchObject({ available: 2 * pack.credits })
    expect(await paid.shop.store.collection(checkouts).findOne({ payment: id })).toMatchObject({
      status: 'paid',
      paid: 0,
    })
    await expect(paid.shop.commerce.refundPack({ payment: id })).rejects.toMatchObject({
      code: 'invalid_refund',
      message: expect.stringMatching(/^Nothing was paid/),
      details: { reason: 'nothing_paid' },
    })
    expect((await paid.shop.commerce.check()).problems).toEqual([])
  })

  it('that takes from the price grants the pack, and a refund takes its share of what was paid', async () => {
    await using paid = await Case.open(local)
    await paid.deliverAll()
    const { id, url } = await openWith(paid, 50)
    await local.pay(url!)
    await paid.deliverAll()
    const { payment } = (await paid.shop.store.collection(checkouts).findOne({ stripeSessionId: id }))!
    await paid.shop.stripe.refunds.create({ payment_intent: payment!, amount: 125 })
    await paid.deliverAll()
    expect(await paid.balance()).toMatchObject({ available: 1.5 * pack.credits })
    expect((await paid.shop.commerce.check()).problems).toEqual([])
  })
})

describe('a bank account that pays later', () => {
  it.each([
    ['AT611904300234573201', { status: 'paid', paid: PRICE }, 2],
    [
      'AT861904300235473202',
      { status: 'failed', failure: "The customer's account has insufficient funds to cover this payment." },
      1,
    ],
  ])('holds its checkout in sight until it is known whether it does: %s', async (iban, end, packs) => {
    await using paid = await Case.open(local)
    await paid.deliverAll()
    const { commerce, store } = paid.shop
    const { url, checkoutId } = await commerce.checkout({ username: EMAIL, pack: 'euro' })
    const checkout = () => store.collection(checkouts).get(checkoutId)
    await local.payByDebit(url, iban)
    expect(await commerce.syncCheckouts(EMAIL)).toEqual({ granted: 0 })
    expect(await checkout()).toMatchObject({ status: 'processing' })
    await local.advance('5s')
    if (packs === 1) expect((await commerce.check()).problems).toMatchObject([{ code: 'checkout_not_ended' }])
    await paid.deliverAll()
    expect(await checkout()).toMatchObject(end)
    expect(await paid.balance()).toMatchObject({ available: packs * pack.credits })
    expect((await commerce.check()).problems).toEqual([])
  })
})
