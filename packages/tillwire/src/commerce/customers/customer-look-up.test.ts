import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { LocalStripe, openShop, type Shop } from '../testing/open-shop.ts'

const EMAIL = 'user@here.com'
const CUSTOMERS = '/v1/customers'

let local: LocalStripe
let shop: Shop
beforeAll(async () => {
  local = await LocalStripe.start()
})
afterAll(() => local.close())
beforeEach(async () => {
  await local.reset()
  shop = await openShop({ emulatorUrl: local.url })
})
afterEach(() => shop[Symbol.asyncDispose]())

const listed = async () => (await shop.stripe.customers.list({ limit: 100 })).data.map(({ id }) => id)
const refuse = (status: number, phase: 'before' | 'after' = 'before') =>
  local.fault({ method: 'POST', path: CUSTOMERS, phase, kind: 'error', status })

describe("another program's customer of the same address", () => {
  it('is never linked nor deleted, though a stored error hides what became of ours', async () => {
    const theirs = await shop.stripe.customers.create({ email: EMAIL })
    await refuse(500)
    const ours = await shop.commerce.createCustomer(EMAIL)
    expect(ours.stripeCustomerId).not.toBe(theirs.id)
    await shop.commerce.deleteCustomer(EMAIL)
    expect(await listed()).toEqual([theirs.id])
  })

  it('is left alone when ours is taken back', async () => {
    const theirs = await shop.stripe.customers.create({ email: EMAIL, description: 'run_of another program' })
    await refuse(500, 'after')
    await local.fault({ method: 'GET', path: CUSTOMERS, kind: 'error', status: 503, times: 20 })
    await expect(shop.commerce.createCustomer(EMAIL)).rejects.toMatchObject({ code: 'stripe_unavailable' })
    expect(await local.counts()).toMatchObject({ customers: 2 })
    await local.clearFaults()
    shop.clock.advance('1h')
    await shop.workflows.recover()
    expect(await listed()).toEqual([theirs.id])
  })
})

it('two runs for one address keep to their own: what one undoes is never what the other has just made', async () => {
  await refuse(500, 'after')
  await local.fault({ method: 'GET', path: CUSTOMERS, kind: 'error', status: 503, times: 20 })
  await expect(shop.commerce.createCustomer(EMAIL)).rejects.toMatchObject({ code: 'stripe_unavailable' })
  await local.clearFaults()
  await local.fault({ method: 'POST', path: CUSTOMERS, phase: 'after', kind: 'stall' })
  const second = shop.commerce.createCustomer(EMAIL)
  await expect.poll(() => local.armed()).toBe(0)
  shop.clock.advance('1h')
  await shop.workflows.recover()
  await local.clearFaults()
  expect(await listed()).toEqual([(await second).stripeCustomerId])
})

it('our own is found though Stripe lists it late', async () => {
  await local.fault({ method: 'GET', path: CUSTOMERS, kind: 'stale' })
  await refuse(500, 'after')
  const { stripeCustomerId } = await shop.commerce.createCustomer(EMAIL)
  expect(await listed()).toEqual([stripeCustomerId])
})
