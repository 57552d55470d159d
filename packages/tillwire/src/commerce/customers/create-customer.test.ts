import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { IdempotencyConflict } from '../../core/index.ts'
import { holderOf } from '../../credits/index.ts'
import { users } from '../../sessions/index.ts'
import { CustomerExists, InvalidCustomer, StripeRefused, StripeUnavailable } from '../errors.ts'
import { customerClaims } from '../schema.ts'
import { LocalStripe, openShop, type Shop } from '../testing/open-shop.ts'
import type { CreateCustomerInput } from '../types.ts'

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

const EMAIL = 'user@here.com'
const usersNamed = (username: string) => shop.store.collection(users).count({ username })
const customersAtStripe = async () => (await local.counts()).customers
const claims = () => shop.store.collection(customerClaims).count()

describe('createCustomer', () => {
  it('makes the user, the customer at Stripe, and the link, from an e-mail address alone', async () => {
    const customer = await shop.commerce.createCustomer('User@Here.com')
    expect(customer).toMatchObject({ username: EMAIL, email: EMAIL, firstName: null, phone: null, address: null })
    expect(await shop.stripe.customers.retrieve(customer.stripeCustomerId)).toMatchObject({
      email: EMAIL,
      metadata: {},
    })
    expect(await shop.commerce.getCustomer('USER@here.com')).toEqual(customer)
    expect(await shop.store.collection(users).get(customer.userId)).toMatchObject({
      email: EMAIL,
      emailVerified: false,
    })
    expect(await claims()).toBe(0)
  })

  it('takes names, phone and addresses, and a username of its own', async () => {
    const address = { line1: '1 Main St', city: 'Springfield', postalCode: '12345', country: 'US' }
    const customer = await shop.commerce.createCustomer({
      username: 'ada',
      email: EMAIL,
      firstName: 'Ada',
      lastName: 'Lovelace',
      phone: '+44 20 7946 0000',
      address,
      shipping: { name: 'Ada', address },
    })
    expect(customer).toMatchObject({ username: 'ada', firstName: 'Ada', lastName: 'Lovelace', address })
    expect(await shop.stripe.customers.retrieve(customer.stripeCustomerId)).toMatchObject({
      name: 'Ada Lovelace',
      phone: '+44 20 7946 0000',
      address: { line1: '1 Main St', postal_code: '12345', country: 'US' },
      shipping: { name: 'Ada', address: { city: 'Springfield' } },
    })
    expect(await shop.commerce.getCustomer('ada')).toEqual(customer)
    expect(await shop.commerce.getCustomer(EMAIL)).toEqual(customer)
  })

  it('calls a callback once, when the work is durable', async () => {
    const calls: unknown[][] = []
    await new Promise<void>((resolve) => {
      const returned = shop.commerce.createCustomer(EMAIL, (...args) => {
        calls.push(args)
        resolve()
      })
      expect(returned).toBeUndefined()
    })
    expect(calls).toEqual([[null, await shop.commerce.getCustomer(EMAIL)]])
    const error = await new Promise<Error | null>((resolve) => shop.commerce.createCustomer(EMAIL, resolve))
    expect(CustomerExists.is(error)).toBe(true)
  })

  it('lets what a callback throws reach the process, and calls it once', async () => {
    const listeners = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    let calls = 0
    const thrown = await new Promise((resolve) => {
      process.once('uncaughtException', resolve)
      shop.commerce.createCustomer(EMAIL, () => {
        calls++
        throw new Error('a bug of the caller')
      })
    })
    for (const listener of listeners) process.on('uncaughtException', listener)
    expect(thrown).toMatchObject({ message: 'a bug of the caller' })
    expect(calls).toBe(1)
  })

  it.each<[string, string | object]>([
    ['email', 'not an address'],
    ['email', ''],
    ['email', `${'a'.repeat(320)}@here.com`],
    ['phone', { email: EMAIL, phone: '12' }],
    ['phone', { email: EMAIL, phone: 'call me' }],
    ['phone', { email: EMAIL, phone: '1'.repeat(21) }],
    ['address.country', { email: EMAIL, address: { country: 'usa' } }],
    ['username', { email: EMAIL, username: 'other@here.com' }],
    ['username', { email: EMAIL, username: ' ' }],
    ['firstName', { email: EMAIL, firstName: 5 }],
    ['firstName', { email: EMAIL, firstName: 'A\0da' }],
    ['lastName', { email: EMAIL, lastName: 'half \ud83d' }],
    ['username', { email: EMAIL, username: 'a\0da' }],
    ['username', { email: EMAIL, username: '\u200b' }],
    ['username', { email: EMAIL, username: 'other\uff20here.com' }],
    ['email', '\u212aate@here.com'],
    ['address.city', { email: EMAIL, address: { city: '\udc00' } }],
    ['shipping.name', { email: EMAIL, shipping: { name: '\0', address: {} } }],
  ])('refuses a customer whose %s is wrong, before anything is done (%j)', async (path, input) => {
    const error = await shop.commerce.createCustomer(input as string).catch((reason) => reason)
    expect(InvalidCustomer.is(error) && error.details.issues).toMatchObject([{ path }])
    expect(await customersAtStripe()).toBe(0)
    expect((await shop.workflows.list()).items).toEqual([])
  })

  it('refuses what it does not know, a card number above all, without repeating it', async () => {
    const input = { email: EMAIL, card: '4242424242424242' } as CreateCustomerInput
    const error = await shop.commerce.createCustomer(input).catch((reason) => reason)
    expect(InvalidCustomer.is(error)).toBe(true)
    expect(JSON.stringify([error, error.message])).not.toContain('4242')
  })

  it('links a user who is there already, and leaves them alone when it fails', async () => {
    const user = await shop.store.collection(users).insert({ email: EMAIL, name: 'Ada' })
    await local.fault({ method: 'POST', path: '/v1/customers', kind: 'error', status: 400 })
    await expect(shop.commerce.createCustomer(EMAIL)).rejects.toSatisfy((e) => StripeRefused.is(e))
    expect(await shop.store.collection(users).get(user.id)).toEqual(user)

    expect((await shop.commerce.createCustomer(EMAIL)).userId).toBe(user.id)
    expect(await usersNamed(EMAIL)).toBe(1)
  })

  it('refuses a username that has a customer, and an e-mail of somebody with another username', async () => {
    await shop.commerce.createCustomer({ username: 'ada', email: EMAIL })
    const codeOf = (input: CreateCustomerInput) => shop.commerce.createCustomer(input).catch(({ code }) => code)
    expect(await codeOf({ username: 'ada', email: 'else@here.com' })).toBe('customer_exists')
    expect(await codeOf({ username: 'bob', email: EMAIL })).toBe('invalid_customer')
    expect(await customersAtStripe()).toBe(1)
  })

  it('takes one username in whatever letter case, width or composition it is written', async () => {
    const made = await shop.commerce.createCustomer({ username: 'Bob', email: EMAIL })
    expect(made.username).toBe('Bob')
    for (const username of ['bob', 'BOB', ' ｂｏｂ ', 'b\u200bob'])
      expect(await shop.commerce.getCustomer(username), username).toEqual(made)
    await expect(shop.commerce.createCustomer({ username: 'BOB', email: EMAIL })).rejects.toSatisfy((e) =>
      CustomerExists.is(e),
    )
    const other = shop.commerce.createCustomer({ username: 'BOB', email: 'else@here.com' })
    await expect(other).rejects.toSatisfy((e) => CustomerExists.is(e))
  })

  it('finds users by a new address as by an old one that is still their username', async () => {
    const user = await shop.store.collection(users).insert({ email: 'new@here.com', username: EMAIL })
    await expect(shop.commerce.createCustomer(EMAIL)).rejects.toSatisfy((e) => InvalidCustomer.is(e))
    await shop.commerce.checkout({ username: EMAIL, pack: 'starter' })
    expect(await shop.commerce.getCustomer('new@here.com')).toMatchObject({ userId: user.id, email: 'new@here.com' })
  })

  it('lets one of twenty calls for one username win; the others get CustomerExists', async () => {
    const calls = await Promise.allSettled(Array.from({ length: 20 }, () => shop.commerce.createCustomer(EMAIL)))
    expect(calls.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const losers = calls.flatMap((call) => (call.status === 'rejected' ? [call.reason] : []))
    expect(losers.every((reason) => CustomerExists.is(reason))).toBe(true)
    expect(await customersAtStripe()).toBe(1)
    expect(await usersNamed(EMAIL)).toBe(1)
  })

  it('lets one of twelve calls for one username win, each with an e-mail of its own', async () => {
    const emails = Array.from({ length: 12 }, (_, n) => `bob-${n}@here.com`)
    const calls = await Promise.allSettled(
      emails.map((email) => shop.commerce.createCustomer({ username: 'bob', email })),
    )
    const codes = calls.map((call) => (call.status === 'rejected' ? call.reason.code : 'made')).sort()
    expect(codes).toEqual([...Array(11).fill('customer_exists'), 'made'])
    expect([await customersAtStripe(), await claims()]).toEqual([1, 0])
    expect(await shop.store.collection(users).count()).toBe(1)
  })

  it('takes no user over: a username with an e-mail of another or of nobody, before there is a customer', async () => {
    const bob = await shop.store.collection(users).insert({ username: 'bob', email: EMAIL })
    const ada = await shop.store.collection(users).insert({ username: 'ada', email: 'ada@here.com' })
    for (const [username, email] of [
      ['BOB', 'nobody@here.com'],
      ['bob', 'ada@here.com'],
      ['nobody', EMAIL],
    ] as const) {
      const call = shop.commerce.createCustomer({ username, email })
      await expect(call, `${username} ${email}`).rejects.toSatisfy((e) => InvalidCustomer.is(e))
    }
    expect(await shop.store.collection(users).get(bob.id)).toEqual(bob)
    expect(await shop.store.collection(users).get(ada.id)).toEqual(ada)
    expect([await shop.store.collection(users).count(), await customersAtStripe()]).toEqual([2, 0])
  })

  it('lets a call with another e-mail have the username when the first of them fails', async () => {
    await local.fault({ method: 'POST', path: '/v1/customers', kind: 'error', status: 400 })
    const calls = await Promise.allSettled(
      ['a@here.com', 'b@here.com'].map((email) => shop.commerce.createCustomer({ username: 'bob', email })),
    )
    const codes = calls.map((call) => (call.status === 'rejected' ? call.reason.code : 'made')).sort()
    expect(codes).toEqual(['made', 'stripe_refused'])
  })

  it('lets another call have the name when the first of them fails', async () => {
    await local.fault({ method: 'POST', path: '/v1/customers', kind: 'error', status: 400 })
    const calls = await Promise.allSettled(Array.from({ length: 5 }, () => shop.commerce.createCustomer(EMAIL)))
    const codes = calls.map((call) => (call.status === 'rejected' ? call.reason.code : 'made')).sort()
    expect(codes).toEqual(['customer_exists', 'customer_exists', 'customer_exists', 'made', 'stripe_refused'])
    expect(await customersAtStripe()).toBe(1)
  })

  it('returns the first outcome again under its key', async () => {
    const customer = await shop.commerce.createCustomer({ email: EMAIL, key: 'k' })
    expect(await shop.commerce.createCustomer({ email: EMAIL, key: 'k' })).toEqual(customer)
    const other = shop.commerce.createCustomer({ email: 'else@here.com', key: 'k' })
    await expect(other).rejects.toSatisfy((e) => IdempotencyConflict.is(e))
  })
})

describe('createCustomer while Stripe fails', () => {
  it.each([
    ['a refusal', { kind: 'error', status: 400 }],
    ['a wrong secret key', { kind: 'error', status: 401 }],
  ] as const)('leaves nothing behind after %s, and does not block the name', async (_, fault) => {
    await local.fault({ method: 'POST', path: '/v1/customers', ...fault })
    await expect(shop.commerce.createCustomer(EMAIL)).rejects.toSatisfy((e) => StripeRefused.is(e))
    expect([await usersNamed(EMAIL), await claims(), await customersAtStripe()]).toEqual([0, 0, 0])
    await shop.commerce.createCustomer(EMAIL)
  })

  it.each([
    ['a dropped answer', { phase: 'after', kind: 'drop_answer' }],
    ['a reset connection', { phase: 'after', kind: 'reset' }],
    ['a connection reset before', { phase: 'before', kind: 'reset' }],
    ['a server error', { phase: 'before', kind: 'error', status: 500 }],
    ['a server error after the work', { phase: 'after', kind: 'error', status: 500 }],
    ['a rate limit', { phase: 'before', kind: 'rate_limit' }],
  ] as const)('makes exactly one customer in spite of %s', async (_, fault) => {
    await local.fault({ method: 'POST', path: '/v1/customers', ...fault })
    const customer = await shop.commerce.createCustomer(EMAIL)
    expect(await customersAtStripe()).toBe(1)
    expect(await shop.stripe.customers.retrieve(customer.stripeCustomerId)).toMatchObject({ email: EMAIL })
  })

  it.each(
    [1, 2, 3, 4].flatMap((times) =>
      [500, 503].flatMap((status) => (['before', 'after'] as const).map((phase) => [times, status, phase] as const)),
    ),
  )(
    'makes one customer or says that Stripe is away, in spite of %i server errors (%i, %s the work)',
    async (times, status, phase) => {
      await local.fault({ method: 'POST', path: '/v1/customers', phase, kind: 'error', status, times })
      const made = await shop.commerce.createCustomer(EMAIL).catch((error) => error)
      if (times < 3) expect(await shop.stripe.customers.retrieve(made.stripeCustomerId)).toMatchObject({ email: EMAIL })
      else expect(made).toMatchObject({ code: 'stripe_unavailable', retryable: true })
      await local.clearFaults()
      shop.clock.advance('1h')
      await shop.workflows.recover()
      expect(await customersAtStripe()).toBe(times < 3 ? 1 : 0)
      expect((await shop.workflows.list()).items.map(({ error }) => error?.code ?? null)).toEqual([
        times < 3 ? null : 'stripe_unavailable',
      ])
    },
  )

  it('undoes a customer of which no answer told, and the name is free meanwhile', async () => {
    await local.fault({ path: '/v1/customers', phase: 'after', kind: 'drop_answer', times: 20 })
    await expect(shop.commerce.createCustomer(EMAIL)).rejects.toSatisfy((e) => StripeUnavailable.is(e))
    expect((await shop.workflows.list({ status: 'undoing' })).items).toHaveLength(1)
    expect(await customersAtStripe()).toBe(1)

    await local.clearFaults()
    const customer = await shop.commerce.createCustomer(EMAIL)
    shop.clock.advance('1h')
    await shop.workflows.recover()
    expect(await customersAtStripe()).toBe(1)
    expect(await shop.commerce.getCustomer(EMAIL)).toEqual(customer)
    expect((await shop.workflows.list({ status: 'undoing' })).items).toEqual([])
  })

  it('does not take the name from the call that has it now', async () => {
    await local.fault({ path: '/v1/customers*', kind: 'error', status: 503, times: 20 })
    await shop.commerce.createCustomer(EMAIL).catch(() => {})
    const [failed] = (await shop.workflows.list({ status: 'undoing' })).items
    await local.clearFaults()
    await local.fault({ method: 'POST', path: '/v1/customers', kind: 'stall' })
    const second = shop.commerce.createCustomer(EMAIL)
    const claimOf = async () => (await shop.store.collection(customerClaims).find()).items[0]?.runId
    await expect.poll(claimOf).not.toBe(failed!.id)
    shop.clock.advance('1h')
    await shop.workflows.recover()
    expect(await shop.workflows.get(failed!.id)).toMatchObject({ status: 'failed' })
    await local.clearFaults()
    expect(await shop.commerce.getCustomer(EMAIL)).toBeNull()
    await second
    expect([await usersNamed(EMAIL), await claims(), await customersAtStripe()]).toEqual([1, 0, 1])
  })

  it('frees the name when nobody wanted it meanwhile', async () => {
    await local.fault({ path: '/v1/customers*', kind: 'error', status: 503, times: 20 })
    await shop.commerce.createCustomer(EMAIL).catch(() => {})
    expect(await usersNamed(EMAIL)).toBe(1)
    await local.clearFaults()
    shop.clock.advance('1h')
    await shop.workflows.recover()
    expect([await usersNamed(EMAIL), await claims(), await customersAtStripe()]).toEqual([0, 0, 0])
  })

  it('keeps the user when somebody has given them credits meanwhile', async () => {
    await local.fault({ path: '/v1/customers*', kind: 'error', status: 503, times: 20 })
    await shop.commerce.createCustomer(EMAIL).catch(() => {})
    const user = await shop.store.collection(users).findOne({ email: EMAIL })
    const holder = holderOf(user!.id)
    await shop.credits.grant({ holder, amount: 5 as never, key: 'gift', source: { kind: 'manual' } })
    await local.clearFaults()
    shop.clock.advance('1h')
    await shop.workflows.recover()
    expect([await usersNamed(EMAIL), await claims(), await customersAtStripe()]).toEqual([1, 0, 0])
  })
})

describe('getCustomer and deleteCustomer', () => {
  it('is null for a name that has none', async () => {
    expect(await shop.commerce.getCustomer('nobody')).toBeNull()
    await shop.store.collection(users).insert({ email: EMAIL })
    expect(await shop.commerce.getCustomer(EMAIL)).toBeNull()
  })

  it('deletes the customer at Stripe and the link, and the name can be used again', async () => {
    const { stripeCustomerId, userId } = await shop.commerce.createCustomer(EMAIL)
    await shop.commerce.deleteCustomer(EMAIL)
    expect(await shop.commerce.getCustomer(EMAIL)).toBeNull()
    expect(await shop.stripe.customers.retrieve(stripeCustomerId)).toMatchObject({ deleted: true })
    expect(await shop.commerce.createCustomer(EMAIL)).toMatchObject({ userId })
    expect(await customersAtStripe()).toBe(1)
  })

  it('goes forward by itself when Stripe is away', async () => {
    await shop.commerce.createCustomer(EMAIL)
    await local.fault({ method: 'DELETE', path: '/v1/customers/*', kind: 'error', status: 503, times: 20 })
    const error = await shop.commerce.deleteCustomer(EMAIL).catch((reason) => reason)
    expect(error).toMatchObject({ code: 'workflow_pending', retryable: true })
    await local.clearFaults()
    shop.clock.advance('1h')
    await shop.workflows.recover()
    expect(await shop.commerce.getCustomer(EMAIL)).toBeNull()
    expect(await customersAtStripe()).toBe(0)
  })

  it('is refused for a name that has none', async () => {
    await expect(shop.commerce.deleteCustomer(EMAIL)).rejects.toMatchObject({ code: 'not_found' })
    await shop.store.collection(users).insert({ email: EMAIL })
    await expect(shop.commerce.deleteCustomer(EMAIL)).rejects.toMatchObject({ code: 'not_found' })
  })

  it('is done once under its key, also when there is another customer by then', async () => {
    await shop.commerce.createCustomer(EMAIL)
    await shop.commerce.deleteCustomer(EMAIL, { key: 'k' })
    await shop.commerce.deleteCustomer(EMAIL, { key: 'k' })
    const again = await shop.commerce.createCustomer(EMAIL)
    await shop.commerce.deleteCustomer(EMAIL, { key: 'k' })
    expect(await shop.commerce.getCustomer(EMAIL)).toEqual(again)
  })
})
