import type Stripe from 'stripe'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  againstStripe,
  type OpenEmulator,
  type OpenStripe,
  openEmulator,
  openStripe,
  refusalOf,
} from '../testing/open-stripe.ts'

const pack: Stripe.Checkout.SessionCreateParams.LineItem = {
  price_data: { currency: 'usd', unit_amount: 500, product_data: { name: 'Starter <b>&"credits"</b>' } },
  quantity: 2,
}

function newSession(stripe: Stripe, fields: Partial<Stripe.Checkout.SessionCreateParams> = {}) {
  return stripe.checkout.sessions.create({
    mode: 'payment',
    line_items: [pack],
    success_url: 'https://shop.example/ok?session={CHECKOUT_SESSION_ID}',
    cancel_url: 'https://shop.example/cancelled',
    ...fields,
  })
}

describe('checkout sessions', () => {
  let open: OpenStripe
  let stripe: Stripe
  beforeAll(async () => {
    open = await openStripe()
    stripe = open.stripe
  })
  afterAll(() => open[Symbol.asyncDispose]())

  it('are created with their total, read back with their lines, and listed', async () => {
    const { id: customer } = await stripe.customers.create({ email: 'ada@example.com' })
    const session = await newSession(stripe, { customer, client_reference_id: 'order 1', metadata: { a: '1' } })
    expect(session).toMatchObject({
      status: 'open',
      payment_status: 'unpaid',
      mode: 'payment',
      amount_total: 1000,
      currency: 'usd',
      client_reference_id: 'order 1',
      payment_intent: null,
      customer,
    })
    expect(session.expires_at - session.created).toBe(86_400)
    const read = await stripe.checkout.sessions.retrieve(session.id, {
      expand: ['line_items.data.price.product', 'customer'],
    })
    expect(read.line_items?.data).toMatchObject([
      { quantity: 2, amount_total: 1000, price: { unit_amount: 500, product: { object: 'product' } } },
    ])
    expect(read.customer).toMatchObject({ email: 'ada@example.com' })
    expect((await stripe.checkout.sessions.listLineItems(session.id)).data).toHaveLength(1)
    expect((await stripe.checkout.sessions.list({ customer })).data).toMatchObject([{ id: session.id }])
    const updated = await stripe.checkout.sessions.update(session.id, { metadata: { b: '2' } })
    expect(updated.metadata).toEqual({ a: '1', b: '2' })
  })

  it('are sold by a stored price', async () => {
    const price = await stripe.prices.create({ currency: 'usd', unit_amount: 700, product_data: { name: 'Plus' } })
    const session = await newSession(stripe, { line_items: [{ price: price.id, quantity: 3 }] })
    expect(session.amount_total).toBe(2100)
  })

  it('are ended by hand, once', async () => {
    const { id } = await newSession(stripe)
    expect(await stripe.checkout.sessions.expire(id)).toMatchObject({ status: 'expired', url: null })
    expect((await refusalOf(stripe.checkout.sessions.expire(id))).statusCode).toBe(400)
  })

  it('are refused without lines, below the smallest amount, or with a wrong life', async () => {
    const post = (body: object) => refusalOf(stripe.rawRequest('POST', '/v1/checkout/sessions', body))
    const success_url = 'https://shop.example/ok'
    expect((await post({ mode: 'payment', success_url })).statusCode).toBe(400)
    const cheap = { quantity: 1, price_data: { currency: 'usd', unit_amount: 10, product_data: { name: 'x' } } }
    expect(await post({ mode: 'payment', success_url, line_items: [cheap] })).toMatchObject({
      code: 'amount_too_small',
    })
    expect(await post({ mode: 'payment', success_url, line_items: [{ quantity: 1 }] })).toMatchObject({
      statusCode: 400,
    })
    const soon = Math.floor(Date.now() / 1000) + 60
    expect(await refusalOf(newSession(stripe, { expires_at: soon }))).toMatchObject({ param: 'expires_at' })
  })
})

