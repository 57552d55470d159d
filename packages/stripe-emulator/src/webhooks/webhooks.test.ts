import type Stripe from 'stripe'
import { describe, expect, it } from 'vitest'
import { againstStripe, openEmulator, openStripe, refusalOf, until } from '../testing/open-stripe.ts'
import { openReceiver } from '../testing/receiver.ts'
import { type Delivery, decideAfterAttempt, FIRST_RETRY_MS, LONGEST_RETRY_MS, MAX_ATTEMPTS } from './deliveries.ts'

const secret = 'whsec_of_the_tests'

describe('webhook endpoints', () => {
  it('are created with a secret that is shown once, changed, listed and deleted', async () => {
    await using open = await openStripe()
    const { stripe } = open
    const created = await stripe.webhookEndpoints.create({
      url: 'https://shop.example/webhooks',
      enabled_events: ['customer.created'],
    })
    expect(created).toMatchObject({ status: 'enabled', secret: expect.stringMatching(/^whsec_/) })
    expect((await stripe.webhookEndpoints.retrieve(created.id)).secret).toBeUndefined()
    const updated = await stripe.webhookEndpoints.update(created.id, { disabled: true, enabled_events: ['*'] })
    expect(updated).toMatchObject({ status: 'disabled', enabled_events: ['*'] })
    expect((await stripe.webhookEndpoints.list({ limit: 100 })).data.map((entry) => entry.id)).toContain(created.id)
    expect(await stripe.webhookEndpoints.del(created.id)).toMatchObject({ deleted: true })
    expect((await refusalOf(stripe.webhookEndpoints.retrieve(created.id))).statusCode).toBe(404)
  })
})

describe.skipIf(againstStripe)('events (emulator only: each test has an account of its own)', () => {
  it('tell what happened, newest first, with what changed', async () => {
    await using bench = await openEmulator()
    const { stripe } = bench
    const customer = await stripe.customers.create({ name: 'Ada' }, { idempotencyKey: 'key 1' })
    await stripe.customers.update(customer.id, { name: 'Grace' })
    await stripe.customers.del(customer.id)
    const { data } = await stripe.events.list()
    expect(data.map((event) => event.type)).toEqual(['customer.deleted', 'customer.updated', 'customer.created'])
    expect(data[1]!.data).toMatchObject({ object: { name: 'Grace' }, previous_attributes: { name: 'Ada' } })
    expect(data[2]).toMatchObject({
      object: 'event',
      livemode: false,
      api_version: '2026-10-28.endive',
      request: { id: customer.lastResponse.requestId, idempotency_key: 'key 1' },
    })
    expect(await stripe.events.retrieve(data[0]!.id)).toEqual(data[0])
  })

  it('are found by type, by group and by time', async () => {
    await using bench = await openEmulator()
    const { stripe } = bench
    await stripe.customers.create()
    await stripe.products.create({ name: 'Pack' })
    const types = async (params: Stripe.EventListParams) =>
      (await stripe.events.list(params)).data.map((event) => event.type)
    expect(await types({ type: 'customer.created' })).toEqual(['customer.created'])
    expect(await types({ types: ['customer.created', 'product.created'] })).toHaveLength(2)
    expect(await types({ type: 'customer.*' })).toEqual(['customer.created'])
    const past = Math.floor(Date.now() / 1000) - 60
    expect(await types({ created: { lt: past } })).toEqual([])
    expect((await refusalOf(stripe.events.list({ type: 'a', types: ['b'] }))).statusCode).toBe(400)
    await bench.control('POST', 'clock', { advance: '31d' })
    expect(await types({})).toEqual([])
  })

  it('follow a payment from its start to its refund', async () => {
    await using bench = await openEmulator()
    const { stripe } = bench
    const intent = await stripe.paymentIntents.create({
      amount: 500,
      currency: 'usd',
      payment_method: 'pm_card_visa',
      confirm: true,
    })
    await stripe.refunds.create({ payment_intent: intent.id })
    await refusalOf(
      stripe.paymentIntents.create({
        amount: 500,
        currency: 'usd',
        payment_method: 'pm_card_chargeDeclined',
        confirm: true,
      }),
    )
    const { data } = await stripe.events.list()
    expect(data.map((event) => event.type).reverse()).toEqual([
      'payment_intent.created',
      'charge.succeeded',
      'payment_intent.succeeded',
      'refund.created',
      'charge.refunded',
      'payment_intent.created',
      'charge.failed',
      'payment_intent.payment_failed',
    ])
  })
})

