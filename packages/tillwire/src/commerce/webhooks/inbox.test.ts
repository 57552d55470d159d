import { mkdtempSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { buffer } from 'node:stream/consumers'
import type Stripe from 'stripe'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { silentLogger } from '../../core/index.ts'
import { holderOf } from '../../credits/index.ts'
import { users } from '../../sessions/index.ts'
import { eventCursors, webhookEvents } from '../schema.ts'
import { LocalStripe, openShop, pack, type Shop, WEBHOOK_SECRET } from '../testing/open-shop.ts'
import { describeFailure, MAX_ATTEMPTS } from './event.ts'

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

const inbox = () => shop.commerce.webhooks

async function available(): Promise<number> {
  const user = await shop.store.collection(users).findOne({ email: EMAIL })
  return (await shop.credits.balance(holderOf(user!.id))).available
}

async function buyAndPay(): Promise<void> {
  const { url } = await shop.commerce.checkout({ username: EMAIL, pack: 'starter' })
  await local.pay(url)
}

/** Stripe's events, oldest first. */
async function events(type?: string): Promise<Stripe.Event[]> {
  return (await shop.stripe.events.list({ limit: 100, ...(type && { type }) })).data.toReversed()
}

interface Delivery {
  secret?: string
  /** Seconds before our own now. */
  age?: number
}
async function deliver(event: object, { secret = WEBHOOK_SECRET, age = 0 }: Delivery = {}) {
  const payload = JSON.stringify(event)
  const timestamp = Math.floor(shop.clock.now().getTime() / 1000) - age
  const signature = shop.stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp })
  return inbox().receive(Buffer.from(payload), signature)
}

/** Lets every back-off pass until nothing is pending. */
async function workOff(): Promise<void> {
  for (let turn = 0; turn < 2 * MAX_ATTEMPTS; turn++) {
    shop.clock.advance('6h')
    await inbox().work()
  }
}

describe('a delivery', () => {
  it('is kept once, before anything is done about it', async () => {
    await buyAndPay()
    const [completed] = await events('checkout.session.completed')
    expect(await deliver(completed!)).toEqual({ eventId: completed!.id, duplicate: false })
    expect(await deliver(completed!)).toEqual({ eventId: completed!.id, duplicate: true })
    expect((await inbox().list()).items).toMatchObject([
      { id: completed!.id, type: 'checkout.session.completed', status: 'pending', attempts: 0 },
    ])
    expect(await available()).toBe(0)
    expect(await inbox().work()).toBe(1)
    expect(await available()).toBe(pack.credits)
    expect((await inbox().list({ status: 'done' })).items).toMatchObject([{ attempts: 1, lastError: null }])
    expect(await inbox().work()).toBe(0)
  })

  it('is refused when it is forged, altered, unsigned, stale, or no event', async () => {
    await buyAndPay()
    const [event] = await events('checkout.session.completed')
    const payload = Buffer.from(JSON.stringify(event))
    const refused = { code: 'invalid_signature' }
    await expect(deliver(event!, { secret: 'whsec_other' })).rejects.toMatchObject(refused)
    await expect(deliver(event!, { age: 301 })).rejects.toMatchObject(refused)
    await expect(deliver({ hello: 'world' })).rejects.toMatchObject(refused)
    await expect(inbox().receive(payload, undefined)).rejects.toMatchObject(refused)
    await expect(inbox().receive(payload, 't=,v1=')).rejects.toMatchObject(refused)
    await expect(inbox().receive(payload, 'nonsense')).rejects.toMatchObject(refused)
    const timestamp = Math.floor(shop.clock.now().getTime() / 1000)
    const signature = shop.stripe.webhooks.generateTestHeaderString({
      payload: '{}',
      secret: WEBHOOK_SECRET,
      timestamp,
    })
    await expect(inbox().receive(payload, signature)).rejects.toMatchObject(refused)
    expect((await inbox().list()).items).toEqual([])
    await deliver(event!, { age: 299 })
  })

  it('keeps of its object what can be an id, and of what went wrong what can be kept', async () => {
    for (const [at, id] of ['re_\0', 're_\ud800', { gt: '' }, 'r'.repeat(10_000)].entries()) {
      const object = { id, payment_intent: id }
      await deliver({ id: `evt_${at}`, object: 'event', type: 'refund.created', livemode: false, data: { object } })
    }
    await inbox().work()
    const { items } = await inbox().list()
    expect(items.map(({ objectId }) => objectId)).toEqual(['', '', '', ''])
    expect(describeFailure(new Error(`a\0b\ud800${'c'.repeat(10_000)}`))).toMatch(/^ab\ufffdc{990,}…$/)
  })

  it('is taken under the old and the new secret while it is being changed', async () => {
    await using both = await openShop({ emulatorUrl: local.url, webhookSecrets: ['whsec_new', WEBHOOK_SECRET] })
    await buyAndPay()
    for (const [index, event] of (await events()).slice(0, 2).entries()) {
      const payload = JSON.stringify(event)
      const secret = index === 0 ? 'whsec_new' : WEBHOOK_SECRET
      const signature = shop.stripe.webhooks.generateTestHeaderString({ payload, secret })
      expect(await both.commerce.webhooks.receive(Buffer.from(payload), signature)).toMatchObject({ duplicate: false })
    }
  })

  it('is refused when it is from the other mode', async () => {
    await buyAndPay()
    const [event] = await events('checkout.session.completed')
    await expect(deliver({ ...event, livemode: true })).rejects.toMatchObject({ code: 'wrong_livemode' })
    expect((await inbox().list()).items).toEqual([])
  })
})

