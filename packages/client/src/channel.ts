import type { Socket } from 'socket.io-client'
import type { Ack, clientEvents, SessionReady, serverEvents } from 'tillwire/protocol'
import type { z } from 'zod'
import { reconnectDelay } from './backoff.ts'
import { noAnswer, notConnected, RequestFailed } from './errors.ts'
import { newRequestId } from './ids.ts'
import { type SendLimits, tooLong, USUAL_LIMITS } from './limits.ts'
import { MutableValue, type Value } from './value.ts'

export type Namespace = keyof typeof clientEvents
export type ClientEvent<N extends Namespace> = keyof (typeof clientEvents)[N] & string
export type ServerEvent<N extends Namespace> = keyof (typeof serverEvents)[N] & string
type Contract<N extends Namespace, E extends ClientEvent<N>> = (typeof clientEvents)[N][E] extends infer C
  ? C extends { input: infer I extends z.ZodType; ack: infer A extends z.ZodType }
    ? { input: z.input<I>; ack: z.output<A> }
    : never
  : never
type Payload<N extends Namespace, E extends ServerEvent<N>> = (typeof serverEvents)[N][E] extends infer P
  ? P extends z.ZodType
    ? z.output<P>
    : never
  : never

/** `ended`: the session is over or was refused; the socket stays closed until there is a new session. */
export type ConnectionState = 'closed' | 'connecting' | 'connected' | 'reconnecting' | 'ended'
export interface ConnectionStatus {
  readonly state: ConnectionState
  /**
   * Why it ended: the reason of `session:ended`, the code of a refusal, or `other_user` or `other_session` when the
   * browser's session has become another, which this page must not speak for.
   */
  readonly reason: string | null
  /** Who is signed in now, after `other_user`. */
  readonly user?: SessionReady['user']
}
/** What goes beside a request's payload. */
export interface RequestOptions {
  /** How long to wait for the answer, in milliseconds; ten seconds unless given. */
  readonly timeoutMs?: number
  /** A new one unless given. */
  readonly requestId?: string
}

const PATHS: Record<Namespace, string> = { public: '/', authenticated: '/authenticated' }
const REQUEST_TIMEOUT_MS = 10_000
/** What comes before it is known whose socket it is waits, up to so many events. */
const MAX_EARLY = 256
/** What concerns everyone, whoever is signed in. */
const FOR_EVERYONE = ['session:ended', 'server:draining']

/**
 * The one socket of a namespace. It is open while somebody holds it, comes back by itself with
 * jitter, and stays closed once its session has ended. Socket.IO is loaded on the first `open`.
 *
 * It is of one session: nothing is sent, and nothing told, before `session:ready` has said that it
 * still is; when the server says another, the channel ends.
 */
