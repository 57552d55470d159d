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

let open: OpenStripe
let stripe: Stripe
beforeAll(async () => {
  open = await openStripe()
  stripe = open.stripe
})
afterAll(() => open[Symbol.asyncDispose]())

const newKey = () => ({ idempotencyKey: crypto.randomUUID() })

describe('an idempotency key', () => {
  it('brings the first answer again', async () => {
    const options = newKey()
    const first = await stripe.customers.create({ name: 'Ada' }, options)
    const second = await stripe.customers.create({ name: 'Ada' }, options)
    expect(second).toEqual(first)
    expect(first.lastResponse.headers['idempotent-replayed']).toBeUndefined()
    expect(second.lastResponse.headers).toMatchObject({
      'idempotent-replayed': 'true',
      'original-request': first.lastResponse.requestId,
    })
  })

  it('brings a decline again, without a second attempt', async () => {
    const options = newKey()
    const { id: customer } = await stripe.customers.create()
    const attempt = () =>
      refusalOf(
        stripe.paymentIntents.create(
          {
            amount: 500,
            currency: 'usd',
            customer,
            payment_method: 'pm_card_visa_chargeDeclined',
            automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
            confirm: true,
          },
          options,
        ),
      )
    const first = await attempt()
    expect((await attempt()).payment_intent?.id).toBe(first.payment_intent?.id)
    expect((await stripe.paymentIntents.list({ customer })).data).toHaveLength(1)
  })

  it('is refused with other parameters, and for another path', async () => {
    const options = newKey()
    const { id } = await stripe.customers.create({ name: 'Ada' }, options)
    const other = await refusalOf(stripe.customers.create({ name: 'Grace' }, options))
    expect(other).toMatchObject({ statusCode: 400, type: 'StripeIdempotencyError', rawType: 'idempotency_error' })
    expect(other.message).toContain('can only be used with the same parameters')
    const elsewhere = await refusalOf(stripe.customers.update(id, { name: 'Ada' }, options))
    expect(elsewhere).toMatchObject({ statusCode: 400, rawType: 'idempotency_error' })
  })

  it('is not used up by parameters that were refused', async () => {
    const options = newKey()
    await refusalOf(stripe.customers.create({ email: 'wrong' }, options))
    expect((await stripe.customers.create({ email: 'right@example.com' }, options)).email).toBe('right@example.com')
  })

  it('does not depend on the order of the fields', async () => {
    const options = newKey()
    const first = await stripe.customers.create({ name: 'Ada', phone: '1' }, options)
    expect(await stripe.customers.create({ phone: '1', name: 'Ada' }, options)).toEqual(first)
  })

  it.skipIf(againstStripe)('is free again after a day (emulator only: moves the clock)', async () => {
    await using bench = await openEmulator()
    const options = newKey()
    const first = await bench.stripe.customers.create({ name: 'Ada' }, options)
    await bench.control('POST', 'clock', { advance: '23h' })
    expect((await bench.stripe.customers.create({ name: 'Ada' }, options)).id).toBe(first.id)
    await bench.control('POST', 'clock', { advance: '1h' })
    expect((await bench.stripe.customers.create({ name: 'Ada' }, options)).id).not.toBe(first.id)
  })

  it.skipIf(againstStripe)('is refused while a request with it is under way (emulator only: stalls it)', async () => {
    await using bench = await openEmulator()
    const options = newKey()
    await bench.control('POST', 'faults', { method: 'POST', path: '/v1/customers', kind: 'stall' })
    const slow = bench.stripe.customers.create({ name: 'Ada' }, options)
    const busy = await refusalOf(bench.stripe.customers.create({ name: 'Ada' }, options))
    expect(busy).toMatchObject({ statusCode: 409, code: 'idempotency_key_in_use' })
    await bench.control('DELETE', 'faults')
    const { id } = await slow
    expect((await bench.stripe.customers.create({ name: 'Ada' }, options)).id).toBe(id)
  })
})

describe('a request', () => {
  it('is answered with its id and the version that was asked for', async () => {
    const { lastResponse } = await stripe.customers.list({ limit: 1 })
    expect(lastResponse.requestId).toMatch(/^req_/)
    expect(lastResponse.apiVersion).toBe('2026-10-28.endive')
  })

  it('names an unknown route', async () => {
    const refusal = await refusalOf(stripe.rawRequest('GET', '/v1/nothing_here'))
    expect(refusal).toMatchObject({ statusCode: 404, rawType: 'invalid_request_error' })
    expect(refusal.message).toContain('/v1/nothing_here')
  })

  it('names all parameters that are unknown', async () => {
    const refusal = await refusalOf(stripe.rawRequest('POST', '/v1/customers', { foo: '1', bar: '2' }))
    expect(refusal).toMatchObject({ code: 'parameter_unknown', message: 'Received unknown parameters: foo, bar' })
  })
})

describe.skipIf(againstStripe)('a raw request (emulator only)', () => {
  let bench: OpenEmulator
  beforeAll(async () => {
    bench = await openEmulator()
  })
  afterAll(() => bench[Symbol.asyncDispose]())
  const url = (path: string) => bench.emulator.url + path

  it('needs a secret test key, as Bearer or Basic', async () => {
    const status = async (authorization?: string) =>
      (await fetch(url('/v1/customers'), authorization === undefined ? {} : { headers: { authorization } })).status
    expect(await status()).toBe(401)
    expect(await status('Bearer sk_live_123')).toBe(401)
    expect(await status('Bearer pk_test_123')).toBe(401)
    expect(await status('Bearer sk_test_123')).toBe(200)
    expect(await status(`Basic ${Buffer.from('sk_test_123:').toString('base64')}`)).toBe(200)
  })

  it('is refused when its body is no form, is too large, or nests too deep', async () => {
    const post = async (body: string, type = 'application/x-www-form-urlencoded') => {
      const headers = { authorization: 'Bearer sk_test_1', 'content-type': type }
      const answer = await fetch(url('/v1/customers'), { method: 'POST', headers, body })
      return { status: answer.status, ...(await answer.json()) }
    }
    expect(await post('{"name":"Ada"}', 'application/json')).toMatchObject({ status: 400 })
    expect(await post(`name=${'a'.repeat(2_000_000)}`)).toMatchObject({ status: 413 })
    expect(await post('a[b][c][d][e][f][g][h][i]=1')).toMatchObject({ status: 400 })
    expect(await post('metadata[__proto__][x]=1')).toMatchObject({ status: 400 })
    expect(await post('name=%E0%A4%A')).toMatchObject({ status: 400 })
    expect(await post('name=1&name[a]=2')).toMatchObject({ status: 400 })
  })

  it('is refused with a version that is none', async () => {
    const headers = { authorization: 'Bearer sk_test_1', 'stripe-version': 'latest' }
    expect((await fetch(url('/v1/customers'), { headers })).status).toBe(400)
  })
})