describe('work', () => {
  it('is shared by processes: each event is handled by one of them at a time', async () => {
    await buyAndPay()
    await inbox().poll()
    const [once, twice, thrice] = await Promise.all([inbox().work(), inbox().work(), inbox().work()])
    expect(once! + twice! + thrice!).toBe((await inbox().list({ status: 'done' })).items.length)
    expect(await available()).toBe(pack.credits)
  })

  it('retries a failure with back-off, and says what it was', async () => {
    await buyAndPay()
    await inbox().poll()
    await local.fault({ method: 'GET', path: '/v1/checkout/sessions/*', kind: 'error', status: 503, times: 2 })
    expect(await inbox().work()).toBe(0)
    expect(await inbox().work()).toBe(0)
    expect((await inbox().list({ status: 'pending' })).items).toMatchObject([
      { attempts: 1, lastError: expect.stringContaining('stripe_unavailable') },
    ])
    shop.clock.advance('2s')
    expect(await inbox().work()).toBe(0)
    shop.clock.advance('4s')
    expect(await inbox().work()).toBe(1)
    expect(await available()).toBe(pack.credits)
  })

  it('parks an event that keeps failing, and goes on with it when told to', async () => {
    await buyAndPay()
    await inbox().poll()
    await local.fault({ method: 'GET', path: '/v1/checkout/sessions/*', kind: 'error', status: 503, times: 1_000 })
    await workOff()
    const [event] = (await inbox().list({ status: 'parked' })).items
    expect(event).toMatchObject({ attempts: MAX_ATTEMPTS, lastError: expect.stringContaining('503') })
    await local.clearFaults()
    expect(await inbox().work()).toBe(0)
    await inbox().retry(event!.id)
    expect(await inbox().work()).toBe(1)
    expect(await available()).toBe(pack.credits)
  })

  it('is done again when the process that began it is gone', async () => {
    await buyAndPay()
    await inbox().poll()
    await local.fault({ method: 'GET', path: '/v1/checkout/sessions/*', kind: 'stall' })
    const stalled = inbox().work()
    await expect.poll(async () => (await inbox().list()).items.some(({ attempts }) => attempts === 1)).toBe(true)
    expect(await inbox().work()).toBe(0)
    shop.clock.advance('1m')
    expect(await inbox().work()).toBe(1)
    expect(await available()).toBe(pack.credits)
    await local.clearFaults()
    await stalled
    expect(await available()).toBe(pack.credits)
    expect((await inbox().list({ status: 'pending' })).items).toEqual([])
  })

  it('parks at once what Stripe does not have (any more), in sight of check', async () => {
    const object = { id: 'cs_test_gone' }
    const event = {
      id: 'evt_1',
      object: 'event',
      type: 'checkout.session.completed',
      livemode: false,
      data: { object },
    }
    await deliver(event)
    expect(await inbox().work()).toBe(0)
    const [parked] = (await inbox().list({ status: 'parked' })).items
    expect(parked).toMatchObject({ attempts: 1, lastError: expect.stringContaining('No such checkout.session') })
    expect((await shop.commerce.check()).problems).toMatchObject([
      { code: 'event_parked', id: 'evt_1', message: expect.stringContaining('No such checkout.session') },
    ])
  })

  it('sets aside more events that cannot be read or marked than it takes at once, tells each once, and does the others', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'tillwire-inbox-')), 'inbox.db')
    const logged: string[] = []
    const error = (fields: object) => 'eventId' in fields && logged.push(String(fields.eventId))
    await using torn = await openShop({
      emulatorUrl: local.url,
      url: `file:${path}`,
      logger: { ...silentLogger, error },
    })
    await torn.store.collection(users).insert({ email: EMAIL })
    const { url } = await torn.commerce.checkout({ username: EMAIL, pack: 'starter' })
    const events = torn.store.collection(webhookEvents)
    const damaged = Array.from({ length: 20 }, (_, at) => `evt_damaged_${at}`)
    await events.insertMany(
      damaged.map((id) => ({
        id,
        type: 'charge.refunded',
        objectId: 'ch_1',
        source: 'webhook' as const,
        status: 'pending' as const,
        attempts: 0,
        dueAt: '2026-01-01T00:00:00.000Z',
        lastError: null,
      })),
    )
    // Half of them are of a later program, the others lack what every event has.
    const file = new DatabaseSync(path)
    file.exec("UPDATE webhook_events SET schema_version = 99 WHERE id LIKE '%0' OR id LIKE '%2' OR id LIKE '%4'")
    file.exec("UPDATE webhook_events SET doc = json_remove(doc, '$.attempts') WHERE schema_version <> 99")
    file.close()
    await local.pay(url)
    await torn.commerce.webhooks.poll()
    expect(await torn.commerce.webhooks.work()).toBe(1)
    expect(await torn.commerce.webhooks.work()).toBe(0)
    const user = await torn.store.collection(users).findOne({ email: EMAIL })
    expect(await torn.credits.balance(holderOf(user!.id))).toMatchObject({ available: pack.credits })
    expect(logged.toSorted()).toEqual(damaged.toSorted())
    const found = (await torn.store.check()).problems.map(({ id }) => id)
    expect(found).toEqual(expect.arrayContaining(damaged.map((id) => `webhook_events/${id}`)))
  })

  it('finds what is due, and unfinished checkouts, by an index, however many there are', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'tillwire-inbox-')), 'inbox.db')
    await (await openShop({ emulatorUrl: local.url, url: `file:${path}` }))[Symbol.asyncDispose]()
    const file = new DatabaseSync(path, { readOnly: true })
    const at = (field: string) => `json_extract(doc, '$."${field}"')`
    const plan = (table: string, where: string, order: string) =>
      file.prepare(`EXPLAIN QUERY PLAN SELECT doc FROM ${table} WHERE ${where} ORDER BY ${order} LIMIT 9`).all()
    const due = plan('webhook_events', `${at('status')} = 'pending' AND ${at('dueAt')} <= '2026'`, `${at('dueAt')}, id`)
    const mine = `${at('userId')} = 'u' AND ${at('status')} = 'open'`
    const unfinished = plan('checkouts', mine, 'created_at DESC, id DESC')
    file.close()
    for (const { detail } of [...due, ...unfinished]) expect(detail).toMatch(/^SEARCH \w+ USING INDEX/)
  })

  it('lets go of events that nothing is done about', async () => {
    const event = { id: 'evt_1', object: 'event', type: 'radar.rule', livemode: false, data: { object: { id: 'x' } } }
    await deliver(event)
    expect(await inbox().work()).toBe(1)
    expect((await inbox().list()).items).toMatchObject([{ status: 'done' }])
  })
})

