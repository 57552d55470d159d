import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { type Clock, systemClock } from '../../core/index.ts'
import { type DocumentOf, openStore, type Store } from '../../store/index.ts'
import { type AuthOptions, createAuth } from '../better-auth/index.ts'
import { authSessions, mails, sessionsCollections, type User, users } from '../schema.ts'

export const SECRET = 'kX9mQ2vR7tYp4wLzN8bHc5jF3gD6sAeU'
export const KEYS = [{ id: 'test', key: new Uint8Array(32).fill(7) }]
export const ORIGIN = 'http://localhost:3000'
const DAY_MS = 86_400_000

export function openTestStore(url = 'memory:', clock: Clock = systemClock): Promise<Store> {
  return openStore({ url, collections: sessionsCollections, keys: KEYS, clock })
}

export function insertUser(store: Store, fields: Partial<User> = {}): Promise<User> {
  return store.collection(users).insert({ name: 'Ada', email: `${randomUUID()}@here.com`, ...fields })
}

/** A session as a sign-in leaves it, with its cookie. */
export async function insertSession(store: Store, userId: string, expiresAt = new Date(Date.now() + 7 * DAY_MS)) {
  const token = randomBytes(24).toString('base64url')
  const session = await store
    .collection(authSessions)
    .insert({ userId, token, expiresAt: expiresAt.toISOString(), ipAddress: '127.0.0.1', userAgent: 'test' })
  return { session, token, cookie: `better-auth.session_token=${signed(token)}` }
}

/** A cookie's value as Better Auth writes it; see the test that reads its own. */
export function signed(token: string, secret = SECRET): string {
  return encodeURIComponent(`${token}.${createHmac('sha256', secret).update(token).digest('base64')}`)
}

export type TestAuth = Omit<Partial<AuthOptions>, 'store'>

/** Better Auth on a store, and a browser that keeps its cookies. */
export function authOn(store: Store, options: TestAuth = {}) {
  const auth = createAuth({ store, secret: SECRET, webOrigin: ORIGIN, production: false, ...options })
  return { auth, browser: () => new Browser(auth.handler, options.webOrigin ?? ORIGIN) }
}

/** As much of a browser as signing in needs: same-origin requests and a jar of cookies. */
export class Browser {
  readonly #handler: (request: Request) => Promise<Response>
  readonly #origin: string
  readonly #cookies = new Map<string, string>()
  readonly #address: string

  constructor(handler: (request: Request) => Promise<Response>, origin: string, address = `10.0.0.${nextAddress()}`) {
    this.#handler = handler
    this.#origin = origin
    this.#address = address
  }

  get cookie(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  post(path: string, body: object = {}): Promise<Response> {
    return this.#send(new URL(`/api/auth${path}`, this.#origin), { method: 'POST', body: JSON.stringify(body) })
  }

  get(url: string): Promise<Response> {
    return this.#send(new URL(url, this.#origin), { method: 'GET' })
  }

  async #send(url: URL, init: RequestInit): Promise<Response> {
    const headers = {
      'content-type': 'application/json',
      origin: this.#origin,
      cookie: this.cookie,
      'x-forwarded-for': this.#address,
    }
    const response = await this.#handler(new Request(url, { ...init, headers }))
    for (const line of response.headers.getSetCookie()) this.#keep(line)
    return response
  }

  #keep(line: string): void {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim())
    const name = pair.slice(0, pair.indexOf('='))
    if (attributes.some((attribute) => attribute.toLowerCase() === 'max-age=0')) this.#cookies.delete(name)
    else this.#cookies.set(name, pair.slice(name.length + 1))
  }
}

let addresses = 0
function nextAddress(): number {
  addresses += 1
  return addresses
}

/** The newest mail to an address. */
export async function mailTo(store: Store, to: string): Promise<DocumentOf<typeof mails>> {
  const { items } = await store.collection(mails).find({ where: { to }, orderBy: { createdAt: 'desc' }, limit: 1 })
  const [mail] = items
  if (!mail) throw new Error(`No mail to ${to}`)
  return mail
}

/** Waits until `condition` holds; fails after `withinMs`. Returns how long it took. */
export async function until(condition: () => boolean | Promise<boolean>, withinMs = 5_000): Promise<number> {
  const start = performance.now()
  while (!(await condition())) {
    if (performance.now() - start > withinMs) throw new Error(`Not so within ${withinMs} ms: ${condition}`)
    await delay(5)
  }
  return performance.now() - start
}
