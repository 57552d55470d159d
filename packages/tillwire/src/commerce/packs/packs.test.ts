import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { holderOf } from '../../credits/index.ts'
import { users } from '../../sessions/index.ts'
import { checkouts } from '../schema.ts'
import { LocalStripe, openShop, pack, type Shop } from '../testing/open-shop.ts'
import { creditsToReverse } from './checkout.ts'

const EMAIL = 'user@here.com'
let local: LocalStripe
let shop: Shop
beforeAll(async () => {
  local = await LocalStripe.start()
})
afterAll(() => local.close())
beforeEach(async () => {
  await local.reset()
  shop = await openShop({ emulatorUrl: local.url })
  await shop.store.collection(users).insert({ email: EMAIL })
})
afterEach(() => shop[Symbol.asyncDispose]())

const share = (refunded: number) => creditsToReverse({ credits: pack.credits, paid: pack.price.amount }, refunded)
const buy = () => shop.commerce.checkout({ username: EMAIL, pack: 'starter' })
const checkoutNow = async (id: string) => (await shop.store.collection(checkouts).get(id))!

async function balance() {
  const user = await shop.store.collection(users).findOne({ email: EMAIL })
  return shop.credits.balance(holderOf(user!.id))
}

async function buyAndPay(): Promise<{ checkoutId: string; payment: string }> {
  const { url, checkoutId } = await buy()
  await local.pay(url)
  await shop.commerce.syncCheckouts(EMAIL)
  return { checkoutId, payment: (await checkoutNow(checkoutId)).payment! }
}

/** What the inbox does, by polling. */
async function pollAndWork() {
  await shop.commerce.webhooks.poll()
  await shop.commerce.webhooks.work()
}

describe('checkout', () => {
  it('makes the customer first, records what is promised, and opens a page to pay on', async () => {
    const { url, checkoutId } = await buy()
    const customer = (await shop.commerce.getCustomer(EMAIL))!
    const checkout = await checkoutNow(checkoutId)
    expect(checkout).toMatchObject({ pack: 'starter', credits: pack.credits, price: pack.price, status: 'open' })
    expect(await shop.stripe.checkout.sessions.retrieve(checkout.stripeSessionId!)).toMatchObject({
      url,
      customer: customer.stripeCustomerId,
      client_reference_id: checkoutId,
      amount_total: 500,
      metadata: {},
    })
  })

  it('makes one customer for two checkouts at once', async () => {
    await Promise.all([buy(), buy()])
    expect((await local.counts()).customers).toBe(1)
  })

  it('refuses an unknown pack and an unknown user', async () => {
    await expect(shop.commerce.checkout({ username: EMAIL, pack: 'none' })).rejects.toMatchObject({
      code: 'unknown_pack',
    })
    await expect(shop.commerce.checkout({ username: 'x', pack: 'starter' })).rejects.toMatchObject({
      code: 'not_found',
    })
  })

  it('opens one session in spite of a dropped answer, and ends it when the run fails', async () => {
    await local.fault({ method: 'POST', path: '/v1/checkout/sessions', phase: 'after', kind: 'drop_answer' })
    await buy()
    expect((await local.counts()).checkout_sessions).toBe(1)

    await local.reset()
    await local.fault({ method: 'POST', path: '/v1/checkout/sessions', kind: 'error', status: 400 })
    await shop.stripe.customers.create({ email: EMAIL })
    await expect(buy()).rejects.toMatchObject({ code: 'stripe_refused' })
    const { items } = await shop.store.collection(checkouts).find({ orderBy: { createdAt: 'desc' }, limit: 1 })
    expect(items).toMatchObject([{ status: 'expired' }])
  })
})

