import type { Socket } from 'socket.io'
import { MAX_PROMPT_CHARACTERS } from 'tillwire/protocol'
import { afterEach, describe, expect, it } from 'vitest'
import { reconnectDelay } from './backoff.ts'
import { createTillwireClient } from './client.ts'
import { tooLong, USUAL_LIMITS } from './limits.ts'
import { readyFor, startTestServer, type TestServer, until } from './testing/server.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})
async function serve(...args: Parameters<typeof startTestServer>): Promise<TestServer> {
  const server = await startTestServer(...args)
  closing.push(server.close)
  return server
}
const balanceOf = (version: number, available: number) => ({ available, held: 0, debt: 0, version })

describe('a channel', () => {
  it('opens one socket for many holders and closes it after the last', async () => {
    const server = await serve()
    const { authenticated } = createTillwireClient({ url: server.url })
    const first = authenticated.open('s1')
    const second = authenticated.open('s1')
    await until(async () => (await server.sockets()).length === 1)
    first()
    await until(() => authenticated.status.get().state === 'connected')
    expect(await server.sockets()).toHaveLength(1)
    second()
    await until(async () => (await server.sockets()).length === 0)
    expect(authenticated.status.get()).toEqual({ state: 'closed', reason: null })
  })

  it('keeps its socket when it is let go and held again at once', async () => {
    const server = await serve()
    const { authenticated } = createTillwireClient({ url: server.url })
    const release = authenticated.open('s1')
    const [before] = await until(async () => {
      const sockets = await server.sockets()
      return sockets.length === 1 && sockets
    })
    release()
    closing.push(authenticated.open('s1'))
    await new Promise((wake) => setTimeout(wake, 20)) // past the timer that would close it
    expect((await server.sockets()).map((socket) => socket.id)).toEqual([before!.id])
  })

  it('answers requests with their data, and with RequestFailed when the server refuses', async () => {
    const server = await serve((socket) => {
      socket.on('balance:get', (_payload, _envelope, ack) => ack({ ok: true, data: balanceOf(1, 5) }))
      socket.on('answer:stop', (_payload, _envelope, ack) =>
        ack({ ok: false, error: { code: 'not_found', message: 'There is no such answer.', retryable: false } }),
      )
    })
    const { authenticated } = createTillwireClient({ url: server.url })
    closing.push(authenticated.open('s1'))
    expect(await authenticated.request('balance:get', {})).toEqual(balanceOf(1, 5))
    await expect(authenticated.request('answer:stop', { answerId: 'a' })).rejects.toMatchObject({ code: 'not_found' })
    await expect(authenticated.request('connections:get', {}, { timeoutMs: 20 })).rejects.toMatchObject({
      code: 'unavailable',
    })
  })

  it('comes back after the server cut it', async () => {
    const server = await serve()
    const { authenticated } = createTillwireClient({ url: server.url })
    closing.push(authenticated.open('s1'))
    const [first] = await until(async () => {
      const sockets = await server.sockets()
      return sockets.length === 1 && sockets
    })
    first!.disconnect(true)
    await until(() => authenticated.status.get().state === 'reconnecting')
    await until(() => authenticated.status.get().state === 'connected')
    expect((await server.sockets())[0]!.id).not.toBe(first!.id)
  })

  it('stays closed after session:ended until there is a new session', async () => {
    const server = await serve()
    const { authenticated } = createTillwireClient({ url: server.url })
    const release = authenticated.open('s1')
    await until(() => authenticated.status.get().state === 'connected')
    server.io.of('/authenticated').emit('session:ended', { reason: 'revoked' })
    await until(() => authenticated.status.get().state === 'ended')
    expect(authenticated.status.get().reason).toBe('revoked')
    await until(async () => (await server.sockets()).length === 0)
    closing.push(authenticated.open('s1'))
    expect(authenticated.status.get().state).toBe('ended')
    await expect(authenticated.request('balance:get', {})).rejects.toMatchObject({ code: 'not_connected' })
    release()
    closing.push(authenticated.open('s2'))
    await until(() => authenticated.status.get().state === 'connected')
  })

  it('opens a new connection for a new session, so that its handshake has the new cookie', async () => {
    const server = await serve()
    const { authenticated } = createTillwireClient({ url: server.url })
    closing.push(authenticated.open('s1'))
    const [first] = await until(async () => {
      const sockets = await server.sockets()
      return sockets.length === 1 && sockets
    })
    closing.push(authenticated.open('s2'))
    const [second] = await until(async () => {
      const sockets = await server.sockets()
      return sockets.length === 1 && sockets[0]!.id !== first!.id && sockets
    })
    expect(second!.id).not.toBe(first!.id)
  })

  it('ends on a refusal that will not change, and tries again after one that may', async () => {
    const server = await serve()
    const refusals = ['unavailable', 'unauthenticated']
    server.io.of('/authenticated').use((_, next) => {
      const code = refusals.shift()
      next(code ? Object.assign(new Error(code), { data: { code, retryable: code === 'unavailable' } }) : undefined)
    })
    const { authenticated } = createTillwireClient({ url: server.url })
    closing.push(authenticated.open('s1'))
    await until(() => authenticated.status.get().state === 'ended')
    expect(authenticated.status.get().reason).toBe('unauthenticated')
    expect(refusals).toEqual([])
  })

  it('waits at least as long as a draining server asks', async () => {
    const server = await serve()
    const { authenticated } = createTillwireClient({ url: server.url })
    closing.push(authenticated.open('s1'))
    await until(() => authenticated.status.get().state === 'connected')
    server.io.of('/authenticated').emit('server:draining', { retryAfterMs: 300 })
    const asked = performance.now()
    server.io.of('/authenticated').disconnectSockets(true)
    await until(() => authenticated.status.get().state === 'reconnecting')
    await until(() => authenticated.status.get().state === 'connected')
    expect(performance.now() - asked).toBeGreaterThanOrEqual(300)
  })

  it('waits longer after each failure, at most ten seconds, and never two pages alike', () => {
    expect([0, 1, 2, 20].map((attempt) => reconnectDelay(attempt, () => 1))).toEqual([500, 1_000, 2_000, 10_000])
    expect(reconnectDelay(0, () => 0)).toBe(250)
  })
})

