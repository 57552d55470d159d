import type { Server as HttpServer } from 'node:http'
import type { z } from 'zod'
import type { Clock, Logger, Microcredits } from '../core/index.ts'
import type { Connections, EventContract, NamespaceName, ServerPayload, WireBalance } from '../protocol/index.ts'

/** Who opened a socket. */
export interface SocketIdentity {
  readonly sessionId: string
  readonly user: { readonly id: string; readonly name: string; readonly email: string }
  /** ISO. */
  readonly expiresAt: string
}

/** Reads who is asking; null when nobody is signed in. An error of code `session_expired` is told as such, any other as `unavailable`. */
export interface IdentityReader {
  read(credentials: {
    readonly cookie: string | undefined
    readonly authorization: string | undefined
  }): Promise<SocketIdentity | null>
}

/** Follows a session; `onEnd` is called once. `unavailable`: it could not be followed, which says nothing about the session. */
export type TakeLease = (
  identity: SocketIdentity,
  listener: {
    onEnd(reason: 'revoked' | 'expired' | 'user_deleted' | 'unavailable'): void
    onRenew(expiresAt: string): void
  },
) => { release(): void }

/** Sets credits aside before an event that costs something; throws `out_of_credits` when there are too few. */
export interface Charges {
  reserve(request: {
    readonly userId: string
    readonly amount: Microcredits
    /** Unique to this event. */
    readonly key: string
    readonly description: string
  }): Promise<Charge>
}
export interface Charge {
  /** Spends what was set aside. */
  settle(): Promise<void>
  /** Gives it back. */
  release(): Promise<void>
}

export interface SocketLimits {
  /** The longest payload of an event, in bytes; a longer one is answered `invalid_payload`. */
  readonly frameBytes: number
  /** The longest prompt, which events whose contract says `long` may carry; what is half as long again is read, to be refused. */
  readonly promptCharacters?: number
  /** How long a connection may be without a namespace. */
  readonly joinMs: number
  readonly eventsPerSecondPerSocket: number
  readonly eventBurstPerSocket: number
  readonly eventsPerSecondPerUser: number
  readonly socketsPerUser: number
  readonly socketsPerAddress: number
  /** Events of one socket that are worked on at the same time. */
  readonly openEventsPerSocket: number
  /** What may wait for a slow client, in bytes; it is disconnected when it lets more gather. */
  readonly outboundBytes: number
}

/** Told about what happens, for metrics. */
export interface SocketMetrics {
  /** `event` is `unknown` for one that has no handler; `code` is `ok` or the error's. */
  event(handled: { namespace: NamespaceName; event: string; code: string; seconds: number }): void
  /** A connection or a join was refused. */
  refused(code: string): void
}

export interface SocketsOptions {
  readonly httpServer: HttpServer
  readonly reader: IdentityReader
  readonly lease: TakeLease
  readonly charges: Charges
  /** The balance that `session:ready` carries. */
  balance(userId: string): Promise<WireBalance>
  /** Origins whose pages may connect. A client that sends no Origin is not a browser: its session decides. */
  readonly allowedOrigins: readonly string[]
  readonly limits?: Partial<SocketLimits>
  readonly metrics?: SocketMetrics
  readonly clock?: Clock
  readonly logger?: Logger
}

/** One socket, as a handler sees it. */
export interface SocketHandle<N extends NamespaceName> {
  readonly id: string
  /** Sends an event to this socket only; dropped when it is gone. */
  emit<E extends string>(event: E, payload: ServerPayload<N, E>): void
  /** Resolves when a slow client has taken most of what waits for it, or is gone. Await it before sending much. */
  drained(): Promise<void>
  /** Cuts the connection; the client comes back by itself. */
  cut(): void
}

/** What a handler is given beside its input. */
export interface PublicContext {
  readonly socket: SocketHandle<'public'>
  /** Aborted when the socket is gone. */
  readonly signal: AbortSignal
  readonly requestId: string
  readonly logger: Logger
  /** Runs after the acknowledgement was sent; not when the event fails. */
  afterAck(task: () => void): void
}
export interface UserContext extends Omit<PublicContext, 'socket'> {
  readonly socket: SocketHandle<'authenticated'>
  readonly user: SocketIdentity['user']
  readonly session: { readonly id: string }
}
export type ContextOf<N extends NamespaceName> = N extends 'authenticated' ? UserContext : PublicContext

/** An event with what answers it. What `handle` throws is answered as an error. */
export interface EventHandler<Context, I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType>
  extends EventContract<I, O> {
  /**
   * Credits for one event: reserved before `handle` runs, settled after it, released when it throws.
   * Only where there is a user.
   */
  readonly costs?: Microcredits | ((input: z.output<I>) => Microcredits)
  handle(context: Context, input: z.output<I>): Promise<z.input<O>> | z.input<O>
}

export interface Sender<N extends NamespaceName> {
  emit<E extends string>(event: E, payload: ServerPayload<N, E>): void
}

export interface Sockets {
  /** Answers an event; each event has one handler. */
  on<N extends NamespaceName, I extends z.ZodType, O extends z.ZodType>(
    namespace: N,
    event: string,
    handler: EventHandler<ContextOf<N>, I, O>,
  ): void
  /** Every socket of a user. */
  toUser(userId: string): Sender<'authenticated'>
  /** Every socket of a namespace. */
  toAll<N extends NamespaceName>(namespace: N): Sender<N>
  /** Users with a socket here. */
  connectedUsers(): Iterable<string>
  /** Whether a user has a socket here. */
  isConnected(userId: string): boolean
  connections(): Connections
  readonly draining: boolean
  /** Refuses new connections, tells every client, and disconnects them in batches within the deadline. */
  drain(deadlineMs: number): Promise<void>
  /** Cuts what is left and lets go; the HTTP server stays the caller's. */
  close(): Promise<void>
}
