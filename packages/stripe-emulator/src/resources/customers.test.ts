import type Stripe from 'stripe'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type OpenStripe, openStripe, refusalOf } from '../testing/open-stripe.ts'

let open: OpenStripe
let stripe: Stripe
beforeAll(async () => {
  open = await openStripe()
  stripe = open.stripe
})
afterAll(() => open[Symbol.asyncDispose]())

const uniqueEmail = () => `ada-${crypto.randomUUID()}@example.com`

describe('customers', () => {
  it('are created, read back, and changed field by field', async () => {
    const email = uniqueEmail()
    const created = await stripe.customers.create({
      email,
      name: 'Ada',
      address: { city: 'London', country: 'GB', line1: '1 Road' },
      metadata: { plan: 'free', seat: '7' },
    })
    expect(created).toMatchObject({ object: 'customer', email, livemode: false, balance: 0, description: null })
    expect(created.address).toEqual({
      city: 'London',
      country: 'GB',
      line1: '1 Road',
      line2: null,
      postal_code: null,
      state: null,
    })
    expect(await stripe.customers.retrieve(created.id)).toMatchObject({ id: created.id, email })

    const updated = await stripe.customers.update(created.id, { name: '', metadata: { plan: '', more: 'yes' } })
    expect(updated).toMatchObject({ name: null, email, metadata: { seat: '7', more: 'yes' } })
    expect(updated.metadata).not.toHaveProperty('plan')
    expect((await stripe.customers.update(created.id, { metadata: '' })).metadata).toEqual({})
    for (const name of ['constructor', '__proto__', 'toString']) {
      const metadata = Object.fromEntries([[name, 'x']])
      const changed = await stripe.customers.update(created.id, { metadata })
      expect(Object.entries(changed.metadata)).toContainEqual([name, 'x'])
      await expect(stripe.customers.retrieve(created.id, { expand: [name] })).rejects.toMatchObject({ param: 'expand' })
    }
    await stripe.customers.del(created.id)
  })

  it('leave a stub when deleted, and no longer appear in lists', async () => {
    const email = uniqueEmail()
    const { id } = await stripe.customers.create({ email })
    expect(await stripe.customers.del(id)).toMatchObject({ id, object: 'customer', deleted: true })
    expect(await stripe.customers.retrieve(id)).toMatchObject({ id, deleted: true })
    expect((await stripe.customers.list({ email })).data).toEqual([])
    const refusal = await refusalOf(stripe.customers.update(id, { name: 'x' }))
    expect(refusal).toMatchObject({ statusCode: 404, code: 'resource_missing', param: 'id' })
  })

  it('are listed by e-mail, newest first, in pages', async () => {
    const email = uniqueEmail()
    const made: string[] = []
    for (let turn = 0; turn < 5; turn += 1) made.unshift((await stripe.customers.create({ email })).id)

    const first = await stripe.customers.list({ email, limit: 2 })
    expect(first.data.map((customer) => customer.id)).toEqual(made.slice(0, 2))
    expect(first).toMatchObject({ object: 'list', has_more: true, url: '/v1/customers' })

    const second = await stripe.customers.list({ email, limit: 3, starting_after: made[1] })
    expect(second.data.map((customer) => customer.id)).toEqual(made.slice(2))
    expect(second.has_more).toBe(false)

    const back = await stripe.customers.list({ email, limit: 2, ending_before: made[3] })
    expect(back.data.map((customer) => customer.id)).toEqual(made.slice(1, 3))
    expect(back.has_more).toBe(true)

    const all: string[] = []
    for await (const customer of stripe.customers.list({ email, limit: 2 })) all.push(customer.id)
    expect(all).toEqual(made)
    for (const id of made) await stripe.customers.del(id)
  })

  it('are narrowed by the time they were made', async () => {
    const email = uniqueEmail()
    const { id, created } = await stripe.customers.create({ email })
    expect((await stripe.customers.list({ email, created: { gte: created } })).data).toHaveLength(1)
    expect((await stripe.customers.list({ email, created: { lt: created } })).data).toHaveLength(0)
    expect((await stripe.customers.list({ email, created })).data).toHaveLength(1)
    await stripe.customers.del(id)
  })

  it('take a default card that is theirs, and show it when asked', async () => {
    const customer = await stripe.customers.create({
      payment_method: 'pm_card_visa',
    })
    const [card] = (await stripe.customers.listPaymentMethods(customer.id)).data
    const updated = await stripe.customers.update(customer.id, {
      invoice_settings: { default_payment_method: card!.id },
      expand: ['invoice_settings.default_payment_method'],
    })
    expect(updated.invoice_settings.default_payment_method).toMatchObject({
      object: 'payment_method',
      card: { last4: '4242' },
    })

    const stranger = await stripe.customers.create({ payment_method: 'pm_card_mastercard' })
    const [other] = (await stripe.customers.listPaymentMethods(stranger.id)).data
    const refusal = await refusalOf(
      stripe.customers.update(customer.id, { invoice_settings: { default_payment_method: other!.id } }),
    )
    expect(refusal.code).toBe('resource_missing')
    await stripe.customers.del(customer.id)
    await stripe.customers.del(stranger.id)
  })

  it("are refused with Stripe's own errors when a parameter is wrong", async () => {
    const post = (body: object) => refusalOf(stripe.rawRequest('POST', '/v1/customers', body))
    expect(await post({ foo: '1' })).toMatchObject({
      statusCode: 400,
      type: 'StripeInvalidRequestError',
      code: 'parameter_unknown',
      param: 'foo',
      message: 'Received unknown parameter: foo',
    })
    expect(await post({ address: { town: 'x' } })).toMatchObject({
      code: 'parameter_unknown',
      param: 'address[town]',
    })
    expect(await post({ email: 'not an address' })).toMatchObject({ code: 'email_invalid', param: 'email' })
    expect(await refusalOf(stripe.customers.list({ limit: 0 }))).toMatchObject({
      code: 'parameter_invalid_integer',
      param: 'limit',
    })
    expect(await refusalOf(stripe.customers.retrieve('cus_none'))).toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
      param: 'id',
      message: "No such customer: 'cus_none'",
    })
    expect(await refusalOf(stripe.customers.list({ starting_after: 'cus_none' }))).toMatchObject({
      code: 'resource_missing',
      param: 'starting_after',
    })
    expect(await refusalOf(stripe.customers.create({ expand: ['email'] }))).toMatchObject({
      statusCode: 400,
      message: 'This property cannot be expanded (email).',
    })
  })
})