describe('a channel is of one session', () => {
  /** A server that says whose the socket is, one after the other, and notes what it is asked. */
  async function serveAs(...users: string[]) {
    const asked: string[] = []
    let joined = 0
    const server = await serve(
      (socket) => {
        const user = users[Math.min(joined, users.length - 1)]
        socket.onAny((event: string, payload: { key?: string }, _envelope, ack) => {
          asked.push(`${user} ${event} ${payload.key ?? ''}`.trim())
          ack({ ok: true, data: balanceOf(9, 9) })
        })
        if (user !== users[0]) socket.emit('balance:changed', balanceOf(100, 100))
      },
      () => readyFor(users[Math.min(joined++, users.length - 1)]),
    )
    return { server, asked }
  }

  it('ends when the server says another user, tells who, and has sent and shown nothing of theirs', async () => {
    const { server, asked } = await serveAs('ada', 'bob')
    const client = createTillwireClient({ url: server.url })
    const seen: (number | undefined)[] = []
    client.balance.subscribe(() => seen.push(client.balance.get()?.version))
    closing.push(client.authenticated.open('s1', 'ada'))
    await client.authenticated.request('balance:get', {})
    server.io.of('/authenticated').disconnectSockets(true)
    await until(() => client.authenticated.status.get().state === 'reconnecting')
    const question = { key: 'k', messages: [{ role: 'user' as const, content: 'Hi' }] }
    const waiting = client.authenticated.request('answer:start', question)
    await expect(waiting).rejects.toMatchObject({ code: 'not_connected' })
    expect(client.authenticated.status.get()).toEqual({
      state: 'ended',
      reason: 'other_user',
      user: { id: 'bob', name: 'bob' },
    })
    await until(async () => (await server.sockets()).length === 0)
    await expect(client.authenticated.request('balance:get', {})).rejects.toMatchObject({ code: 'not_connected' })
    expect(asked).toEqual(['ada balance:get'])
    expect(seen).toEqual([1, undefined])
  })

  it('ends at its first opening when the page was made for somebody else', async () => {
    const { server } = await serveAs('bob')
    const { authenticated } = createTillwireClient({ url: server.url })
    closing.push(authenticated.open('s1', 'ada'))
    await until(() => authenticated.status.get().state === 'ended')
    expect(authenticated.status.get()).toMatchObject({ reason: 'other_user', user: { id: 'bob' } })
  })

  it('ends when the same user has another session, and goes on when opened for it', async () => {
    let session = 's1'
    const server = await serve(undefined, () => ({ ...readyFor(), session: { id: session } }))
    const { authenticated } = createTillwireClient({ url: server.url })
    closing.push(authenticated.open('s1', 'ada'))
    await until(() => authenticated.status.get().state === 'connected')
    session = 's2'
    server.io.of('/authenticated').disconnectSockets(true)
    await until(() => authenticated.status.get().state === 'ended')
    expect(authenticated.status.get()).toEqual({ state: 'ended', reason: 'other_session' })
    closing.push(authenticated.open('s2', 'ada'))
    await until(() => authenticated.status.get().state === 'connected')
  })

  it('tells what came before session:ready after it', async () => {
    const server = await serve((socket) => socket.emit('balance:changed', balanceOf(7, 70)))
    const client = createTillwireClient({ url: server.url })
    const order: string[] = []
    client.authenticated.on('session:ready', () => order.push('ready'))
    client.authenticated.on('balance:changed', () => order.push('changed'))
    closing.push(client.authenticated.open('s1'))
    await until(() => order.length === 2)
    expect(order).toEqual(['ready', 'changed'])
    expect(client.balance.get()?.version).toBe(7)
  })

  it('gives each request an id, to servers that take one', async () => {
    const sent: unknown[] = []
    const note = (socket: Socket) => {
      socket.onAny((_event, ...rest) => {
        sent.push(rest.slice(0, -1))
        rest.at(-1)({ ok: false, error: { code: 'not_found', message: 'No.', retryable: false, requestId: 'req_1' } })
      })
    }
    const { limits: _, ...earlier } = readyFor()
    for (const ready of [readyFor(), earlier]) {
      const server = await serve(note, () => ready)
      const { authenticated } = createTillwireClient({ url: server.url })
      closing.push(authenticated.open('s1'))
      const stop = authenticated.request('answer:stop', { answerId: 'a' })
      await expect(stop).rejects.toMatchObject({ code: 'not_found', requestId: 'req_1' })
    }
    const envelope = { requestId: expect.stringMatching(/^req_[0-9a-f]{32}$/) }
    expect(sent).toEqual([[{ answerId: 'a' }, envelope], [{ answerId: 'a' }]])
  })
})

