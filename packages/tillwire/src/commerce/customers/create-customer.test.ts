import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { holderOf } from '../../credits/index.ts'
import { users } from '../../sessions/index.ts'
import { CustomerExists, InvalidCustomer, StripeRefused, StripeUnavailable } from '../errors.ts'
import { LocalStripe, openShop, type Shop } from '../testing/open-shop.ts'

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

const usersNamed = (username: string) => shop.store.collection(users).count({ username })

describe('createCustomer', () => {
  it('makes the user, the customer at Stripe, and the link, from an e-mail address alone', async () => {
    const customer = await shop.commerce.createCustomer('User@Here.com')
    expect(customer).toMatchObject({ username: 'user@here.com', email: 'user@here.com', firstName: null })
    const atStripe = await shop.stripe.customers.retrieve(customer.stripeCustomerId)
    expect(atStripe).toMatchObject({ email: 'user@here.com', metadata: {} })
    expect(await shop.commerce.getCustomer('USER@here.com')).toEqual(customer)
    expect(await shop.store.collection(users).get(customer.userId)).toMatchObject({ email: 'user@here.com' })
  })
})
