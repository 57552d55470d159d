import { Server } from 'socket.io'
import type { z } from 'zod'
import { invariant, silentLogger, systemClock } from '../core/index.ts'
import { longFrameBytes, type NamespaceName, namespacePaths } from '../protocol/index.ts'
import { admit } from './admit.ts'
import { attachSocket, type Handlers, type SocketParts } from './attach-socket.ts'
import { ConnectionBook } from './connection-book.ts'
import { closeInBatches, RETRY_AFTER_MS } from './drain.ts'
import { guardTransport } from './guard-transport.ts'
import type { Pipeline } from './handle-event.ts'
import { defaultLimits } from './limits.ts'
import type { Connection } from './outbound.ts'
import { Places } from './places.ts'
import { pushCounts } from './push-counts.ts'
import { roomOf, serveUser } from './serve-user.ts'
import { TokenBuckets } from './token-buckets.ts'
import type { ContextOf, EventHandler, SocketLimits, SocketMetrics, Sockets, SocketsOptions } from './types.ts'

const noMetrics: SocketMetrics = { event() {}, refused() {} }

/** Past what any event may be: a client that sends a little too much is told so, and not cut. */
const READ_TO_REFUSE = 1.5

/**
 * Serves Socket.IO at `/socket.io` on an HTTP server: `/` for everyone, `/authenticated` for whoever
 * the reader knows. A socket lives as long as its session: see the folder's README.
 * @example
 * const sockets = openSockets({ httpServer, reader, lease, charges, balance, allowedOrigins })
 * sockets.on('authenticated', 'balance:get', { input, ack, handle: ({ user }) => balance(user.id) })
 * sockets.toUser(userId).emit('balance:changed', await balance(userId))
 */
export function openSockets(options: SocketsOptions): Sockets {
  const { reader, lease, metrics = noMetrics, clock = systemClock, logger = silentLogger } = options
  const limits = { ...defaultLimits, ...options.limits }
  let draining = false

  const io = new Server(options.httpServer, {
    path: '/socket.io',
    serveClient: false,
    maxHttpBufferSize: longestFrame(limits),
    connectTimeout: limits.joinMs,
    cors: { origin: [...options.allowedOrigins], credentials: true },
  })
  const isDraining = () => draining
  const refused = (code: string) => metrics.refused(code)
  io.engine.use(guardTransport({ allowedOrigins: options.allowedOrigins, draining: isDraining, refused }))
  const connections = new ConnectionBook(limits, () => logger.warn({}, 'A client that reads too slowly was cut'))
  io.engine.on('connection', (connection: Connection) => connections.add(connection))

  const namespaces = { public: io.of(namespacePaths.public), authenticated: io.of(namespacePaths.authenticated) }
  const handlers: { [N in NamespaceName]: Handlers<N> } = { public: new Map(), authenticated: new Map() }
  const pipeline: Pipeline = {
    charges: options.charges,
    perSocket: new TokenBuckets({ perSecond: limits.eventsPerSecondPerSocket, burst: limits.eventBurstPerSocket }),
    perUser: new TokenBuckets({ perSecond: limits.eventsPerSecondPerUser, burst: limits.eventsPerSecondPerUser }),
    openEventsPerSocket: limits.openEventsPerSocket,
    frameBytes: limits.frameBytes,
    metrics,
    clock,
    logger,
  }
  const count = () => ({ public: namespaces.public.sockets.size, authenticated: namespaces.authenticated.sockets.size })
  const counts = pushCounts({
    count,
    push(connections) {
      namespaces.public.emit('connections:changed', connections)
      namespaces.authenticated.emit('connections:changed', connections)
    },
  })

  const parts: SocketParts = { connections, pipeline, counts }
  const admission = admit({
    reader,
    users: new Places(limits.socketsPerUser),
    connections,
    clock,
    logger,
    draining: isDraining,
    refused,
  })
  namespaces.public.use(admission.public)
  namespaces.authenticated.use(admission.authenticated)
  namespaces.public.on('connection', (socket) => {
    attachSocket(parts, socket, {
      namespace: 'public',
      handlers: handlers.public,
      identity: null,
      contextOf: (event, handle, signal) => ({ ...event, socket: handle, signal }),
    })
  })
  namespaces.authenticated.on('connection', (socket) => {
    serveUser(parts, socket, { handlers: handlers.authenticated, lease, balance: options.balance, limits, logger })
  })

  const toAll: Sockets['toAll'] = (namespace) => ({
    emit: (event, payload) => void namespaces[namespace].emit(event, payload),
  })
  return {
    on<N extends NamespaceName, I extends z.ZodType, O extends z.ZodType>(
      namespace: N,
      event: string,
      handler: EventHandler<ContextOf<N>, I, O>,
    ) {
      const known: Map<string, unknown> = handlers[namespace]
      invariant(!known.has(event), `${event} has one handler`)
      invariant(!handler.costs || namespace === 'authenticated', `${event} costs something, so it needs a user`)
      known.set(event, handler)
    },
    toUser: (userId) => ({
      emit: (event, payload) => void namespaces.authenticated.to(roomOf(userId)).emit(event, payload),
    }),
    toAll,
    *connectedUsers() {
      for (const room of namespaces.authenticated.adapter.rooms.keys()) {
        if (room.startsWith(roomOf(''))) yield room.slice(roomOf('').length)
      }
    },
    isConnected: (userId) => namespaces.authenticated.adapter.rooms.has(roomOf(userId)),
    connections: count,
    get draining() {
      return draining
    },
    async drain(deadlineMs) {
      if (draining) return
      draining = true
      toAll('public').emit('server:draining', { retryAfterMs: RETRY_AFTER_MS })
      toAll('authenticated').emit('server:draining', { retryAfterMs: RETRY_AFTER_MS })
      await closeInBatches(connections.all(), deadlineMs)
    },
    async close() {
      draining = true
      counts.stop()
      io.engine.close()
    },
  }
}

function longestFrame({ frameBytes, promptCharacters }: SocketLimits): number {
  return promptCharacters === undefined ? frameBytes : Math.ceil(longFrameBytes(promptCharacters) * READ_TO_REFUSE)
}
