import type Stripe from 'stripe'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { againstStripe, type OpenStripe, openStripe, refusalOf } from '../testing/open-stripe.ts'

let open: OpenStripe
let stripe: Stripe
beforeAll(async () => {
  open = await openStripe()
  stripe = open.stripe
})
afterAll(() => open[Symbol.asyncDispose]())

const noRedirects = { enabled: true, allow_redirects: 'never' } as const

function pay(fields: Partial<Stripe.PaymentIntentCreateParams> = {}): Promise<Stripe.PaymentIntent> {
  return stripe.paymentIntents.create({
    amount: 1500,
    currency: 'usd',
    automatic_payment_methods: noRedirects,
    payment_method: 'pm_card_visa',
    confirm: true,
    ...fields,
  })
}

async function customerWith(card: string): Promise<{ customer: string; card: string }> {
  const customer = await stripe.customers.create()
  const method = await stripe.paymentMethods.attach(card, { customer: customer.id })
  return { customer: customer.id, card: method.id }
}

describe('payment methods', () => {
  it('come from test tokens, are attached, changed, listed and detached for good', async () => {
    const method = await stripe.paymentMethods.create({
      type: 'card',
      card: { token: 'tok_visa' },
      billing_details: { name: 'Ada' },
    })
    expect(method).toMatchObject({ customer: null, card: { brand: 'visa', last4: '4242', funding: 'credit' } })

    const { id: customer } = await stripe.customers.create()
    await stripe.paymentMethods.attach(method.id, { customer })
    const updated = await stripe.paymentMethods.update(method.id, { metadata: { kind: 'work' } })
    expect(updated).toMatchObject({ customer, metadata: { kind: 'work' }, billing_details: { name: 'Ada' } })
    const listed = await stripe.paymentMethods.list({ customer, type: 'card', expand: ['data.customer'] })
    expect(listed.data).toMatchObject([{ id: method.id, customer: { id: customer, object: 'customer' } }])

    expect((await stripe.paymentMethods.detach(method.id)).customer).toBeNull()
    expect((await stripe.paymentMethods.list({ customer })).data).toEqual([])
    expect((await refusalOf(stripe.paymentMethods.attach(method.id, { customer }))).statusCode).toBe(400)
  })

  it.skipIf(againstStripe)('never take a raw card number (a real account may be allowed to)', async () => {
    const card = { number: '4242424242424242', exp_month: 12, exp_year: 2034, cvc: '123' }
    const refusal = await refusalOf(stripe.paymentMethods.create({ type: 'card', card }))
    expect(refusal.message).toContain('Sending credit card numbers directly to the Stripe API is generally unsafe')
  })

  it('are not attached when the bank declines them', async () => {
    const { id: customer } = await stripe.customers.create()
    const refusal = await refusalOf(stripe.paymentMethods.attach('pm_card_visa_chargeDeclined', { customer }))
    expect(refusal).toMatchObject({ statusCode: 402, code: 'card_declined', decline_code: 'generic_decline' })
  })
})

describe('amounts', () => {
  it.each([
    ['usd', 49, 'amount_too_small'],
    ['huf', 17_499, 'amount_too_small'],
    ['usd', 100_000_000, 'amount_too_large'],
  ] as const)('have the limits of their currency: %s %i', async (currency, amount, code) => {
    expect(await refusalOf(pay({ currency, amount }))).toMatchObject({ code })
  })

  it('have no fractions where a currency has none', async () => {
    expect((await refusalOf(pay({ currency: 'isk', amount: 50_050 }))).statusCode).toBe(400)
    expect(await pay({ currency: 'isk', amount: 50_000 })).toMatchObject({ status: 'succeeded' })
  })
})