describe('poll', () => {
  it('brings what no webhook did, once', async () => {
    await buyAndPay()
    expect(await inbox().poll()).toBeGreaterThan(0)
    expect(await inbox().poll()).toBe(0)
    await inbox().work()
    expect(await available()).toBe(pack.credits)
  })

  it('and webhooks together keep each event once', async () => {
    await buyAndPay()
    const [completed] = await events('checkout.session.completed')
    await deliver(completed!)
    await inbox().poll()
    expect(await deliver(completed!)).toMatchObject({ duplicate: true })
    await inbox().work()
    expect(await available()).toBe(pack.credits)
  })

  it('loses nothing when it fails half way', async () => {
    await buyAndPay()
    await local.fault({ method: 'GET', path: '/v1/events', kind: 'error', status: 503 })
    await expect(inbox().poll()).rejects.toMatchObject({ code: 'stripe_unavailable' })
    expect(await inbox().poll()).toBeGreaterThan(0)
  })

  it('begins a reading again whose last event is too old to be known', async () => {
    await buyAndPay()
    const unfinished = { newest: 0, after: 'evt_gone' }
    await shop.store.collection(eventCursors).insert({ id: 'stripe', since: 0, unfinished })
    expect(await inbox().poll()).toBeGreaterThan(0)
    expect(await shop.store.collection(eventCursors).get('stripe')).toMatchObject({ unfinished: null })
  })

  it('reads on from where it was, over more events than a page has', async () => {
    const { url } = await shop.commerce.checkout({ username: EMAIL, pack: 'starter' })
    await local.pay(url)
    await shop.commerce.syncCheckouts(EMAIL)
    const [completed] = await events('checkout.session.completed')
    const paid = String((completed!.data.object as Stripe.Checkout.Session).payment_intent)
    for (let count = 0; count < 60; count++) await shop.stripe.refunds.create({ payment_intent: paid, amount: 1 })
    const found = await inbox().poll()
    expect(found).toBe(121)
    await shop.stripe.refunds.create({ payment_intent: paid, amount: 1 })
    expect(await inbox().poll()).toBe(2)
  })
})

