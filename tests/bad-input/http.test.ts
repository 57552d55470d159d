import { createHmac } from 'node:crypto'
import { webhookEvents } from 'tillwire/commerce'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWhole, type Whole } from '../../apps/server/tests/whole.ts'
import { type Bystander, bystander } from '../support/bystander.ts'
import { WEBHOOK_SECRET } from '../support/planted.ts'

const MB = 1024 * 1024

let whole: Whole
let ada: Bystander
beforeAll(async () => {
  whole = await startWhole()
  ada = await bystander(whole, 'ada')
})
afterAll(() => whole[Symbol.asyncDispose]())

const signatureOf = (body: string) => {
  const at = Math.floor(Date.now() / 1_000)
  return `t=${at},v1=${createHmac('sha256', WEBHOOK_SECRET).update(`${at}.${body}`).digest('hex')}`
}

async function post(path: string, body: string, headers: Record<string, string> = {}) {
  const answer = await fetch(`${whole.url}${path}`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', cookie: ada.cookie, ...headers },
  })
  return { status: answer.status, body: await answer.json() }
}

const BODIES: Readonly<Record<string, string>> = {
  nothing: '',
  'no JSON': '{"0":{"json":',
  'a query of tRPC': '{"0":{"json":{"pack":"starter"}}}',
  'a prototype': '{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":true}}}',
  'nested ten thousand deep': `${'['.repeat(10_000)}${']'.repeat(10_000)}`,
  zeroes: '\0'.repeat(1_000),
}

describe('the routes of the server', () => {
  it.each(Object.entries(BODIES))('answer what is not theirs in the shape of an error: %s', async (_, body) => {
    for (const path of [
      '/',
      '/health',
      '/metrics',
      '/api/trpc/credits.balance',
      '/api/trpc/credits.checkout?batch=1',
      '/api/auth/sign-in/email',
      '/webhooks',
      '/__proto__',
      '/constructor',
    ]) {
      const answer = await post(path, body)
      expect(answer.status).toBe(404)
      expect(answer.body).toEqual({
        error: { code: 'not_found', message: expect.any(String), requestId: expect.stringMatching(/^req_/) },
      })
    }
    expect(({} as Record<string, unknown>).isAdmin).toBeUndefined()
    await ada.expectUnharmed()
  })
})

describe('webhooks', () => {
  const inbox = () => whole.tillwire.store.collection(webhookEvents).count()

  it.each(Object.entries(BODIES))('keeps nothing that is no event, even when it is signed: %s', async (_, body) => {
    for (const signature of [
      signatureOf(body),
      signatureOf('another'),
      't=1,v1=',
      't=NaN,v1=__proto__',
      ','.repeat(1_000),
    ]) {
      const answer = await post('/webhooks/stripe', body, { 'stripe-signature': signature })
      expect([answer.status, answer.body.error.code]).toEqual([400, 'invalid_payload'])
    }
    expect(await inbox()).toBe(0)
    await ada.expectUnharmed()
  })

  it.each<[string, Record<string, unknown>]>([
    ['an id that is no text', { id: { gt: '' } }],
    ['an empty id', { id: '' }],
    ['an id of 10,000 characters', { id: 'e'.repeat(10_000) }],
    ['an id with a NUL', { id: 'evt_\0' }],
    ['a type that is no text', { type: ['checkout.session.completed'] }],
    ['a type of 10,000 characters', { type: 't'.repeat(10_000) }],
    ['no object', { data: {} }],
    ['data that is text', { data: 'text' }],
    ['a mode that is no truth', { livemode: 'no' }],
    ['live mode', { livemode: true }],
    ['another kind of object', { object: 'charge' }],
  ])('keeps no event with %s', async (_, wrong) => {
    const event = { id: 'evt_1', object: 'event', type: 'customer.created', livemode: false, data: { object: {} } }
    const body = JSON.stringify({ ...event, ...wrong })
    const answer = await post('/webhooks/stripe', body, { 'stripe-signature': signatureOf(body) })
    expect(answer.status).toBe(400)
    expect(answer.body.error.code).toBe('invalid_payload')
    expect(await inbox()).toBe(0)
    await ada.expectUnharmed()
  })

  it('grants nothing for a signed event whose objects Stripe does not know', async () => {
    for (const [at, type] of [
      'checkout.session.completed',
      'charge.refunded',
      'no.such.event',
      '__proto__',
    ].entries()) {
      const object = { id: 'cs_made_up', payment_status: 'paid', amount_total: 500, client_reference_id: ada.userId }
      const body = JSON.stringify({ id: `evt_up_${at}`, object: 'event', type, livemode: false, data: { object } })
      expect((await post('/webhooks/stripe', body, { 'stripe-signature': signatureOf(body) })).status).toBe(200)
    }
    await whole.tillwire.commerce.webhooks.work()
    await ada.expectUnharmed()
    const events = (await whole.tillwire.commerce.webhooks.list()).items
    expect(events).toHaveLength(4)
    for (const { id } of events) await whole.tillwire.store.collection(webhookEvents).delete(id)
  })

  it('takes no body over its limit, and none that is packed', async () => {
    for (const [size, status] of [
      [MB + 1, 413],
      [20 * MB, 413],
    ] as const) {
      const answer = await post('/webhooks/stripe', 'x'.repeat(size)).catch(() => null)
      // A server may close a connection on which so much is still to come.
      if (answer) expect([answer.status, answer.body.error.code]).toEqual([status, 'invalid_payload'])
    }
    const packed = await post('/webhooks/stripe', 'x', { 'content-encoding': 'gzip' })
    expect([packed.status, packed.body.error.code]).toEqual([415, 'invalid_payload'])
    expect(await inbox()).toBe(0)
    await ada.expectUnharmed()
  })
})