describe.skipIf(againstStripe)('webhooks (emulator only: Stripe cannot reach this machine)', () => {
  it('arrive signed, at endpoints that listen for them', async () => {
    await using receiver = await openReceiver(secret)
    await using bench = await openEmulator({ webhookSecret: secret, webhookUrls: [receiver.url] })
    const { id } = await bench.stripe.customers.create()
    const event = await until(() => receiver.events[0])
    expect(event).toMatchObject({ type: 'customer.created', data: { object: { id } } })
    await until(async () => (await bench.stripe.events.retrieve(event.id)).pending_webhooks === 0)
    expect((await bench.stripe.events.list({ delivery_success: true })).data).toHaveLength(1)
    expect((await bench.stripe.events.list({ delivery_success: false })).data).toHaveLength(0)
  })

  it('are signed with the secret of the endpoint when the emulator was given none', async () => {
    await using bench = await openEmulator()
    await using deaf = await openReceiver('unused')
    const first = await bench.stripe.webhookEndpoints.create({ url: deaf.url, enabled_events: ['product.created'] })
    const second = await bench.stripe.webhookEndpoints.create({ url: deaf.url, enabled_events: ['product.created'] })
    expect(first.secret).not.toBe(second.secret)
    await bench.stripe.webhookEndpoints.del(first.id)
    await bench.stripe.webhookEndpoints.del(second.id)
    await using receiver = await openReceiver(String(first.secret))
    await bench.stripe.webhookEndpoints.create({ url: receiver.url, enabled_events: ['product.created'] })
    await bench.stripe.customers.create()
    expect(receiver.requests).toBe(0)
  })

  it('are sent again after a failure, by the clock, until they are received', async () => {
    await using receiver = await openReceiver(secret)
    await using bench = await openEmulator({ webhookSecret: secret, webhookUrls: [receiver.url] })
    receiver.status = 500
    await bench.stripe.customers.create()
    await until(() => receiver.requests === 1)
    const failed = await until(async () => {
      const [event] = (await bench.stripe.events.list({ delivery_success: false })).data
      return event?.pending_webhooks === 1 ? event : undefined
    })
    await bench.control('POST', 'clock', { advance: '1s' })
    await until(() => receiver.requests === 2)
    receiver.status = 200
    await until(async () => {
      await bench.control('POST', 'clock', { advance: '2s' })
      return receiver.events.length === 1
    })
    expect(receiver.events[0]!.id).toBe(failed.id)
    const { deliveries } = await bench.control<{ deliveries: Delivery[] }>('GET', 'webhooks/deliveries')
    expect(deliveries).toMatchObject([{ state: 'delivered', attempts: 3, status: 200, error: null }])
  })

  it('are replayed as often as asked', async () => {
    await using receiver = await openReceiver(secret)
    await using bench = await openEmulator({ webhookSecret: secret, webhookUrls: [receiver.url] })
    await bench.stripe.customers.create()
    const { id } = await until(() => receiver.events[0])
    expect(await bench.control('POST', 'webhooks/replay', { eventId: id, times: 20 })).toMatchObject({ deliveries: 20 })
    await until(() => receiver.events.length === 21)
    expect(new Set(receiver.events.map((event) => event.id))).toEqual(new Set([id]))
  })

  it('do not wait for one another', async () => {
    await using receiver = await openReceiver(secret)
    await using bench = await openEmulator({
      webhookSecret: secret,
      webhookUrls: ['http://127.0.0.1:1/', receiver.url],
    })
    await bench.stripe.customers.create()
    expect(await until(() => receiver.events[0])).toMatchObject({ type: 'customer.created' })
  })
})

describe('the wait before the next attempt', () => {
  const delivery: Delivery = {
    id: 1,
    event: 'evt',
    endpoint: 'we',
    url: '',
    state: 'pending',
    attempts: 0,
    due: 0,
    status: null,
    error: null,
  }

  it('doubles up to an hour, and ends', () => {
    let current = delivery
    const waits: number[] = []
    while (current.state === 'pending') {
      current = decideAfterAttempt(current, { status: 503 }, 0)
      if (current.state === 'pending') waits.push(current.due)
    }
    expect(waits.slice(0, 4)).toEqual([1, 2, 4, 8].map((factor) => factor * FIRST_RETRY_MS))
    expect(Math.max(...waits)).toBe(LONGEST_RETRY_MS)
    expect(current).toMatchObject({ state: 'failed', attempts: MAX_ATTEMPTS, error: 'answered 503' })
  })

  it('is over with any 2xx, and only with one', () => {
    expect(decideAfterAttempt(delivery, { status: 204 }, 0).state).toBe('delivered')
    expect(decideAfterAttempt(delivery, { status: 302 }, 0).state).toBe('pending')
    expect(decideAfterAttempt(delivery, { error: 'refused' }, 5)).toMatchObject({
      state: 'pending',
      due: 5 + FIRST_RETRY_MS,
    })
  })
})