describe('a paid checkout', () => {
  it('is granted once, whoever asks, however often and at the same time', async () => {
    const { url, checkoutId } = await buy()
    await local.pay(url)
    const results = await Promise.all([
      shop.commerce.syncCheckouts(EMAIL),
      shop.commerce.syncCheckouts(EMAIL),
      pollAndWork(),
      shop.commerce.syncCheckouts(EMAIL),
    ])
    await pollAndWork()
    expect(results.filter((result) => result && result.granted > 0).length).toBeLessThanOrEqual(1)
    expect(await balance()).toMatchObject({ available: pack.credits, grants: [{ amount: pack.credits }] })
    expect(await checkoutNow(checkoutId)).toMatchObject({ status: 'paid', payment: expect.stringMatching(/^pi_/) })
  })

  it('is not granted before it is paid, nor after a decline', async () => {
    const { url } = await buy()
    expect(await shop.commerce.syncCheckouts(EMAIL)).toEqual({ granted: 0 })
    await local.pay(url, '4000000000000002')
    expect(await shop.commerce.syncCheckouts(EMAIL)).toEqual({ granted: 0 })
    await local.pay(url)
    expect(await shop.commerce.syncCheckouts(EMAIL)).toEqual({ granted: 1 })
  })

  it('is marked when it has expired', async () => {
    const { checkoutId } = await buy()
    const { stripeSessionId } = await checkoutNow(checkoutId)
    await shop.stripe.checkout.sessions.expire(stripeSessionId!)
    await pollAndWork()
    expect(await checkoutNow(checkoutId)).toMatchObject({ status: 'expired' })
  })

  it('grants what the checkout promised, and nothing when the payment is another', async () => {
    const { url, checkoutId } = await buy()
    await local.pay(url)
    await shop.store.collection(checkouts).update(checkoutId, { price: { amount: 499, currency: 'usd' } })
    await expect(shop.commerce.syncCheckouts(EMAIL)).rejects.toMatchObject({
      code: 'payment_mismatch',
      details: { checkout: checkoutId },
    })
    expect(await balance()).toMatchObject({ available: 0 })
  })

  it('is granted beside another one that cannot be', async () => {
    const wrong = await buy()
    await local.pay(wrong.url)
    await shop.store.collection(checkouts).update(wrong.checkoutId, { price: { amount: 499, currency: 'usd' } })
    const right = await buy()
    await local.pay(right.url)
    await expect(shop.commerce.syncCheckouts(EMAIL)).rejects.toMatchObject({ code: 'payment_mismatch' })
    expect(await balance()).toMatchObject({ available: pack.credits })
  })

  it('is not granted to a session that only names it', async () => {
    const { checkoutId } = await buy()
    const session = await shop.stripe.checkout.sessions.create({
      mode: 'payment',
      client_reference_id: checkoutId,
      line_items: [
        { quantity: 1, price_data: { currency: 'usd', unit_amount: 500, product_data: { name: 'Sticker' } } },
      ],
      success_url: 'http://localhost:3000',
    })
    await local.pay(session.url!)
    await pollAndWork()
    expect(await balance()).toMatchObject({ available: 0 })
    expect((await shop.commerce.webhooks.list({ status: 'parked' })).items).toMatchObject([
      { objectId: session.id, lastError: expect.stringContaining('payment_mismatch') },
    ])
  })
})

describe('a refund', () => {
  it('gives the money back and takes the credits back', async () => {
    const { payment, checkoutId } = await buyAndPay()
    const { refundId } = await shop.commerce.refundPack({ payment })
    expect(await shop.stripe.refunds.retrieve(refundId)).toMatchObject({ amount: 500, payment_intent: payment })
    expect(await balance()).toMatchObject({ available: 0, debt: 0 })
    expect(await checkoutNow(checkoutId)).toMatchObject({ refunded: 500, reversed: pack.credits })
    await expect(shop.commerce.refundPack({ payment })).rejects.toMatchObject({ code: 'already_refunded' })
    await pollAndWork()
    expect(await balance()).toMatchObject({ available: 0, debt: 0 })
  })

  it('takes back its share of the credits, rounded on the running total, from wherever it was made', async () => {
    const { payment } = await buyAndPay()
    await shop.commerce.refundPack({ payment, amount: { amount: 333, currency: 'usd' } })
    expect((await balance()).available).toBe(pack.credits - share(333))
    await shop.stripe.refunds.create({ payment_intent: payment, amount: 100 })
    await pollAndWork()
    expect((await balance()).available).toBe(pack.credits - share(433))
    await shop.stripe.refunds.create({ payment_intent: payment })
    await pollAndWork()
    expect((await balance()).available).toBe(0)
    expect((await shop.commerce.webhooks.list({ status: 'pending' })).items).toEqual([])
  })

  it('makes a debt of credits that were spent', async () => {
    const { payment, checkoutId } = await buyAndPay()
    const { userId } = await checkoutNow(checkoutId)
    await shop.credits.spend({ holder: holderOf(userId), amount: (pack.credits / 2) as never, key: 'answer' })
    await shop.commerce.refundPack({ payment })
    expect(await balance()).toMatchObject({ available: 0, debt: pack.credits / 2 })
  })

  it('is refunded once in spite of a server error after the work', async () => {
    const { payment } = await buyAndPay()
    await local.fault({ method: 'POST', path: '/v1/refunds', phase: 'after', kind: 'error', status: 500 })
    const amount = { amount: 100, currency: 'usd' }
    await shop.commerce.refundPack({ payment, amount })
    expect((await shop.stripe.refunds.list({ payment_intent: payment })).data).toMatchObject([{ amount: 100 }])
    expect((await balance()).available).toBe(pack.credits - share(100))
  })

  it('goes forward by itself when Stripe is away', async () => {
    const { payment } = await buyAndPay()
    await local.fault({ method: 'POST', path: '/v1/refunds', kind: 'drop_answer', times: 20 })
    await expect(shop.commerce.refundPack({ payment, key: 'k' })).rejects.toMatchObject({ code: 'workflow_pending' })
    expect((await balance()).available).toBe(pack.credits)
    await local.clearFaults()
    shop.clock.advance('1h')
    await shop.workflows.recover()
    const { refundId } = await shop.commerce.refundPack({ payment, key: 'k' })
    expect((await shop.stripe.refunds.list({ payment_intent: payment })).data.map(({ id }) => id)).toEqual([refundId])
    expect((await balance()).available).toBe(0)
  })

  it.each([[{ amount: 501, currency: 'usd' }], [{ amount: 0, currency: 'usd' }], [{ amount: 100, currency: 'eur' }]])(
    'refuses an amount that cannot be refunded (%j)',
    async (amount) => {
      const { payment } = await buyAndPay()
      await expect(shop.commerce.refundPack({ payment, amount })).rejects.toMatchObject({ code: 'invalid_refund' })
    },
  )

  it('refuses a payment that bought nothing here', async () => {
    await expect(shop.commerce.refundPack({ payment: 'pi_x' })).rejects.toMatchObject({ code: 'not_found' })
  })
})

