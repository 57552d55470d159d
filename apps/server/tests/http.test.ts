import { createHmac } from 'node:crypto'
import { connect } from 'node:net'
import { defineFeature, TillwireError } from 'tillwire'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WEBHOOK_SECRET } from '../../../tests/support/planted.ts'
import { startWhole, type Whole } from './whole.ts'

class OutOfTea extends TillwireError {
  static override readonly code = 'out_of_credits'
  constructor() {
    super(OutOfTea.code, 'Buy tea.')
  }
}
const breaking = defineFeature({
  name: 'breaking',
  routes(router) {
    router.get('/test/fault', async () => {
      throw new Error('password=hunter2')
    })
    router.get('/test/refusal', () => {
      throw new OutOfTea()
    })
  },
})

let whole: Whole
beforeAll(async () => {
  whole = await startWhole({ features: [breaking] })
})
afterAll(() => whole[Symbol.asyncDispose]())

const get = (path: string, headers: Record<string, string> = {}) => fetch(`${whole.url}${path}`, { headers })

describe('health', () => {
  it('is well, and ready while the store answers', async () => {
    expect(await (await get('/health')).json()).toEqual({ status: 'ok' })
    const ready = await get('/ready')
    expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready', store: 'ok', draining: false }])
  })

  it('measures the event loop, sockets, answers, the inbox and what sockets do', async () => {
    const ada = await whole.signUp('metrics')
    const client = await whole.open(ada.cookie)
    await client.ask('balance:get')
    const late = performance.now() + 60
    while (performance.now() < late);
    await new Promise((turn) => setTimeout(turn, 30))
    const answer = await get('/metrics')
    expect(answer.headers.get('content-type')).toContain('text/plain')
    const text = await answer.text()
    const value = (line: string) =>
      Number(
        text
          .split('\n')
          .find((found) => found.startsWith(line))
          ?.split(' ')
          .at(-1),
      )
    expect(value('tillwire_event_loop_delay_seconds{stat="max"}')).toBeGreaterThan(0.03)
    expect(value('tillwire_event_loop_delay_seconds{stat="max"}')).toBeLessThan(5)
    expect(value('tillwire_event_loop_delay_seconds{stat="p99"}')).toBeGreaterThanOrEqual(0)
    expect(value('tillwire_sockets{namespace="authenticated"}')).toBe(1)
    expect(value('tillwire_answers_open')).toBe(0)
    expect(value('tillwire_webhooks_parked')).toBe(0)
    expect(value('process_cpu_seconds_total')).toBeGreaterThan(0)
    expect(value('tillwire_socket_event_seconds_count{namespace="authenticated",event="balance:get",code="ok"}')).toBe(
      1,
    )
    client.socket.disconnect()
  })
})

describe('errors', () => {
  it('has one shape for what is not there, was refused, or broke, and tells nothing of a fault', async () => {
    const errors = []
    for (const path of ['/nothing', '/test/refusal', '/test/fault', '/socket.iox', '/test/%E0%A4%A']) {
      const answer = await get(path)
      errors.push([answer.status, await answer.json()])
    }
    const body = (code: string) => ({
      error: { code, message: expect.any(String), requestId: expect.stringMatching(/^req_/) },
    })
    expect(errors).toEqual([
      [404, body('not_found')],
      [402, body('out_of_credits')],
      [500, body('internal')],
      [404, body('not_found')],
      [404, body('not_found')],
    ])
    expect(JSON.stringify(errors)).not.toMatch(/hunter2|node_modules|\.ts:/)
  })

  it('takes over a request id, unless it could be forged into a log', async () => {
    const given = await get('/nothing', { 'x-request-id': 'page-42' })
    expect(given.headers.get('x-request-id')).toBe('page-42')
    expect((await given.json()).error.requestId).toBe('page-42')
    const forged = await get('/nothing', { 'x-request-id': 'a'.repeat(200) })
    expect(forged.headers.get('x-request-id')).toMatch(/^req_/)
  })

  it('sets the headers that keep browsers careful, and does not say what it is made with', async () => {
    const { headers } = await get('/health')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-security-policy')).toBeTruthy()
    expect(headers.get('x-powered-by')).toBeNull()
  })

  it('outlives requests that are no HTTP', async () => {
    const { port } = new URL(whole.url)
    for (const text of [
      'GET / HTTP/1.1\r\n\r\n',
      '\0\0\0\0\r\n\r\n',
      'GET //\\ HTTP/1.1\r\nHost: x\r\n\r\n',
      'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
    ]) {
      const socket = connect(Number(port), '127.0.0.1')
      socket.on('error', () => {})
      socket.end(text)
      await new Promise((closed) => socket.resume().once('close', closed))
    }
    expect((await get('/health')).status).toBe(200)
  })
})

