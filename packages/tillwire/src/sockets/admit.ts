import type { Socket } from 'socket.io'
import { type Clock, isTillwireError, type Logger } from '../core/index.ts'
import { REQUEST_ID_HEADER, type WireError } from '../protocol/index.ts'
import type { ConnectionBook } from './connection-book.ts'
import { SignInRequired, TooManyConnections, Unavailable } from './errors.ts'
import type { Places } from './places.ts'
import { requestIdFrom } from './request-id.ts'
import { TokenBuckets } from './token-buckets.ts'
import type { IdentityReader, SocketIdentity } from './types.ts'

/** How often one connection may try to join a namespace: each try may read a session. */
const JOINS = { perSecond: 1, burst: 10 }

/** What decides who may join. */
export interface Admission {
  readonly reader: IdentityReader
  readonly users: Places
  readonly connections: ConnectionBook
  readonly clock: Clock
  readonly logger: Logger
  draining(): boolean
  refused(code: string): void
}

/** What an admitted socket of `/authenticated` carries. */
export interface AdmittedUser {
  readonly identity: SocketIdentity
  /** Gives back the user's place. */
  readonly release: () => void
}

type Middleware = (socket: Socket, next: (error?: Error) => void) => void

/** The middlewares of the two namespaces. A refused join is a `connect_error` whose `data` says why. */
export function admit(admission: Admission): { readonly public: Middleware; readonly authenticated: Middleware } {
  const joins = new TokenBuckets(JOINS)
  const checkConnection = (socket: Socket) => {
    const connection = admission.connections.get(socket.conn)
    if (!connection || admission.draining()) throw new Unavailable()
    if (!connection.withinAddressLimit || !joins.take(connection.id, admission.clock.now().getTime())) {
      throw new TooManyConnections()
    }
  }
  const middleware =
    (check: (socket: Socket) => Promise<void> | void): Middleware =>
    async (socket, next) => {
      try {
        checkConnection(socket)
        await check(socket)
        next()
      } catch (error) {
        const refusal = refusalOf(error)
        admission.refused(refusal.data.code)
        if (refusal.data.code === Unavailable.code && !Unavailable.is(error)) {
          admission.logger.warn(
            { err: error, requestId: requestIdFrom(socket.request.headers[REQUEST_ID_HEADER]) },
            'A socket could not be let in',
          )
        }
        next(refusal)
      }
    }
  return {
    public: middleware(() => {}),
    authenticated: middleware(async (socket) => {
      const { cookie, authorization } = socket.request.headers
      const identity = await admission.reader.read({ cookie, authorization })
      if (!identity) throw new SignInRequired()
      const release = admission.users.take(identity.user.id)
      if (!release) throw new TooManyConnections()
      const admitted: AdmittedUser = { identity, release }
      socket.data = admitted
      // A connection that ends before its socket is connected tells no one else.
      socket.conn.once('close', release)
    }),
  }
}

/** The codes that a refusal may have; anything else fails closed as `unavailable`. */
const REFUSALS: ReadonlySet<string> = new Set([SignInRequired.code, 'session_expired', TooManyConnections.code])

function refusalOf(error: unknown): Error & { data: WireError } {
  const known = isTillwireError(error) && REFUSALS.has(error.code) ? error : new Unavailable(error)
  const { code, message, retryable } = known
  return Object.assign(new Error(message), { data: { code, message, retryable } })
}
