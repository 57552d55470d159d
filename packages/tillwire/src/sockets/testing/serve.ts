import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client'
import type { z } from 'zod'
import { type Ack, namespacePaths, type WireBalance } from '../../protocol/index.ts'
import { openSockets } from '../open-sockets.ts'
import type { EventHandler, SocketIdentity, Sockets, SocketsOptions, TakeLease, UserContext } from '../types.ts'

export const ORIGIN = 'http://localhost:3000'
const HOUR_MS = 3_600_000
const WAIT_MS = 5_000

/** A server on a port of its own, where the cookie `user=NAME` is a session. */
export interface Served extends AsyncDisposable {
  readonly sockets: Sockets
  readonly httpServer: Server
  readonly url: string
  readonly leases: Map<string, Parameters<TakeLease>[1]>
  readonly balances: Map<string, WireBalance>
  connect(options?: ConnectOptions): Socket
}
export interface ConnectOptions extends Partial<ManagerOptions & SocketOptions> {
  readonly user?: string
  readonly origin?: string | null
}

export function identityOf(name: string): SocketIdentity {
  return {
    sessionId: `session_${name}`,
    user: { id: `user_${name}`, name, email: `${name}@example.com` },
    expiresAt: new Date(Date.now() + HOUR_MS).toISOString(),
  }
}

export async function serve(options: Partial<SocketsOptions> = {}): Promise<Served> {
  const httpServer = options.httpServer ?? createServer()
  const leases: Served['leases'] = new Map()
  const balances: Served['balances'] = new Map()
  const sockets = openSockets({
    httpServer,
    reader: {
      async read({ cookie }) {
        const name = /(?:^|; )user=(\w+)/.exec(cookie ?? '')?.[1]
        return name ? identityOf(name) : null
      },
    },
    lease(identity, listener) {
      leases.set(identity.sessionId, listener)
      return { release: () => void leases.delete(identity.sessionId) }
    },
    charges: { reserve: () => Promise.reject(new Error('nothing costs anything here')) },
    balance: async (userId) => balances.get(userId) ?? { available: 0, held: 0, debt: 0, version: 0 },
    allowedOrigins: [ORIGIN],
    ...options,
  })
  await new Promise<void>((done) => httpServer.listen(0, '127.0.0.1', done))
  const url = `http://127.0.0.1:${(httpServer.address() as AddressInfo).port}`
  const clients: Socket[] = []
  return {
    sockets,
    httpServer,
    url,
    leases,
    balances,
    connect({ user, origin = ORIGIN, ...rest } = {}) {
      const headers: Record<string, string> = {}
      if (user) headers.cookie = `user=${user}`
      if (origin) headers.origin = origin
      const path = user === undefined ? namespacePaths.public : namespacePaths.authenticated
      const client = io(`${url}${path}`, {
        forceNew: true,
        reconnection: false,
        transports: ['websocket'],
        extraHeaders: headers,
        ...rest,
      })
      clients.push(client)
      return client
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.disconnect()
      await sockets.close()
      httpServer.closeAllConnections()
      await new Promise((done) => httpServer.close(done))
    },
  }
}

/** The payload of the next such event. */
export function next<T = unknown>(socket: Socket, event: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no ${event} within ${WAIT_MS} ms`)), WAIT_MS)
    socket.once(event, (payload: T) => {
      clearTimeout(timer)
      resolve(payload)
    })
  })
}

/** Why a join was refused. */
export async function refusal(socket: Socket): Promise<{ code: string; message: string; retryable: boolean }> {
  const error = await next<Error & { data?: { code: string; message: string; retryable: boolean } }>(
    socket,
    'connect_error',
  )
  if (!error.data) throw error
  return error.data
}

export function ask<T = unknown>(socket: Socket, event: string, ...payload: unknown[]): Promise<Ack<T>> {
  return socket.timeout(WAIT_MS).emitWithAck(event, ...payload)
}

/** Waits until the condition holds. */
export async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + WAIT_MS
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`still not: ${condition}`)
    await new Promise((wake) => setTimeout(wake, 5))
  }
}

/** A server with one event of this user namespace, and a client that sends it. */
export async function withEvent<I extends z.ZodType, O extends z.ZodType>(
  handler: EventHandler<UserContext, I, O>,
  options?: Partial<SocketsOptions>,
) {
  const served = await serve(options)
  served.sockets.on('authenticated', 'test:event', handler)
  const client = served.connect({ user: 'ada' })
  await next(client, 'session:ready')
  return { served, client, [Symbol.asyncDispose]: () => served[Symbol.asyncDispose]() }
}
