import { connect, type Socket as Raw } from 'node:net'
import type { Socket } from 'socket.io-client'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { batchSize } from './drain.ts'
import { ask, next, refusal, serve, until } from './testing/serve.ts'

describe('session', () => {
  it('ends the socket with its session, and says why', async () => {
    await using served = await serve()
    for (const reason of ['revoked', 'expired', 'user_deleted'] as const) {
      const ada = served.connect({ user: 'ada' })
      await next(ada, 'session:ready')
      const ended = next(ada, 'session:ended')
      const gone = next(ada, 'disconnect')
      served.leases.get('session_ada')?.onEnd(reason)
      expect(await ended).toEqual({ reason })
      expect(await gone).toBe('io server disconnect')
    }
    expect(served.sockets.connections().authenticated).toBe(0)
  })

  it('takes no event of a socket whose session has ended', async () => {
    await using served = await serve()
    let handled = 0
    served.sockets.on('authenticated', 'test:event', {
      input: z.object({}),
      ack: z.object({}),
      handle() {
        handled += 1
        return {}
      },
    })
    const ada = served.connect({ user: 'ada' })
    await next(ada, 'session:ready')
    served.leases.get('session_ada')?.onEnd('revoked')
    ada.emit('test:event', {})
    await next(ada, 'disconnect')
    const probe = served.connect()
    await next(probe, 'connect')
    await ask(probe, 'no:such')
    expect(handled).toBe(0)
  })

  it('leaves the public namespace of the page open', async () => {
    await using served = await serve()
    const open = served.connect({ extraHeaders: { cookie: 'user=ada' } })
    await next(open, 'connect')
    const ada = open.io.socket('/authenticated')
    await next(ada, 'session:ready')
    served.leases.get('session_ada')?.onEnd('revoked')
    await next(ada, 'disconnect')
    expect(open.connected).toBe(true)
    expect(served.sockets.connections()).toEqual({ public: 1, authenticated: 0 })
  })

  it('tells a renewed session, and cuts without a word when the session cannot be followed', async () => {
    await using served = await serve()
    const ada = served.connect({ user: 'ada' })
    await next(ada, 'session:ready')
    served.leases.get('session_ada')?.onRenew('2030-01-01T00:00:00.000Z')
    expect(await next(ada, 'session:renewed')).toEqual({ expiresAt: '2030-01-01T00:00:00.000Z' })
    let told = false
    ada.on('session:ended', () => {
      told = true
    })
    served.leases.get('session_ada')?.onEnd('unavailable')
    expect(await next(ada, 'disconnect')).not.toBe('io server disconnect')
    expect(told).toBe(false)
  })

  it('lets the lease go and aborts what is under way when the socket goes', async () => {
    await using served = await serve()
    const aborted = Promise.withResolvers<void>()
    const started = Promise.withResolvers<void>()
    served.sockets.on('authenticated', 'test:event', {
      input: z.object({}),
      ack: z.object({}),
      async handle({ signal }) {
        signal.addEventListener('abort', () => aborted.resolve())
        started.resolve()
        await aborted.promise
        return {}
      },
    })
    const ada = served.connect({ user: 'ada' })
    await next(ada, 'session:ready')
    expect(served.leases.size).toBe(1)
    ada.emit('test:event', {})
    await started.promise
    ada.disconnect()
    await aborted.promise
    await until(() => served.leases.size === 0)
  })

  it('refuses the session that its lease finds over already', async () => {
    let released = 0
    await using served = await serve({
      lease(_, listener) {
        listener.onEnd('revoked')
        return { release: () => void released++ }
      },
      limits: { socketsPerUser: 1 },
    })
    for (let round = 1; round <= 2; round++) {
      const ada = served.connect({ user: 'ada' })
      expect(await next(ada, 'session:ended')).toEqual({ reason: 'revoked' })
      await until(() => released === round)
    }
  })
})

describe('pushes', () => {
  it('reaches every socket of a user, and nobody else', async () => {
    await using served = await serve()
    const tabs = [served.connect({ user: 'ada' }), served.connect({ user: 'ada' })]
    const bob = served.connect({ user: 'bob' })
    await Promise.all([...tabs, bob].map((socket) => next(socket, 'session:ready')))
    expect([...served.sockets.connectedUsers()].sort()).toEqual(['user_ada', 'user_bob'])
    expect(['user_ada', 'user_eve', ''].map((user) => served.sockets.isConnected(user))).toEqual([true, false, false])
    let strayed = false
    bob.on('balance:changed', () => {
      strayed = true
    })
    const balance = { available: 1, held: 0, debt: 0, version: 3 }
    const got = Promise.all(tabs.map((tab) => next(tab, 'balance:changed')))
    served.sockets.toUser('user_ada').emit('balance:changed', balance)
    expect(await got).toEqual([balance, balance])
    const all = next(bob, 'connections:changed')
    served.sockets.toAll('authenticated').emit('connections:changed', { public: 9, authenticated: 9 })
    expect(await all).toEqual({ public: 9, authenticated: 9 })
    expect(strayed).toBe(false)
  })

  it('tells both namespaces how many are connected, a burst of changes once', async () => {
    await using served = await serve()
    const watcher = served.connect()
    await next(watcher, 'connect')
    const told: { public: number; authenticated: number }[] = []
    watcher.on('connections:changed', (counts) => told.push(counts))
    await until(() => told.at(-1)?.public === 1)
    const before = told.length
    const ada = served.connect({ user: 'ada' })
    const others = Array.from({ length: 20 }, () => served.connect())
    expect(await next(ada, 'connections:changed')).toMatchObject({ authenticated: 1 })
    await until(() => told.at(-1)?.public === 21 && told.at(-1)?.authenticated === 1)
    expect(told.length - before).toBeLessThanOrEqual(5)
    for (const other of others) other.disconnect()
    await until(() => told.at(-1)?.public === 1)
    expect(served.sockets.connections()).toEqual({ public: 1, authenticated: 1 })
  })
})

