import { request } from 'node:http'
import { io } from 'socket.io-client'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { TillwireError } from '../core/index.ts'
import { StoreUnavailable } from '../store/index.ts'
import { ask, next, refusal, serve, until } from './testing/serve.ts'

class Expired extends TillwireError {
  static override readonly code = 'session_expired'
  constructor() {
    super(Expired.code, 'Your session has ended: sign in again.')
  }
}

/** One handshake by hand; the status and the body of its answer. */
function handshake(
  url: string,
  headers: Record<string, string>,
  transport: 'polling' | 'websocket',
  query = '',
): Promise<{ status: number; body: string; headers: NodeJS.Dict<string | string[]> }> {
  const upgrade = {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  }
  return new Promise((resolve, reject) => {
    const asked = request(`${url}/socket.io/?EIO=4&transport=${transport}${query}`, {
      headers: transport === 'websocket' ? { ...headers, ...upgrade } : headers,
    })
    asked.on('response', async (response) => {
      let body = ''
      for await (const chunk of response) body += chunk
      resolve({ status: response.statusCode ?? 0, body, headers: response.headers })
    })
    asked.on('upgrade', (response, socket) => {
      socket.destroy()
      resolve({ status: response.statusCode ?? 0, body: '', headers: response.headers })
    })
    asked.on('error', reject)
    asked.end()
  })
}

describe('origin', () => {
  for (const transport of ['polling', 'websocket'] as const) {
    it(`refuses a page of another site over ${transport} with 403 and a JSON error`, async () => {
      await using served = await serve()
      const refused = await handshake(
        served.url,
        { origin: 'https://evil.example', cookie: 'user=ada', 'x-request-id': 'abc-1' },
        transport,
      )
      expect(refused.status).toBe(403)
      expect(JSON.parse(refused.body)).toEqual({
        error: { code: 'origin_not_allowed', message: expect.any(String), requestId: 'abc-1' },
      })
      expect(refused.headers['x-request-id']).toBe('abc-1')
      expect((await handshake(served.url, { origin: 'null' }, transport)).status).toBe(403)
      expect((await handshake(served.url, { origin: 'http://localhost:3000' }, transport)).status).toBe(
        transport === 'polling' ? 200 : 101,
      )
    })
  }

  it('refuses it also for a connection that is already open', async () => {
    await using served = await serve()
    const open = await handshake(served.url, { origin: 'http://localhost:3000' }, 'polling')
    const { sid } = JSON.parse(open.body.slice(1))
    const refused = await handshake(served.url, { origin: 'https://evil.example' }, 'websocket', `&sid=${sid}`)
    expect(refused.status).toBe(403)
  })

  it('lets a client without Origin through to the session check', async () => {
    await using served = await serve()
    const ada = served.connect({ user: 'ada', origin: null })
    await next(ada, 'session:ready')
    expect((await refusal(served.connect({ user: '', origin: null }))).code).toBe('unauthenticated')
  })

  it('replaces a request id that could be forged into a log', async () => {
    await using served = await serve()
    const refused = await handshake(served.url, { origin: 'https://evil.example', 'x-request-id': 'a b<c>' }, 'polling')
    expect(JSON.parse(refused.body).error.requestId).toMatch(/^req_/)
  })
})

describe('session check', () => {
  it('tells who is in, until when, and with which balance', async () => {
    await using served = await serve()
    served.balances.set('user_ada', { available: 5, held: 2, debt: 0, version: 7 })
    const ready = await next(served.connect({ user: 'ada', transports: ['polling'] }), 'session:ready')
    expect(ready).toEqual({
      user: { id: 'user_ada', name: 'ada' },
      session: { id: 'session_ada' },
      limits: { frameBytes: 64 * 1024 },
      expiresAt: expect.any(String),
      recovered: false,
      balance: { available: 5, held: 2, debt: 0, version: 7 },
    })
  })

  it('refuses who is not signed in, whose session is over, and everyone while the store is away', async () => {
    let answer: () => Promise<null> = async () => null
    await using served = await serve({ reader: { read: () => answer() } })
    expect(await refusal(served.connect({ user: 'ada' }))).toEqual({
      code: 'unauthenticated',
      message: 'Sign in first.',
      retryable: false,
    })
    answer = () => Promise.reject(new Expired())
    expect(await refusal(served.connect({ user: 'ada' }))).toMatchObject({ code: 'session_expired', retryable: false })
    answer = () => Promise.reject(new StoreUnavailable('disk on fire'))
    const unavailable = await refusal(served.connect({ user: 'ada' }))
    expect(unavailable).toMatchObject({ code: 'unavailable', retryable: true })
    answer = () => Promise.reject(new Error('password=hunter2'))
    const unknown = await refusal(served.connect({ user: 'ada' }))
    expect(unknown.code).toBe('unavailable')
    expect(JSON.stringify([unavailable, unknown])).not.toMatch(/disk|hunter2/)
    expect(served.sockets.connections()).toEqual({ public: 0, authenticated: 0 })
  })

  it('cuts a socket whose balance cannot be read, so that it comes back', async () => {
    let fail = true
    await using served = await serve({
      async balance() {
        if (fail) throw new StoreUnavailable('busy')
        return { available: 1, held: 0, debt: 0, version: 1 }
      },
    })
    const ada = served.connect({ user: 'ada', reconnection: true, reconnectionDelay: 10 })
    await next(ada, 'disconnect')
    fail = false
    expect(await next(ada, 'session:ready')).toMatchObject({ balance: { available: 1 } })
  })

  it('knows two namespaces only', async () => {
    await using served = await serve()
    const client = io(`${served.url}/admin`, { transports: ['websocket'], reconnection: false, forceNew: true })
    expect((await next<Error>(client, 'connect_error')).message).toBe('Invalid namespace')
    client.disconnect()
  })
})

