import { appendFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startModelEmulator } from '@tillwire/model-emulator'
import { startStripeEmulator } from '@tillwire/stripe-emulator'
import { io, type Socket } from 'socket.io-client'
import {
  createLogger,
  createTillwire,
  defineConfig,
  type Feature,
  type Limits,
  type Logger,
  type Tillwire,
} from 'tillwire'
import type { Ack } from 'tillwire/protocol'
import { letGo, plantSession } from '../../../tests/support/evidence.ts'
import { PASSWORD, SECRET_SETTINGS, WEBHOOK_SECRET } from '../../../tests/support/planted.ts'
import { createServerApp, type ServerApp } from '../src/app.ts'
import { loadFeatures } from '../src/load-features.ts'

const WAIT_MS = 8_000
export const ORIGIN = 'http://localhost:3000'

/** A server with both emulators, a store in a folder of its own, and every feature. */
export interface Whole extends AsyncDisposable {
  readonly tillwire: Tillwire
  readonly server: ServerApp
  readonly url: string
  /** Another process, as far as the store can tell. */
  readonly env: Readonly<Record<string, string>>
  signUp(name: string): Promise<SignedUp>
  /** A socket with this session; once its `session:ready` has come. */
  open(cookie: string): Promise<Client>
}
export interface Client {
  readonly socket: Socket
  readonly ready: { readonly balance: { readonly available: number } }
  /** Everything that the server sent, in order. */
  readonly events: readonly { readonly name: string; readonly payload: Record<string, unknown> }[]
  ask<T = Record<string, unknown>>(event: string, payload?: unknown): Promise<Ack<T>>
  /** The first such event, come or to come. */
  until(name: string, matches?: (payload: Record<string, unknown>) => boolean): Promise<Record<string, unknown>>
}

export async function startWhole(
  options: {
    pace?: number
    features?: readonly Feature[]
    limits?: Partial<Limits>
    env?: Readonly<Record<string, string>>
  } = {},
): Promise<Whole> {
  const surroundings = await startSurroundings(options)
  const { env } = surroundings
  const features = [...(await loadFeatures()), ...(options.features ?? [])]
  const tillwire = await createTillwire(defineConfig({ features, limits: options.limits }), {
    env,
    logger: surroundings.logger,
  })
  const server = createServerApp(tillwire)
  const url = `http://127.0.0.1:${await server.listen(0, '127.0.0.1')}`
  await surroundings.sendWebhooksTo(url)
  const sockets: Socket[] = []
  return {
    tillwire,
    server,
    url,
    env,
    signUp: (name) => signUp(tillwire, name),
    async open(cookie) {
      const client = await openClient(url, cookie)
      sockets.push(client.socket)
      return client
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.disconnect()
      await server.close()
      await tillwire.close()
      await surroundings[Symbol.asyncDispose]()
    },
  }
}

/** All that a server needs around it: a folder for its store, and both emulators. */
export interface Surroundings extends AsyncDisposable {
  /** The settings that lead to them. */
  readonly env: Readonly<Record<string, string>>
  /** Writes all that there is to `log`. */
  readonly logger: Logger
  /** A file for logs, looked at when nothing of all this runs any more. */
  readonly log: string
  sendWebhooksTo(url: string): Promise<void>
}

export async function startSurroundings(
  options: { pace?: number; env?: Readonly<Record<string, string>> } = {},
): Promise<Surroundings> {
  const folder = await mkdtemp(join(tmpdir(), 'tillwire-server-'))
  const log = join(folder, 'server.log')
  const stripe = await startStripeEmulator({
    webhookSecret: WEBHOOK_SECRET,
    database: join(folder, 'stripe-emulator.db'),
  })
  const model = await startModelEmulator({ pace: options.pace ?? 0 })
  return {
    env: {
      TILLWIRE_ROOT: folder,
      DATABASE_URL: `file:${folder}/tillwire.db`,
      STRIPE_API_BASE: stripe.url,
      OPENAI_BASE_URL: model.url,
      ...SECRET_SETTINGS,
      ...options.env,
    },
    log,
    logger: createLogger({ logLevel: 'debug' }, 'server', { write: (line) => appendFileSync(log, line) }),
    async sendWebhooksTo(url) {
      await fetch(`${stripe.url}/v1/webhook_endpoints`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${SECRET_SETTINGS.STRIPE_SECRET_KEY}`,
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: new URLSearchParams({ url: `${url}/webhooks/stripe`, 'enabled_events[]': '*' }),
      })
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([stripe.close(), model.close()])
      letGo(folder)
    },
  }
}

export interface SignedUp {
  readonly cookie: string
  readonly userId: string
  readonly email: string
}

/** Signs somebody up, as the web app does. */
export async function signUp(tillwire: Tillwire, name: string): Promise<SignedUp> {
  const email = `${name}@example.com`
  const answer = await auth(tillwire, 'sign-up/email', { name, email, password: PASSWORD })
  const { user } = (await answer.json()) as { user: { id: string } }
  return { cookie: cookieOf(answer), userId: user.id, email }
}

/** A request to Better Auth, as the web app passes it on. */
export async function auth(tillwire: Tillwire, path: string, body: object, cookie = ''): Promise<Response> {
  const headers = { 'content-type': 'application/json', origin: ORIGIN, cookie }
  const answer = await tillwire.auth.handler(
    new Request(`${ORIGIN}/api/auth/${path}`, { method: 'POST', headers, body: JSON.stringify(body) }),
  )
  plantSession(answer.headers.getSetCookie())
  return answer
}

function cookieOf(answer: Response): string {
  return answer.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ')
}

/** A socket with this session; once its `session:ready` has come. */
export async function openClient(url: string, cookie: string, origin = ORIGIN): Promise<Client> {
  const socket = io(`${url}/authenticated`, {
    forceNew: true,
    reconnection: false,
    transports: ['websocket'],
    extraHeaders: { cookie, origin },
  })
  const events: { name: string; payload: Record<string, unknown> }[] = []
  const listeners = new Set<() => void>()
  socket.onAny((name: string, payload: Record<string, unknown>) => {
    events.push({ name, payload })
    for (const listener of listeners) listener()
  })
  const until: Client['until'] = (name, matches = () => true) =>
    new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer)
        listeners.delete(look)
      }
      const look = () => {
        const found = events.find((event) => event.name === name && matches(event.payload))
        if (!found) return
        end()
        resolve(found.payload)
      }
      const timer = setTimeout(() => {
        end()
        reject(new Error(`no ${name} within ${WAIT_MS} ms, but ${events.map((event) => event.name).join(', ')}`))
      }, WAIT_MS)
      listeners.add(look)
      look()
    })
  const refused = new Promise<never>((_, reject) => socket.once('connect_error', reject))
  const ready = await Promise.race([until('session:ready'), refused]).catch((error) => {
    socket.disconnect()
    throw error
  })
  return {
    socket,
    ready: ready as unknown as Client['ready'],
    events,
    until,
    ask: (event, ...payload) => socket.timeout(WAIT_MS).emitWithAck(event, ...payload),
  }
}

/** Pays on the emulator's checkout page, as a browser would; resolves with where it is sent then. */
export async function payOn(page: string, cardNumber: string): Promise<string> {
  const answer = await fetch(page, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({
      action: 'pay',
      card_number: cardNumber,
      expiry: '12 / 34',
      cvc: '123',
      name: 'Ada Lovelace',
      email: 'ada@example.com',
    }),
  })
  return answer.headers.get('location') ?? ''
}