describe('a slow client', () => {
  /** A WebSocket client that joins `/` by hand, sends what it is given, and reads no more. */
  async function deaf(url: string, ...packets: string[]): Promise<Raw> {
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname)
    const answered = () => new Promise((resolve) => socket.once('data', resolve))
    const headers = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13'
    const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='
    socket.write(
      `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n${key}\r\n\r\n`,
    )
    await answered()
    for (const packet of ['40', ...packets]) {
      // A text frame, masked with zeroes.
      socket.write(Buffer.from([0x81, 0x80 | packet.length, 0, 0, 0, 0, ...Buffer.from(packet)]))
      if (packet === '40') await answered()
    }
    return socket.pause()
  }

  it('is cut when it lets more gather than allowed', async () => {
    await using served = await serve({ limits: { outboundBytes: 100_000 } })
    const client = await deaf(served.url)
    await until(() => served.sockets.connections().public === 1)
    const before = process.memoryUsage().arrayBuffers
    for (let sent = 0; sent < 2_000 && served.sockets.connections().public === 1; sent++) {
      served.sockets.toAll('public').emit('test:bulk', { text: 'x'.repeat(10_000) })
      await new Promise((turn) => setImmediate(turn))
    }
    expect(served.sockets.connections().public).toBe(0)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000)
    client.destroy()
  })

  it('holds up who waits for it to drain, until it has read or is gone', async () => {
    await using served = await serve({ limits: { outboundBytes: 1_000_000 } })
    let sent = 0
    let ended = false
    served.sockets.on('public', 'test:flood', {
      input: z.object({}),
      ack: z.object({}),
      async handle({ socket, signal }) {
        for (; sent < 20_000 && !signal.aborted; sent++) {
          await socket.drained()
          socket.emit('test:bulk', { text: 'x'.repeat(10_000) })
        }
        ended = true
        return {}
      },
    })
    const raw = await deaf(served.url, '42["test:flood",{}]')
    await until(() => sent > 0)
    let seen = -1
    await until(() => {
      const still = sent === seen
      seen = sent
      return still && sent > 10
    })
    expect(sent).toBeLessThan(20_000)
    expect(served.sockets.connections().public).toBe(1)
    raw.destroy()
    await until(() => ended)
    expect(sent).toBeLessThan(20_000)
  })
})

describe('draining', () => {
  it('tells everyone, refuses who comes, and ends every connection within the deadline', async () => {
    await using served = await serve()
    const guest = served.connect()
    const ada = served.connect({ user: 'ada' })
    await Promise.all([next(guest, 'connect'), next(ada, 'session:ready')])
    const told = Promise.all([guest, ada].map((socket) => next(socket, 'server:draining')))
    const reasons = Promise.all([guest, ada].map((socket) => next(socket, 'disconnect')))
    const started = Date.now()
    await served.sockets.drain(2_000)
    expect(await told).toEqual([{ retryAfterMs: 1_000 }, { retryAfterMs: 1_000 }])
    // Not "io server disconnect", after which clients stay away.
    expect(await reasons).toEqual(['transport close', 'transport close'])
    expect(Date.now() - started).toBeLessThan(2_000)
    expect(served.sockets.draining).toBe(true)
    await next(served.connect(), 'connect_error')
    await next(served.connect({ user: 'bob', transports: ['polling'] }), 'connect_error')
    const refused = await fetch(`${served.url}/socket.io/?EIO=4&transport=polling`)
    expect([refused.status, await refused.json()]).toEqual([
      503,
      { error: { code: 'unavailable', message: expect.any(String), requestId: expect.any(String) } },
    ])
  })

  it('refuses a join on a connection that is still open', async () => {
    const read = Promise.withResolvers<null>()
    await using served = await serve({ reader: { read: () => read.promise } })
    const guest = served.connect()
    await next(guest, 'connect')
    const drained = served.sockets.drain(1_000)
    const late: Socket = guest.io.socket('/authenticated')
    const outcome = Promise.race([refusal(late).then(({ code }) => code), next(guest, 'disconnect').then(() => 'cut')])
    read.resolve(null)
    expect(['unavailable', 'cut']).toContain(await outcome)
    await drained
  })

  it('closes a few at once, and many in batches that fit the deadline', () => {
    expect(batchSize(3, 5_000)).toBeGreaterThanOrEqual(3)
    for (const [connections, deadline] of [
      [10_000, 5_000],
      [50_000, 2_000],
      [7, 10],
    ] as const) {
      const batches = Math.ceil(connections / batchSize(connections, deadline))
      expect((batches - 1) * 50).toBeLessThanOrEqual(deadline)
    }
  })
})