describe('payment intents', () => {
  it('pay at once, with a charge that can be expanded', async () => {
    const intent = await pay({ description: 'Pack', metadata: { a: '1' }, expand: ['latest_charge', 'payment_method'] })
    expect(intent).toMatchObject({
      status: 'succeeded',
      amount_received: 1500,
      latest_charge: { status: 'succeeded', paid: true, captured: true, amount: 1500, metadata: { a: '1' } },
      payment_method: { card: { last4: '4242' } },
    })
    const charges = await stripe.charges.list({ payment_intent: intent.id })
    expect(charges.data).toMatchObject([{ payment_intent: intent.id, outcome: { type: 'authorized' } }])
    expect((await stripe.charges.retrieve(charges.data[0]!.id)).description).toBe('Pack')
    const again = await refusalOf(stripe.paymentIntents.confirm(intent.id))
    expect(again).toMatchObject({ code: 'payment_intent_unexpected_state' })
  })

  it('carry the group that they were made for, and their charge is found by it', async () => {
    const transfer_group = `group_${crypto.randomUUID()}`
    const intent = await pay({ transfer_group })
    expect(intent.transfer_group).toBe(transfer_group)
    const { data } = await stripe.charges.list({ transfer_group })
    expect(data).toMatchObject([{ payment_intent: intent.id, transfer_group }])
  })

  it('go step by step: create, change, confirm', async () => {
    const intent = await stripe.paymentIntents.create({
      amount: 900,
      currency: 'usd',
      automatic_payment_methods: noRedirects,
    })
    expect(intent).toMatchObject({ status: 'requires_payment_method', amount_received: 0, latest_charge: null })
    const changed = await stripe.paymentIntents.update(intent.id, { amount: 950, metadata: { a: '1' } })
    expect(changed).toMatchObject({ amount: 950, metadata: { a: '1' } })
    const paid = await stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_mastercard' })
    expect(paid).toMatchObject({ status: 'succeeded', amount_received: 950 })
    expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe('succeeded')
  })

  it.each([
    ['pm_card_visa_chargeDeclined', 'card_declined', 'generic_decline'],
    ['pm_card_visa_chargeDeclinedInsufficientFunds', 'card_declined', 'insufficient_funds'],
    ['pm_card_visa_chargeDeclinedLostCard', 'card_declined', 'lost_card'],
    ['pm_card_visa_chargeDeclinedStolenCard', 'card_declined', 'stolen_card'],
    ['pm_card_chargeDeclinedExpiredCard', 'expired_card', 'expired_card'],
    ['pm_card_chargeDeclinedIncorrectCvc', 'incorrect_cvc', 'incorrect_cvc'],
    ['pm_card_chargeDeclinedProcessingError', 'processing_error', 'processing_error'],
  ])('tell why %s is declined, and keep the attempt', async (card, code, declineCode) => {
    const refusal = await refusalOf(pay({ payment_method: card }))
    expect(refusal).toMatchObject({ statusCode: 402, rawType: 'card_error', code })
    if (code === 'card_declined') expect(refusal.decline_code).toBe(declineCode)
    const intent = await stripe.paymentIntents.retrieve(refusal.payment_intent!.id, { expand: ['latest_charge'] })
    expect(intent).toMatchObject({
      status: 'requires_payment_method',
      last_payment_error: { code },
      latest_charge: { status: 'failed', paid: false, failure_code: code },
    })
    expect((await stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_visa' })).status).toBe(
      'succeeded',
    )
  })

  it('attach a card whose later charges fail', async () => {
    const { customer, card } = await customerWith('pm_card_chargeCustomerFail')
    const refusal = await refusalOf(pay({ customer, payment_method: card, off_session: true }))
    expect(refusal.code).toBe('card_declined')
  })

  it('are authorized first and captured later, whole or in part', async () => {
    const intent = await pay({ capture_method: 'manual' })
    expect(intent).toMatchObject({ status: 'requires_capture', amount_capturable: 1500, amount_received: 0 })
    const tooMuch = await refusalOf(stripe.paymentIntents.capture(intent.id, { amount_to_capture: 1501 }))
    expect(tooMuch.code).toBe('amount_too_large')
    const captured = await stripe.paymentIntents.capture(intent.id, {
      amount_to_capture: 1000,
      expand: ['latest_charge'],
    })
    expect(captured).toMatchObject({
      status: 'succeeded',
      amount_received: 1000,
      latest_charge: { amount_captured: 1000 },
    })
  })

  it('are cancelled unless they were paid', async () => {
    const intent = await pay({ capture_method: 'manual' })
    const canceled = await stripe.paymentIntents.cancel(intent.id, { cancellation_reason: 'abandoned' })
    expect(canceled).toMatchObject({ status: 'canceled', cancellation_reason: 'abandoned' })
    expect(await stripe.charges.retrieve(String(intent.latest_charge))).toMatchObject({
      captured: false,
      refunded: true,
      amount_refunded: 1500,
    })
    const paid = await pay()
    expect((await refusalOf(stripe.paymentIntents.cancel(paid.id))).code).toBe('payment_intent_unexpected_state')
  })

  it('ask for proof when the customer is there, and fail without them', async () => {
    const { customer, card } = await customerWith('pm_card_authenticationRequired')
    const present = await pay({ customer, payment_method: card, return_url: 'https://shop.example/done' })
    expect(present).toMatchObject({ status: 'requires_action', next_action: { type: 'redirect_to_url' } })
    const away = await refusalOf(pay({ customer, payment_method: card, off_session: true }))
    expect(away).toMatchObject({ statusCode: 402, code: 'authentication_required' })
    expect(away.payment_intent).toMatchObject({ status: 'requires_payment_method' })
    const listed = await stripe.paymentIntents.list({ customer, expand: ['data.customer'] })
    expect(listed.data.map((intent) => intent.status)).toEqual(['requires_payment_method', 'requires_action'])
  })

  it('refuse a card of another customer, and one that was used without a customer', async () => {
    const { card } = await customerWith('pm_card_visa')
    expect((await refusalOf(pay({ payment_method: card }))).statusCode).toBe(400)
    const once = await stripe.paymentMethods.create({ type: 'card', card: { token: 'tok_visa' } })
    await pay({ payment_method: once.id })
    expect((await refusalOf(pay({ payment_method: once.id }))).message).toContain('It may not be used again')
  })

  it('keep the card when asked to', async () => {
    const { id: customer } = await stripe.customers.create()
    const intent = await pay({ customer, setup_future_usage: 'off_session' })
    const [kept] = (await stripe.paymentMethods.list({ customer })).data
    expect(kept!.id).toBe(intent.payment_method)
    expect((await pay({ customer, payment_method: kept!.id, off_session: true })).status).toBe('succeeded')
  })

  it('are refused when an amount is missing, too small or no number', async () => {
    const post = (body: object) => refusalOf(stripe.rawRequest('POST', '/v1/payment_intents', body))
    expect(await post({ currency: 'usd' })).toMatchObject({ code: 'parameter_missing', param: 'amount' })
    expect(await post({ amount: 'ten', currency: 'usd' })).toMatchObject({ code: 'parameter_invalid_integer' })
    expect(await post({ amount: 49, currency: 'usd' })).toMatchObject({ code: 'amount_too_small' })
    expect(await post({ amount: 500, currency: 'nix' })).toMatchObject({ statusCode: 400, param: 'currency' })
  })
})

describe('setup intents', () => {
  it('keep a card for later', async () => {
    const { id: customer } = await stripe.customers.create()
    const intent = await stripe.setupIntents.create({ customer, automatic_payment_methods: noRedirects })
    expect(intent.status).toBe('requires_payment_method')
    await stripe.setupIntents.update(intent.id, { description: 'A card' })
    const done = await stripe.setupIntents.confirm(intent.id, {
      payment_method: 'pm_card_visa',
      expand: ['payment_method'],
    })
    expect(done).toMatchObject({ status: 'succeeded', description: 'A card', payment_method: { customer } })
    expect((await stripe.setupIntents.list({ customer })).data).toHaveLength(1)
    expect((await refusalOf(stripe.setupIntents.cancel(intent.id))).code).toBe('setup_intent_unexpected_state')
  })

  it('fail when the bank declines the card', async () => {
    const { id: customer } = await stripe.customers.create()
    const refusal = await refusalOf(
      stripe.setupIntents.create({
        customer,
        automatic_payment_methods: noRedirects,
        payment_method: 'pm_card_visa_chargeDeclined',
        confirm: true,
      }),
    )
    expect(refusal).toMatchObject({ statusCode: 402, code: 'card_declined' })
    expect(refusal.setup_intent).toMatchObject({ status: 'requires_payment_method' })
  })

  it('are cancelled', async () => {
    const { id } = await stripe.setupIntents.create({ automatic_payment_methods: noRedirects })
    expect((await stripe.setupIntents.cancel(id)).status).toBe('canceled')
    expect((await stripe.setupIntents.retrieve(id)).status).toBe('canceled')
  })
})

describe('refunds', () => {
  it('are paid in parts, never more than was paid', async () => {
    const intent = await pay()
    const part = await stripe.refunds.create({
      payment_intent: intent.id,
      amount: 500,
      reason: 'requested_by_customer',
    })
    expect(part).toMatchObject({ amount: 500, status: 'succeeded', payment_intent: intent.id })
    const over = await refusalOf(stripe.refunds.create({ payment_intent: intent.id, amount: 1001 }))
    expect(over.message).toBe('Refund amount ($10.01) is greater than unrefunded amount on charge ($10.00)')
    const rest = await stripe.refunds.create({ payment_intent: intent.id, expand: ['charge'] })
    expect(rest).toMatchObject({ amount: 1000, charge: { refunded: true, amount_refunded: 1500 } })
    const again = await refusalOf(stripe.refunds.create({ payment_intent: intent.id }))
    expect(again.code).toBe('charge_already_refunded')

    const listed = await stripe.refunds.list({ payment_intent: intent.id })
    expect(listed.data.map((refund) => refund.amount)).toEqual([1000, 500])
    const charge = await stripe.charges.retrieve(String(intent.latest_charge), { expand: ['refunds'] })
    expect(charge.refunds?.data).toHaveLength(2)
  })

  it('are made once for a key', async () => {
    const { id } = await pay()
    const options = { idempotencyKey: crypto.randomUUID() }
    const first = await stripe.refunds.create({ payment_intent: id, amount: 100 }, options)
    expect(await stripe.refunds.create({ payment_intent: id, amount: 100 }, options)).toEqual(first)
    expect((await stripe.refunds.list({ payment_intent: id })).data).toHaveLength(1)
  })

  it('take a note', async () => {
    const { id } = await pay()
    const refund = await stripe.refunds.create({ payment_intent: id })
    expect((await stripe.refunds.update(refund.id, { metadata: { why: 'late' } })).metadata).toEqual({ why: 'late' })
    expect((await stripe.refunds.retrieve(refund.id)).metadata).toEqual({ why: 'late' })
  })

  it('need something that was paid', async () => {
    expect((await refusalOf(stripe.refunds.create({}))).statusCode).toBe(400)
    const open = await stripe.paymentIntents.create({ amount: 500, currency: 'usd' })
    const refusal = await refusalOf(stripe.refunds.create({ payment_intent: open.id }))
    expect(refusal.message).toContain('does not have a successful charge to refund')
  })
})
