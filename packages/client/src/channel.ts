import type { Socket } from 'socket.io-client'
import type { Ack, clientEvents, serverEvents } from 'tillwire/protocol'
import type { z } from 'zod'
import { reconnectDelay } from './backoff.ts'
import { noAnswer, notConnected, RequestFailed } from './errors.ts'
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
  /** Why it ended: the reason of `session:ended`, or the code of a refusal. */
  readonly reason: string | null
}

const PATHS: Record<Namespace, string> = { public: '/', authenticated: '/authenticated' }
const REQUEST_TIMEOUT_MS = 10_000

/**
 * The one socket of a namespace. It is open while somebody holds it, comes back by itself with
 * jitter, and stays closed once its session has ended. Socket.IO is loaded on the first `open`.
 */
export class Channel<N extends Namespace> {
  readonly #url: string
  readonly #namespace: N
  readonly #status = new MutableValue<ConnectionStatus>({ state: 'closed', reason: null })
  readonly #listeners = new Map<string, Set<(payload: never) => void>>()
  readonly status: Value<ConnectionStatus> = this.#status
  #holders = 0
  #session: string | null = null
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
   * that names it) opens it anew, so that the server reads the new cookie.
   */
  open(session = ''): () => void {
    this.#holders += 1
    if (session !== this.#session) {
      this.#close()
      this.#session = session
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
   * @throws RequestFailed
   */
  async request<E extends ClientEvent<N>>(
    event: E,
    payload: Contract<N, E>['input'],
    timeoutMs = REQUEST_TIMEOUT_MS,
  ): Promise<Contract<N, E>['ack']> {
    if (!this.#socket || !this.#isWanted()) throw notConnected()
    const socket = await this.#socket
    const ack: Ack<Contract<N, E>['ack']> = await socket
      .timeout(timeoutMs)
      .emitWithAck(event, payload)
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
    socket.onAny((event: string, payload) => {
      for (const listener of [...(this.#listeners.get(event) ?? [])]) listener(payload as never)
    })
    socket.on('session:ended', ({ reason }: { reason: string }) => this.#end(reason))
    socket.on('server:draining', ({ retryAfterMs }: { retryAfterMs: number }) => {
      this.#notBeforeMs = performance.now() + retryAfterMs
    })
    socket.on('connect', () => {
      this.#attempt = 0
      this.#status.set({ state: 'connected', reason: null })
    })
    socket.on('disconnect', (reason) => {
      if (reason !== 'io client disconnect') this.#retry()
    })
    socket.on('connect_error', (error: Error & { data?: { code?: string; retryable?: boolean } }) => {
      if (error.data?.code && !error.data.retryable) this.#end(error.data.code)
      else this.#retry()
    })
    return socket
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

  #end(reason: string): void {
    this.#status.set({ state: 'ended', reason })
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
    void this.#socket?.then((socket) => socket.disconnect())
  }
}