describe.skipIf(againstStripe)('the checkout page (emulator only)', () => {
  let bench: OpenEmulator
  let stripe: Stripe
  beforeAll(async () => {
    bench = await openEmulator()
    stripe = bench.stripe
  })
  afterAll(() => bench[Symbol.asyncDispose]())

  const typed = { expiry: '12 / 34', cvc: '123', name: 'Ada Lovelace' }
  const text = async (url: string) => (await fetch(url)).text()
  const alert = (page: string) => /<p role="alert">([^<]*)<\/p>/.exec(page)?.[1]?.replaceAll('&#39;', "'")

  async function post(url: string, fields: Record<string, string>) {
    const answer = await fetch(url, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' })
    const location = answer.headers.get('location')
    return {
      status: answer.status,
      to: location === null ? '' : new URL(location, url).href,
      page: await answer.text(),
    }
  }

  const pay = (url: string, number: string, more: Record<string, string> = {}) =>
    post(url, { ...typed, card_number: number, action: 'pay', ...more })

  it('shows what is bought, escaped, with nothing from elsewhere', async () => {
    const { url } = await newSession(stripe)
    const answer = await fetch(url!)
    const page = await answer.text()
    expect(page).toContain('Starter &lt;b&gt;&amp;&quot;credits&quot;&lt;/b&gt;')
    expect(page).not.toContain('<b>')
    expect(page).toContain('$10.00')
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
  })

  it('pays, and goes back to the shop with the session', async () => {
    const { id: customer } = await stripe.customers.create({ email: 'ada@example.com' })
    const { id, url } = await newSession(stripe, {
      customer,
      payment_intent_data: { description: 'Credits', metadata: { order: '1' }, setup_future_usage: 'off_session' },
    })
    expect(await pay(url!, '4242 4242 4242 4242')).toMatchObject({
      status: 303,
      to: `https://shop.example/ok?session=${id}`,
    })
    const session = await stripe.checkout.sessions.retrieve(id, { expand: ['payment_intent.latest_charge'] })
    expect(session).toMatchObject({
      status: 'complete',
      payment_status: 'paid',
      url: null,
      customer_details: { email: 'ada@example.com', name: 'Ada Lovelace' },
      payment_intent: {
        status: 'succeeded',
        amount_received: 1000,
        customer,
        description: 'Credits',
        metadata: { order: '1' },
        latest_charge: { payment_method_details: { card: { last4: '4242', exp_year: 2034 } } },
      },
    })
    expect((await stripe.paymentMethods.list({ customer })).data).toHaveLength(1)
    const found = await stripe.checkout.sessions.list({
      payment_intent: (session.payment_intent as Stripe.PaymentIntent).id,
    })
    expect(found.data.map((entry) => entry.id)).toEqual([id])
  })

  it.each([
    ['huf', 50_000, 'HUF 500.00'],
    ['isk', 50_000, 'ISK 500.00'],
    ['jpy', 500, '¥500'],
  ])('shows the total in the decimals that Stripe has for %s', async (currency, amount, shown) => {
    const price_data = { currency, unit_amount: amount, product_data: { name: 'Pack' } }
    const { url } = await newSession(stripe, { line_items: [{ price_data, quantity: 1 }] })
    expect((await text(url!)).replaceAll('\u00a0', ' ')).toContain(`<p class="total">${shown}</p>`)
  })

  it('pays once when it is sent twice, at once or later', async () => {
    const { id: customer } = await stripe.customers.create()
    const { url } = await newSession(stripe, { customer })
    const answers = await Promise.all([1, 2, 3].map(() => pay(url!, '4242424242424242', { attempt: '0' })))
    for (const answer of [...answers, await pay(url!, '4242424242424242')]) {
      expect(answer.to).toContain('https://shop.example/ok')
    }
    expect((await stripe.charges.list({ customer })).data).toHaveLength(1)
  })

  it('tells why a card was declined, once for a page sent twice, and lets another card pay', async () => {
    const { id: customer } = await stripe.customers.create()
    const { id, url } = await newSession(stripe, { customer })
    const declined = await Promise.all([1, 2].map(() => pay(url!, '4000000000009995', { attempt: '0' })))
    expect(declined.map((answer) => answer.to)).toEqual([url, url])
    const page = await text(url!)
    expect(alert(page)).toBe('Your card has insufficient funds.')
    expect(page).toContain('value="Ada Lovelace"')
    expect(page).not.toContain('4000000000009995')
    expect((await stripe.charges.list({ customer })).data).toHaveLength(1)
    expect((await stripe.checkout.sessions.retrieve(id)).status).toBe('open')

    await pay(url!, '5555555555554444')
    const intents = await stripe.paymentIntents.list({ customer })
    expect(intents.data).toMatchObject([{ status: 'succeeded' }])
  })

  it.each([
    ['4000000000000002', 'Your card was declined.'],
    ['4000000000009987', 'Your card was declined.'],
    ['4000000000000069', 'Your card has expired.'],
    ['4000000000000127', "Your card's security code is incorrect."],
    ['4000000000000119', 'An error occurred while processing your card. Try again in a little bit.'],
  ])("says Stripe's own sentence for %s", async (number, sentence) => {
    const { url } = await newSession(stripe)
    await pay(url!, number)
    expect(alert(await text(url!))).toBe(sentence)
  })

  it.each([
    [{ card_number: '4242' }, 'Your card number is incomplete.'],
    [{ card_number: '4242424242424241' }, 'Your card number is invalid.'],
    [{ expiry: '12' }, "Your card's expiration date is incomplete."],
    [{ expiry: '13/34' }, "Your card's expiration date is invalid."],
    [{ expiry: '01/20' }, "Your card's expiration date is in the past."],
    [{ cvc: '12' }, "Your card's security code is incomplete."],
    [{ card_number: '4111111111111111' }, 'used a non test card'],
  ])('says what is wrong with %j, and charges nothing', async (fields, sentence) => {
    const { id, url } = await newSession(stripe)
    const answer = await pay(url!, '4242424242424242', fields)
    expect(answer.status).toBe(400)
    expect(alert(answer.page)).toContain(sentence)
    expect((await stripe.checkout.sessions.retrieve(id)).payment_intent).toBeNull()
  })

  it('goes back to the shop when it is cancelled, and stays open', async () => {
    const { id, url } = await newSession(stripe)
    expect(await post(url!, { action: 'cancel' })).toMatchObject({ status: 303, to: 'https://shop.example/cancelled' })
    expect((await stripe.checkout.sessions.retrieve(id)).status).toBe('open')
  })

  it('asks for 3-D Secure, and pays when it is completed', async () => {
    const { id, url } = await newSession(stripe)
    const asked = await pay(url!, '4000000000003220')
    expect(asked.to).toContain('/c/authenticate/pi_')
    expect(await text(asked.to)).toContain('>Complete</button>')
    expect((await stripe.checkout.sessions.retrieve(id)).status).toBe('open')
    const done = await Promise.all([1, 2].map(() => post(asked.to, { action: 'complete' })))
    for (const answer of done) expect(answer.to).toBe(`https://shop.example/ok?session=${id}`)
    const intent = (await stripe.checkout.sessions.retrieve(id, { expand: ['payment_intent'] })).payment_intent
    expect((await stripe.charges.list({ payment_intent: (intent as Stripe.PaymentIntent).id })).data).toHaveLength(1)
  })

  it('says so when 3-D Secure fails, and lets another card pay', async () => {
    const { id, url } = await newSession(stripe)
    const asked = await pay(url!, '4000000000003220')
    expect((await post(asked.to, { action: 'fail' })).to).toBe(url)
    expect(alert(await text(url!))).toContain('We are unable to authenticate your payment method.')
    await pay(url!, '4242424242424242')
    expect((await stripe.checkout.sessions.retrieve(id)).payment_status).toBe('paid')
  })

  it('declines after 3-D Secure when the bank does', async () => {
    const { id, url } = await newSession(stripe)
    const asked = await pay(url!, '4000008400001629')
    expect((await post(asked.to, { action: 'complete' })).to).toBe(url)
    expect(alert(await text(url!))).toBe('Your card was declined.')
    expect((await stripe.checkout.sessions.retrieve(id)).status).toBe('open')
  })

  it('ends after a day, with its event, and takes no money then', async () => {
    await using late = await openEmulator()
    const { id, url } = await newSession(late.stripe)
    await late.control('POST', 'clock', { advance: '24h' })
    expect(await late.stripe.checkout.sessions.retrieve(id)).toMatchObject({ status: 'expired', url: null })
    expect((await pay(url!, '4242424242424242')).status).toBe(410)
    const events = await late.stripe.events.list({ type: 'checkout.session.expired' })
    expect(events.data).toHaveLength(1)
    expect((await late.stripe.charges.list()).data).toEqual([])
  })

  it('makes a customer of the payer when asked', async () => {
    const { id, url } = await newSession(stripe, { customer_creation: 'always' })
    await pay(url!, '4242424242424242', { email: 'grace@example.com' })
    const session = await stripe.checkout.sessions.retrieve(id, { expand: ['customer', 'payment_intent'] })
    expect(session.customer).toMatchObject({ email: 'grace@example.com', name: 'Ada Lovelace' })
    expect(session.payment_intent).toMatchObject({ customer: (session.customer as Stripe.Customer).id })
  })

  it('sends a browser back to an API payment after 3-D Secure', async () => {
    const intent = await stripe.paymentIntents.create({
      amount: 500,
      currency: 'usd',
      payment_method: 'pm_card_threeDSecure2Required',
      confirm: true,
      return_url: 'https://shop.example/back?x=1',
    })
    const page = intent.next_action?.redirect_to_url?.url
    const back = new URL((await post(page!, { action: 'complete' })).to)
    expect(Object.fromEntries(back.searchParams)).toEqual({
      x: '1',
      payment_intent: intent.id,
      payment_intent_client_secret: intent.client_secret,
      redirect_status: 'succeeded',
    })
    expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe('succeeded')
  })

  it('sets a card up with 3-D Secure, so that it pays without its holder', async () => {
    const { id: customer } = await stripe.customers.create()
    const setup = await stripe.setupIntents.create({
      customer,
      payment_method: 'pm_card_authenticationRequiredOnSetup',
      confirm: true,
      return_url: 'https://shop.example/back',
    })
    expect(setup.status).toBe('requires_action')
    const back = await post(setup.next_action!.redirect_to_url!.url!, { action: 'complete' })
    expect(new URL(back.to).searchParams.get('redirect_status')).toBe('succeeded')
    const done = await stripe.setupIntents.retrieve(setup.id)
    expect(done.status).toBe('succeeded')
    const paid = await stripe.paymentIntents.create({
      amount: 500,
      currency: 'usd',
      customer,
      payment_method: String(done.payment_method),
      off_session: true,
      confirm: true,
    })
    expect(paid.status).toBe('succeeded')
  })
})
