import { afterEach, describe, expect, it } from 'vitest'
import { reconnectDelay } from './backoff.ts'
import { createTillwireClient } from './client.ts'
import { startTestServer, type TestServer, until } from './testing/server.ts'

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
      socket.on('balance:get', (_, ack) => ack({ ok: true, data: balanceOf(1, 5) }))
      socket.on('answer:stop', (_, ack) =>
        ack({ ok: false, error: { code: 'not_found', message: 'There is no such answer.', retryable: false } }),
      )
    })
    const { authenticated } = createTillwireClient({ url: server.url })
    closing.push(authenticated.open('s1'))
    expect(await authenticated.request('balance:get', {})).toEqual(balanceOf(1, 5))
    await expect(authenticated.request('answer:stop', { answerId: 'a' })).rejects.toMatchObject({ code: 'not_found' })
    await expect(authenticated.request('connections:get', {}, 20)).rejects.toMatchObject({ code: 'unavailable' })
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
    const server = await serve((socket) => socket.handshake.headers.cookie)
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

describe('the client', () => {
  it('follows the balance and ignores older versions', async () => {
    const server = await serve((socket) => {
      socket.emit('session:ready', { balance: balanceOf(3, 30) })
      socket.emit('balance:changed', balanceOf(5, 50))
      socket.emit('balance:changed', balanceOf(4, 40))
      socket.emit('connections:changed', { public: 0, authenticated: 1 })
    })
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