export class Channel<N extends Namespace> {
  readonly #url: string
  readonly #namespace: N
  readonly #status = new MutableValue<ConnectionStatus>({ state: 'closed', reason: null })
  readonly #listeners = new Map<string, Set<(payload: never) => void>>()
  readonly status: Value<ConnectionStatus> = this.#status
  #holders = 0
  #session: string | null = null
  /** The user and the session that it is of, as far as they are known. */
  #owner: { user: string | undefined; session: string | undefined } = { user: undefined, session: undefined }
  /** Resolves with the socket once it is known whose it is, so that it may be sent on. */
  #opened = pending<Socket>()
  /** What came before that; null after it. */
  #early: [event: string, payload: unknown][] | null = []
  #limits: SendLimits = USUAL_LIMITS
  #takesEnvelopes = false
  #socket: Promise<Socket> | null = null
  #attempt = 0
  #notBeforeMs = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(url: string, namespace: N) {
    this.#url = url
    this.#namespace = namespace
  }

  /**
   * Holds the socket open; returns what lets it go. A `session` other than the last one (any text
   * that names it) opens it anew, so that the server reads the new cookie. `user` is the id of whose
   * it must be; unless given it is whoever is signed in when it opens.
   */
  open(session = '', user?: string): () => void {
    this.#holders += 1
    if (session !== this.#session) {
      this.#close()
      this.#session = session
      this.#owner = { user, session: undefined }
      this.#open('connecting')
    }
    let held = true
    return () => {
      if (!held) return
      held = false
      this.#holders -= 1
      // React's StrictMode and page changes let go and hold again at once: that must not reconnect.
      setTimeout(() => {
        if (this.#holders === 0) this.#close()
      })
    }
  }

  /** Calls `listener` for each such event; returns what ends it. */
  on<E extends ServerEvent<N>>(event: E, listener: (payload: Payload<N, E>) => void): () => void {
    const listeners = this.#listeners.get(event) ?? new Set()
    this.#listeners.set(event, listeners.add(listener))
    return () => void listeners.delete(listener)
  }

  /**
   * Sends an event and returns the data of its acknowledgement. While the socket reconnects, it waits.
   * What is longer than the server takes is refused and not sent.
   * @throws RequestFailed
   */
  async request<E extends ClientEvent<N>>(
    event: E,
    payload: Contract<N, E>['input'],
    { timeoutMs = REQUEST_TIMEOUT_MS, requestId = newRequestId() }: RequestOptions = {},
  ): Promise<Contract<N, E>['ack']> {
    if (!this.#socket || !this.#isWanted()) throw notConnected()
    const until = performance.now() + timeoutMs
    const socket = await inTime(this.#opened.promise, timeoutMs)
    const refusal = tooLong(event, payload, this.#limits)
    if (refusal) throw refusal
    const sent = this.#takesEnvelopes ? [payload, { requestId }] : [payload]
    const ack: Ack<Contract<N, E>['ack']> = await socket
      .timeout(Math.max(1, until - performance.now()))
      .emitWithAck(event, ...sent)
      .catch(() => Promise.reject(noAnswer()))
    if (!ack.ok) throw new RequestFailed(ack.error)
    return ack.data
  }

  #open(state: 'connecting' | 'reconnecting'): void {
    this.#status.set({ state, reason: null })
    this.#socket ??= this.#load()
    void this.#socket.then(
      (socket) => this.#isWanted() && socket.connect(),
      () => this.#retry(),
    )
  }

  async #load(): Promise<Socket> {
    try {
      const { io } = await import('socket.io-client')
      const socket = io(new URL(PATHS[this.#namespace], this.#url).href, {
        autoConnect: false,
        // A connection of its own: its handshake carries the cookies of the moment it was opened.
        forceNew: true,
        reconnection: false,
        transports: ['websocket', 'polling'],
        tryAllTransports: true,
        withCredentials: true,
      })
      return this.#listen(socket)
    } catch (cause) {
      this.#socket = null
      throw cause
    }
  }

  #listen(socket: Socket): Socket {
    socket.onAny((event: string, payload: unknown) => this.#receive(socket, event, payload))
    socket.on('session:ended', ({ reason }: { reason: string }) => this.#end(reason))
    socket.on('server:draining', ({ retryAfterMs }: { retryAfterMs: number }) => {
      this.#notBeforeMs = performance.now() + retryAfterMs
    })
    socket.on('connect', () => {
      if (this.#namespace === 'public') this.#begin(socket)
    })
    socket.on('disconnect', (reason) => {
      this.#doubt()
      if (reason !== 'io client disconnect') this.#retry()
    })
    socket.on('connect_error', (error: Error & { data?: { code?: string; retryable?: boolean } }) => {
      if (error.data?.code && !error.data.retryable) this.#end(error.data.code)
      else this.#retry()
    })
    return socket
  }

  #receive(socket: Socket, event: string, payload: unknown): void {
    if (event === 'session:ready') {
      const ready = payload as SessionReady
      if (!this.#isOurs(ready)) return
      const told = ready.limits
      this.#limits = { ...USUAL_LIMITS, ...told }
      // A server of an earlier version tells no limits, and takes no envelope.
      this.#takesEnvelopes = told !== undefined
      const early = this.#early ?? []
      this.#begin(socket)
      this.#tell(event, payload)
      for (const [one, its] of early) this.#tell(one, its)
    } else if (this.#early && !FOR_EVERYONE.includes(event)) {
      if (this.#early.length < MAX_EARLY) this.#early.push([event, payload])
    } else {
      this.#tell(event, payload)
    }
  }

  #tell(event: string, payload: unknown): void {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) listener(payload as never)
  }

  /** Whether the socket is of whom it was; when it is not, the channel ends. */
  #isOurs({ user, session }: SessionReady): boolean {
    const owner = this.#owner
    if (owner.user !== undefined && owner.user !== user.id) this.#end('other_user', user)
    else if (owner.session !== undefined && owner.session !== session?.id) this.#end('other_session')
    else this.#owner = { user: user.id, session: session?.id }
    return this.#isWanted()
  }

  /** From here on it is known whose the socket is. */
  #begin(socket: Socket): void {
    this.#attempt = 0
    this.#early = null
    this.#status.set({ state: 'connected', reason: null })
    this.#opened.resolve(socket)
  }

  /** The socket is gone: whose the next one is must be told first. Requests wait for that. */
  #doubt(): void {
    if (this.#early === null) this.#opened = pending()
    this.#early = []
  }

  #isWanted(): boolean {
    const { state } = this.#status.get()
    return state !== 'closed' && state !== 'ended'
  }

  #retry(): void {
    if (!this.#isWanted()) return
    this.#status.set({ state: 'reconnecting', reason: null })
    const wait = reconnectDelay(this.#attempt++) + Math.max(0, this.#notBeforeMs - performance.now())
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#isWanted() && this.#open('reconnecting'), wait)
  }

  #end(reason: string, user?: SessionReady['user']): void {
    this.#status.set({ state: 'ended', reason, ...(user && { user }) })
    this.#disconnect()
  }

  #close(): void {
    this.#session = null
    this.#attempt = 0
    this.#status.set({ state: 'closed', reason: null })
    this.#disconnect()
  }

  #disconnect(): void {
    clearTimeout(this.#timer)
    this.#opened.reject(notConnected())
    this.#opened = pending()
    this.#early = []
    void this.#socket?.then((socket) => socket.disconnect())
  }
}

/** A promise to be settled later, which nobody need wait for. */
function pending<T>(): PromiseWithResolvers<T> {
  const made = Promise.withResolvers<T>()
  made.promise.catch(() => {})
  return made
}

/** @throws RequestFailed when it is not kept in time. */
async function inTime<T>(promise: Promise<T>, ms: number): Promise<T> {
  const late = pending<never>()
  const timer = setTimeout(() => late.reject(noAnswer()), ms)
  try {
    return await Promise.race([promise, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