describe('webhooks', () => {
  const event = (id: string) =>
    JSON.stringify({
      id,
      object: 'event',
      type: 'customer.created',
      livemode: false,
      created: Math.floor(Date.now() / 1_000),
      data: { object: { id: 'cus_1', object: 'customer' } },
    })
  const signatureOf = (body: string, secret = WEBHOOK_SECRET, at = Math.floor(Date.now() / 1_000)) =>
    `t=${at},v1=${createHmac('sha256', secret).update(`${at}.${body}`).digest('hex')}`
  const post = (body: BodyInit, headers: Record<string, string>) =>
    fetch(`${whole.url}/webhooks/stripe`, { method: 'POST', body, headers })

  it('answers 2xx only when the event is kept, and keeps it once', async () => {
    const body = event('evt_kept')
    const headers = { 'stripe-signature': signatureOf(body), 'content-type': 'application/json' }
    const answers = await Promise.all([post(body, headers), post(body, headers)])
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    const found = await Promise.all(answers.map((answer) => answer.json()))
    expect(found.map(({ eventId }) => eventId)).toEqual(['evt_kept', 'evt_kept'])
    const { items } = await whole.tillwire.commerce.webhooks.list()
    expect(items.filter(({ id }) => id === 'evt_kept')).toHaveLength(1)
  })

  it('answers 400 to what Stripe did not sign, and keeps nothing', async () => {
    const body = event('evt_forged')
    const wrong: Record<string, string>[] = [
      {},
      { 'stripe-signature': 'nonsense' },
      { 'stripe-signature': signatureOf(body, 'whsec_other') },
      { 'stripe-signature': signatureOf(`${body} `) },
      { 'stripe-signature': signatureOf(body, WEBHOOK_SECRET, Math.floor(Date.now() / 1_000) - 600) },
    ]
    for (const headers of wrong) {
      const answer = await post(body, headers)
      expect(answer.status).toBe(400)
      expect((await answer.json()).error.code).toBe('invalid_payload')
    }
    const { items } = await whole.tillwire.commerce.webhooks.list()
    expect(items.filter(({ id }) => id === 'evt_forged')).toEqual([])
  })

  it('bounds the body, and takes none that is packed', async () => {
    const big = await post('x'.repeat(1_100_000), { 'stripe-signature': 'any' })
    expect([big.status, (await big.json()).error.code]).toEqual([413, 'invalid_payload'])
    // The connection that a refused body came by is good for the next request.
    for (let round = 0; round < 4; round++) {
      expect((await post('x'.repeat(2_000_000), { 'stripe-signature': 'any' })).status).toBe(413)
      expect((await post('x', { 'stripe-signature': 'any' })).status).toBe(400)
    }
    const packed = await post('x', { 'stripe-signature': 'any', 'content-encoding': 'gzip' })
    expect([packed.status, (await packed.json()).error.code]).toEqual([415, 'invalid_payload'])
  })
})

describe('the end', () => {
  it('is not ready while it drains, and refuses sockets', async () => {
    await using other = await startWhole()
    const ada = await other.signUp('ada')
    const client = await other.open(ada.cookie)
    await other.server.app.sockets.drain(1_000)
    await client.until('server:draining')
    const ready = await fetch(`${other.url}/ready`)
    expect([ready.status, (await ready.json()).draining]).toEqual([503, true])
    await expect(other.open(ada.cookie)).rejects.toThrow()
  })

  it('does not wait for a client that does not let go', async () => {
    const other = await startWhole()
    const { port } = new URL(other.url)
    const deaf = connect({ port: Number(port), host: '127.0.0.1', allowHalfOpen: true })
    deaf.on('error', () => {})
    const headers = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13'
    const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='
    deaf.write(`GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\n${headers}\r\n${key}\r\n\r\n`)
    await new Promise((answered) => deaf.once('data', answered))
    deaf.pause()
    const started = performance.now()
    await other[Symbol.asyncDispose]()
    expect(performance.now() - started).toBeLessThan(6_000)
    deaf.destroy()
  })
})