describe('the share of a refund', () => {
  it('never exceeds the pack, never falls, and is all of it at the end', () => {
    const packs = fc.record({
      credits: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
      paid: fc.integer({ min: 1, max: 99_999_999 }),
    })
    fc.assert(
      fc.property(packs, fc.array(fc.nat(1_000), { maxLength: 20 }), (bought, parts) => {
        let refunded = 0
        let reversed = 0
        for (const part of parts) {
          refunded += part
          const next = creditsToReverse(bought, refunded)
          expect(Number.isSafeInteger(next)).toBe(true)
          expect(next).toBeGreaterThanOrEqual(reversed)
          expect(next).toBeLessThanOrEqual(bought.credits)
          reversed = next
        }
        expect(creditsToReverse(bought, bought.paid)).toBe(bought.credits)
      }),
    )
  })
})

describe('check', () => {
  const codes = async () => (await shop.commerce.check()).problems.map(({ code }) => code)

  it('finds nothing where payments and grants agree', async () => {
    const { payment } = await buyAndPay()
    await shop.commerce.refundPack({ payment, amount: { amount: 250, currency: 'usd' } })
    await buy()
    expect(await shop.commerce.check()).toEqual({ problems: [], checked: { payments: 1, purchases: 1, customers: 1 } })
  })

  it('finds a payment that was not granted', async () => {
    const { url } = await buy()
    await local.pay(url)
    expect(await codes()).toEqual(['payment_not_granted'])
  })

  it('finds a grant that nobody paid for', async () => {
    const { checkoutId } = await buyAndPay()
    const { userId } = await checkoutNow(checkoutId)
    const source = { kind: 'purchase', payment: 'pi_invented' } as const
    await shop.credits.grant({ holder: holderOf(userId), amount: 5 as never, key: 'fake', source })
    expect(await codes()).toEqual(['grant_without_checkout'])
  })

  it('finds a payment that Stripe no longer has, and one of another amount', async () => {
    const { checkoutId } = await buyAndPay()
    await shop.store.collection(checkouts).update(checkoutId, { price: { amount: 400, currency: 'usd' } })
    expect(await codes()).toEqual(['payment_mismatch', 'grant_without_payment'])
    await local.reset()
    expect(await codes()).toEqual(['grant_without_payment', 'customer_gone'])
  })

  it('finds a refund whose credits were not taken back, and writes nothing', async () => {
    const { payment } = await buyAndPay()
    await shop.stripe.refunds.create({ payment_intent: payment })
    const before = await shop.store.cursor()
    expect(await codes()).toEqual(['refund_not_reversed'])
    expect(await shop.store.cursor()).toBe(before)
  })
})
