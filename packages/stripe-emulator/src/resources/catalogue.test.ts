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

describe('products', () => {
  it('are created with a price, changed, listed and expanded', async () => {
    const product = await stripe.products.create({
      name: 'Credits',
      default_price_data: { currency: 'usd', unit_amount: 500 },
      expand: ['default_price'],
    })
    expect(product).toMatchObject({ active: true, default_price: { unit_amount: 500, type: 'one_time' } })

    const updated = await stripe.products.update(product.id, { active: false, description: 'Five dollars' })
    expect(updated).toMatchObject({ active: false, description: 'Five dollars', name: 'Credits' })
    expect((await stripe.products.list({ ids: [product.id] })).data).toHaveLength(1)
    expect((await stripe.products.list({ ids: [product.id], active: true })).data).toHaveLength(0)
    expect((await refusalOf(stripe.products.del(product.id))).message).toContain('user-created prices')
  })

  it('are deleted when nothing is sold by them', async () => {
    const { id } = await stripe.products.create({ name: 'Nothing' })
    expect(await stripe.products.del(id)).toMatchObject({ id, deleted: true })
    expect(await refusalOf(stripe.products.retrieve(id))).toMatchObject({ statusCode: 404, code: 'resource_missing' })
  })

  it('need a name', async () => {
    expect(await refusalOf(stripe.rawRequest('POST', '/v1/products', {}))).toMatchObject({
      code: 'parameter_missing',
      param: 'name',
    })
    expect(await refusalOf(stripe.products.create({ name: '' }))).toMatchObject({
      code: 'parameter_invalid_empty',
      param: 'name',
    })
  })
})

describe('prices', () => {
  it('are created for a product, changed, listed and expanded', async () => {
    const product = await stripe.products.create({ name: 'Credits' })
    const price = await stripe.prices.create({ product: product.id, currency: 'usd', unit_amount: 1800 })
    expect(price).toMatchObject({ type: 'one_time', billing_scheme: 'per_unit', recurring: null })
    expect(price.unit_amount_decimal?.toString()).toBe('1800')

    expect(await stripe.prices.update(price.id, { nickname: 'Plus' })).toMatchObject({ nickname: 'Plus' })
    const listed = await stripe.prices.list({ product: product.id, expand: ['data.product'] })
    expect(listed.data).toMatchObject([{ id: price.id, product: { name: 'Credits' } }])
    await stripe.prices.update(price.id, { active: false })
    expect((await stripe.prices.list({ product: product.id, active: true })).data).toEqual([])
  })

  it('give their lookup key to another only when asked', async () => {
    const key = `pack-${crypto.randomUUID()}`
    const fields = { currency: 'usd', unit_amount: 500, lookup_key: key }
    const first = await stripe.prices.create({ ...fields, product_data: { name: 'One' } })
    expect((await refusalOf(stripe.prices.create({ ...fields, product_data: { name: 'Two' } }))).param).toBe(
      'lookup_key',
    )
    const second = await stripe.prices.create({ ...fields, product_data: { name: 'Two' }, transfer_lookup_key: true })
    expect((await stripe.prices.list({ lookup_keys: [key] })).data.map((price) => price.id)).toEqual([second.id])
    expect((await stripe.prices.retrieve(first.id)).lookup_key).toBeNull()
  })

  it('are refused without a product, and with an amount that is no integer', async () => {
    const post = (body: object) => refusalOf(stripe.rawRequest('POST', '/v1/prices', body))
    expect((await post({ currency: 'usd', unit_amount: '5' })).statusCode).toBe(400)
    expect(await post({ currency: 'usd', unit_amount: 'five', product_data: { name: 'x' } })).toMatchObject({
      code: 'parameter_invalid_integer',
      param: 'unit_amount',
    })
  })
})
