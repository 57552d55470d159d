import { createHmac } from 'node:crypto'
import { request } from 'node:http'
import { io } from 'socket.io-client'
import { authSessions, users } from 'tillwire/sessions'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { auth, ORIGIN, startWhole, type Whole } from '../../apps/server/tests/whole.ts'
import { type Bystander, bystander } from '../support/bystander.ts'

const COOKIE = 'better-auth.session_token'

let whole: Whole
let ada: Bystander
beforeAll(async () => {
  whole = await startWhole()
  ada = await bystander(whole, 'ada')
})
afterAll(() => whole[Symbol.asyncDispose]())

/** One request by hand; the status and the body of its answer, 101 for an upgrade that was accepted. */
function handshake(options: {
  headers: Record<string, string>
  transport: 'polling' | 'websocket'
  method?: string
  query?: string
  body?: string
}): Promise<{ status: number; body: string }> {
  const { headers, transport, method = 'GET', query = '', body = '' } = options
  const upgrade = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  }
  return new Promise((resolve, reject) => {
    const asked = request(`${whole.url}/socket.io/?EIO=4&transport=${transport}${query}`, {
      method,
      headers: transport === 'websocket' ? { ...headers, ...upgrade } : headers,
    })
    asked.on('response', async (response) => {
      let text = ''
      for await (const chunk of response) text += chunk
      resolve({ status: response.statusCode ?? 0, body: text })
    })
    asked.on('upgrade', (_, socket) => {
      socket.destroy()
      resolve({ status: 101, body: '' })
    })
    asked.on('error', reject)
    asked.end(body)
  })
}

/** The code that a join of `/authenticated` with this cookie is refused with; null when it is let in. */
function joinWith(cookie: string, transport: 'polling' | 'websocket' = 'websocket'): Promise<string | null> {
  const socket = io(`${whole.url}/authenticated`, {
    forceNew: true,
    reconnection: false,
    transports: [transport],
    extraHeaders: { cookie, origin: ORIGIN },
  })
  return new Promise((resolve) => {
    socket.on('connect', () => resolve(null))
    socket.on('connect_error', (error: Error & { data?: { code: string } }) =>
      resolve(error.data?.code ?? error.message),
    )
  }).finally(() => socket.disconnect()) as Promise<string | null>
}

describe('origins', () => {
  const wrong = [
    'https://evil.example',
    'null',
    '',
    'http://localhost:3000.evil.example',
    'http://localhost:3000/',
    'HTTP://LOCALHOST:3000',
    'http://localhost:30000',
    'https://localhost:3000',
    'http://localhost:3000, https://evil.example',
    'file://',
  ]
  it.each(wrong)('refuses "%s" on both transports, whoever is signed in', async (origin) => {
    for (const transport of ['polling', 'websocket'] as const) {
      const refused = await handshake({ headers: { origin, cookie: ada.cookie }, transport })
      expect(refused.status).toBe(403)
      expect(JSON.parse(refused.body)).toMatchObject({ error: { code: 'origin_not_allowed' } })
    }
    await ada.expectUnharmed()
  })

  it('refuses them on a connection that is open already', async () => {
    const opened = await handshake({ headers: { origin: ORIGIN }, transport: 'polling' })
    const { sid } = JSON.parse(opened.body.slice(1))
    const query = `&sid=${sid}`
    const headers = { origin: 'https://evil.example', 'content-type': 'text/plain' }
    const body = '40/authenticated,'
    for (const attempt of [
      { method: 'POST', transport: 'polling', body },
      { method: 'GET', transport: 'polling' },
      { method: 'GET', transport: 'websocket' },
    ] as const) {
      expect((await handshake({ ...attempt, headers, query })).status).toBe(403)
    }
  })

  it('lets in its own pages, and clients that are no browser', async () => {
    for (const transport of ['polling', 'websocket'] as const) {
      const expected = transport === 'polling' ? 200 : 101
      for (const headers of [{ origin: ORIGIN }, {}] as Record<string, string>[]) {
        expect((await handshake({ headers, transport })).status).toBe(expected)
      }
    }
  })
})