describe('an endpoint over HTTP', () => {
  it('takes what Stripe delivers: a payment on the page becomes credits', async () => {
    const server: Server = createServer(async (request, response) => {
      const signature = request.headers['stripe-signature']
      const body = await buffer(request)
      const status = await inbox()
        .receive(body, typeof signature === 'string' ? signature : undefined)
        .then(
          () => 200,
          () => 400,
        )
      response.writeHead(status).end()
    }).listen(0, '127.0.0.1')
    await expect.poll(() => server.listening).toBe(true)
    const { port } = server.address() as AddressInfo
    const delivering = await LocalStripe.start({ webhookUrls: [`http://127.0.0.1:${port}/webhooks/stripe`] })
    await shop[Symbol.asyncDispose]()
    shop = await openShop({ emulatorUrl: delivering.url })
    await shop.store.collection(users).insert({ email: EMAIL })
    const { url } = await shop.commerce.checkout({ username: EMAIL, pack: 'starter' })
    await delivering.pay(url)
    await expect
      .poll(async () => {
        await inbox().work()
        return available()
      })
      .toBe(pack.credits)
    await delivering.close()
    await new Promise((resolve) => server.close(resolve))
  })
})

describe('the list of events', () => {
  it.each(['', 'parkd', 'constructor', null])('refuses a status that is none: %j', async (status) => {
    const invalid = { code: 'invalid_event_status', details: { known: ['pending', 'done', 'parked'] } }
    await expect(inbox().list({ status: status as never })).rejects.toMatchObject(invalid)
    expect(await inbox().list({ status: 'parked' })).toEqual({ items: [], next: null })
  })
})