describe('what is too long', () => {
  const asking = (content: string) => ({ key: 'k', messages: [{ role: 'user' as const, content }] })
  it.each([
    ['a prompt of more characters than the server takes', asking('x'.repeat(2_001)), 'prompt_too_long'],
    [
      'a question with more beside its prompt than can be sent',
      { ...asking(''), model: 'x'.repeat(30_000) },
      'prompt_too_long',
    ],
  ])('is not sent: %s', async (_, question, code) => {
    const asked: string[] = []
    const server = await serve((socket) => socket.onAny((event) => asked.push(event)))
    const client = createTillwireClient({ url: server.url })
    closing.push(client.authenticated.open('s1'))
    await until(() => client.authenticated.status.get().state === 'connected')
    const { view } = client.answers.start(question)
    await until(() => view.get().phase === 'ended')
    expect(view.get().error?.code).toBe(code)
    await expect(client.authenticated.request('answer:stop', { answerId: 'x'.repeat(2_000) })).rejects.toMatchObject({
      code: 'invalid_payload',
      retryable: false,
    })
    expect(asked).toEqual([])
    expect(client.authenticated.status.get().state).toBe('connected')
  })

  it('is what the protocol says, until the server tells its own limits', () => {
    expect(tooLong('answer:start', asking('\u0001'.repeat(MAX_PROMPT_CHARACTERS)), USUAL_LIMITS)).toBeNull()
    expect(tooLong('answer:start', asking('x'.repeat(MAX_PROMPT_CHARACTERS + 1)), USUAL_LIMITS)).toMatchObject({
      code: 'prompt_too_long',
      details: { characters: MAX_PROMPT_CHARACTERS + 1, limit: MAX_PROMPT_CHARACTERS },
    })
    const stop = (length: number) => tooLong('answer:stop', { answerId: '€'.repeat(length) }, USUAL_LIMITS)
    expect([stop(21_000), stop(22_000)?.code]).toEqual([null, 'invalid_payload'])
  })
})

describe('the client', () => {
  it('follows the balance and ignores older versions', async () => {
    const server = await serve(
      (socket) => {
        setImmediate(() => {
          socket.emit('balance:changed', balanceOf(5, 50))
          socket.emit('balance:changed', balanceOf(4, 40))
          socket.emit('connections:changed', { public: 0, authenticated: 1 })
        })
      },
      () => readyFor('ada', 3),
    )
    const { authenticated, balance } = createTillwireClient({ url: server.url })
    const seen: (number | undefined)[] = []
    balance.subscribe(() => seen.push(balance.get()?.version))
    const last = new Promise<void>((done) => authenticated.on('connections:changed', () => done()))
    const release = authenticated.open('s1')
    await last
    expect(seen).toEqual([3, 5])
    release()
    await until(() => balance.get() === null)
  })

  it('counts connections from the first answer, then from what is pushed', async () => {
    const server = await serve()
    server.io.on('connection', (socket) => {
      socket.on('connections:get', (_, ack) => ack({ ok: true, data: { public: 1, authenticated: 0 } }))
    })
    const client = createTillwireClient({ url: server.url })
    closing.push(client.public.open())
    await until(() => client.connections.get()?.public === 1)
    server.io.emit('connections:changed', { public: 2, authenticated: 7 })
    await until(() => client.connections.get()?.authenticated === 7)
  })
})