describe('sessions', () => {
  const token = () => decodeURIComponent(/session_token=([^;]+)/.exec(ada.cookie)?.[1] ?? '').split('.')[0] ?? ''
  const signed = (value: string, secret: string) =>
    `${COOKIE}=${encodeURIComponent(`${value}.${createHmac('sha256', secret).update(value).digest('base64')}`)}`

  it('lets in nobody with a forged cookie', async () => {
    const secret = whole.tillwire.settings.authSecret
    const forged: Record<string, string> = {
      'no cookie': '',
      'an empty one': `${COOKIE}=`,
      'a token with no signature': `${COOKIE}=${token()}`,
      'a token with an empty signature': `${COOKIE}=${token()}.`,
      'a token signed with another secret': signed(token(), 'guessed'),
      'a token that there is not, signed with the right secret': signed('a'.repeat(32), secret),
      'an empty token, signed': signed('', secret),
      'the signature of another token': ada.cookie.replace(token().slice(0, 4), 'AAAA'),
      'a broken encoding': `${COOKIE}=%E0%A4%A`,
      'a prototype': '__proto__=x; constructor=y',
      'another cookie name': ada.cookie.replace(COOKIE, 'session_token'),
      'a value of 8,000 characters': `${COOKIE}=${'x'.repeat(8_000)}`,
      'a query operator': `${COOKIE}=${encodeURIComponent('{"gt":""}.x')}`,
    }
    const codes = await Promise.all(
      Object.entries(forged).map(async ([what, cookie]) => [what, await joinWith(cookie)]),
    )
    expect(codes).toEqual(Object.keys(forged).map((what) => [what, 'unauthenticated']))
    expect(await joinWith(signed(token(), secret))).toBeNull()
    await ada.expectUnharmed()
  })

  it.each(['polling', 'websocket'] as const)('lets in nobody whose session is over, over %s', async (transport) => {
    const sessionsOf = async (userId: string) =>
      (await whole.tillwire.store.collection(authSessions).find({ where: { userId }, limit: 10 })).items
    const bob = await whole.signUp(`bob-${transport}`)
    expect(await joinWith(bob.cookie, transport)).toBeNull()
    for (const { id } of await sessionsOf(bob.userId)) {
      const expiresAt = new Date(Date.now() - 1_000).toISOString()
      await whole.tillwire.store.collection(authSessions).update(id, { expiresAt })
    }
    expect(await joinWith(bob.cookie, transport)).toBe('session_expired')

    const eve = await whole.signUp(`eve-${transport}`)
    await auth(whole.tillwire, 'sign-out', {}, eve.cookie)
    expect(await joinWith(eve.cookie, transport)).toBe('unauthenticated')

    const dan = await whole.signUp(`dan-${transport}`)
    await whole.tillwire.store.collection(users).delete(dan.userId)
    expect(await joinWith(dan.cookie, transport)).toBe('unauthenticated')
  })

  it('tells an open socket whose session is revoked, and answers it no more', async () => {
    const bob = await bystander(whole, 'revoked')
    const client = await whole.open(bob.cookie)
    const [session] = (
      await whole.tillwire.store.collection(authSessions).find({ where: { userId: bob.userId }, limit: 1 })
    ).items
    await whole.tillwire.store.collection(authSessions).delete(session!.id)
    expect(await client.until('session:ended')).toEqual({ reason: 'revoked' })
    const late = client.ask('answer:start', { key: 'late', messages: [{ role: 'user', content: 'Why?' }] })
    await expect(late).rejects.toThrow()
    await bob.expectUnharmed()
  })
})

describe('polling', () => {
  const post = (query: string, body: string, headers: Record<string, string> = { 'content-type': 'text/plain' }) =>
    handshake({ method: 'POST', transport: 'polling', query, body, headers: { origin: ORIGIN, ...headers } })
  const openSession = async () => {
    const opened = await handshake({ headers: { origin: ORIGIN, cookie: ada.cookie }, transport: 'polling' })
    return JSON.parse(opened.body.slice(1)).sid as string
  }

  it.each([
    ['a connection that there is not', '&sid=nobody', '40'],
    ['a connection named like a prototype', '&sid=__proto__', '40'],
    ['no connection', '', '40'],
    ['two connections', '&sid=a&sid=b', '40'],
    ['a transport named like a prototype', '&transport=constructor', '40'],
  ])('answers 400 to %s', async (_, query, body) => {
    expect((await post(query, body)).status).toBe(400)
    await ada.expectUnharmed()
  })

  it('takes no body over the limit of a frame, and nothing that is no packet', async () => {
    for (const body of [
      'x'.repeat(1024 * 1024),
      `4${'\u001e4'.repeat(20_000)}`,
      'nonsense',
      '\u001e\u001e\u001e',
      'b!!!',
    ]) {
      const sid = await openSession()
      const answer = await post(`&sid=${sid}`, body).catch(() => ({ status: 0, body: '' }))
      expect(answer.body).not.toMatch(/node_modules|\.ts:/)
      if (answer.status === 200) {
        // It was read as packets, of which one was wrong: the connection has ended.
        const next = await handshake({ headers: { origin: ORIGIN }, transport: 'polling', query: `&sid=${sid}` })
        expect(next.status === 400 || next.body.split('\u001e').at(-1) === '1').toBe(true)
      } else expect([0, 400, 413]).toContain(answer.status)
      await ada.expectUnharmed()
    }
  })
})