describe('limits of connections', () => {
  it('refuses one socket more than a user may have, and lets it in when another goes', async () => {
    await using served = await serve({ limits: { socketsPerUser: 2 } })
    const first = served.connect({ user: 'ada' })
    await next(first, 'session:ready')
    await next(served.connect({ user: 'ada' }), 'session:ready')
    expect(await refusal(served.connect({ user: 'ada' }))).toMatchObject({
      code: 'too_many_connections',
      retryable: true,
    })
    await next(served.connect({ user: 'bob' }), 'session:ready')
    first.disconnect()
    await until(() => served.sockets.connections().authenticated === 2)
    await next(served.connect({ user: 'ada' }), 'session:ready')
  })

  it('holds the limit when many try at the same moment', async () => {
    await using served = await serve({ limits: { socketsPerUser: 5 } })
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => {
        const client = served.connect({ user: 'ada' })
        return Promise.any([next(client, 'session:ready').then(() => true), refusal(client).then(() => false)])
      }),
    )
    expect(outcomes.filter(Boolean)).toHaveLength(5)
  })

  it('refuses one connection more than an address may have', async () => {
    await using served = await serve({ limits: { socketsPerAddress: 2 } })
    const first = served.connect()
    await next(first, 'connect')
    await next(served.connect({ user: 'ada' }), 'session:ready')
    expect((await refusal(served.connect())).code).toBe('too_many_connections')
    expect((await refusal(served.connect({ user: 'bob' }))).code).toBe('too_many_connections')
    first.disconnect()
    await until(() => served.sockets.connections().public === 0)
    await next(served.connect(), 'connect')
  })

  it('ends a connection that joins nothing, and one that leaves everything', async () => {
    await using served = await serve({ limits: { joinMs: 100 } })
    const silent = new WebSocket(`${served.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`)
    await new Promise((closed) => silent.addEventListener('close', closed))
    const leaving = new WebSocket(`${served.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`)
    leaving.addEventListener('message', ({ data }) => {
      if (String(data).startsWith('0')) leaving.send('40')
      if (String(data).startsWith('40')) leaving.send('41')
    })
    await new Promise((closed) => leaving.addEventListener('close', closed))
  })

  it('does not let one connection read sessions without end', async () => {
    let reads = 0
    await using served = await serve({
      reader: {
        async read() {
          reads += 1
          return null
        },
      },
    })
    const client = served.connect()
    await next(client, 'connect')
    const codes: string[] = []
    const again = client.io.socket('/authenticated')
    again.on('connect_error', (error: Error & { data?: { code: string } }) => {
      codes.push(error.data?.code ?? '')
      if (codes.length < 15) again.connect()
    })
    again.connect()
    await until(() => codes.length >= 15)
    expect(reads).toBeLessThanOrEqual(10)
    expect(codes.at(-1)).toBe('too_many_connections')
  })

  it('refuses a payload that is longer than allowed, but for events that may be long', async () => {
    await using served = await serve({ limits: { frameBytes: 1_000, promptCharacters: 1_000 } })
    const contract = { input: z.object({ text: z.string() }), ack: z.object({ length: z.int() }) }
    const handle = (_: unknown, { text }: { text: string }) => ({ length: text.length })
    served.sockets.on('public', 'test:short', { ...contract, handle })
    served.sockets.on('public', 'test:long', { ...contract, long: true, handle })
    const client = served.connect()
    await next(client, 'connect')
    const text = 'x'.repeat(1_000)
    expect(await ask(client, 'test:short', { text: 'x' })).toEqual({ ok: true, data: { length: 1 } })
    expect(await ask(client, 'test:short', { text })).toMatchObject({ ok: false, error: { code: 'invalid_payload' } })
    expect(await ask(client, 'test:long', { text })).toEqual({ ok: true, data: { length: 1_000 } })
    // Longer than any event may be, and read all the same: whoever sends it can be told.
    expect(await ask(client, 'test:short', { text: text.repeat(30) })).toMatchObject({
      error: { code: 'invalid_payload' },
    })
    client.emit('test:long', { text: text.repeat(40) })
    await next(client, 'disconnect')
  })

  it('ends a connection whose frame is longer than allowed', async () => {
    await using served = await serve({ limits: { frameBytes: 1_000 } })
    const client = served.connect()
    await next(client, 'connect')
    expect(await ask(client, 'nothing:here', { text: 'x'.repeat(500) })).toMatchObject({ ok: false })
    client.emit('nothing:here', { text: 'x'.repeat(1_000) })
    await next(client, 'disconnect')
  })
})
