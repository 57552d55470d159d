import { betterAuth } from 'better-auth'
import { APIError } from 'better-auth/api'
import {
  type Clock,
  type Duration,
  type Logger,
  milliseconds,
  newId,
  own,
  silentLogger,
  systemClock,
} from '../../core/index.ts'
import type { AnyCollection, Store, Transaction } from '../../store/index.ts'
import { SessionExpired } from '../errors.ts'
import { queueMail } from '../outbox.ts'
import { cookieForBetterAuth, sessionReader } from '../read-session.ts'
import { accounts, authSessions, users, verifications } from '../schema.ts'
import { tillwireAdapter } from './adapter.ts'
import { handleRequests } from './handle-request.ts'
import { judgeRequests } from './judge-request.ts'
import { alreadyKnownMail, type MailText, signInMail, verificationMail } from './mail-texts.ts'
import { signInLinks } from './sign-in-links.ts'

const SIGN_IN_LINK_MINUTES = 15
const LONGEST_PASSWORD = 128
/** A session in use is prolonged at most this often. */
const PROLONG_EVERY: Duration = '1d'
/** Requests of any kind, a minute and address. */
const ANY_REQUESTS = { window: 60, max: 600 }
const COLLECTIONS: Readonly<Record<string, AnyCollection>> = {
  user: users,
  session: authSessions,
  account: accounts,
  verification: verifications,
}
/** What Better Auth logs as an error although who asks is refused for it: where they come from, or want to go. */
const CALLERS_MISTAKE = /^(Invalid (\w*URL|redirectTo|origin): |Blocked cross-site)/
const SIGN_INS: RateLimit = { max: 10, window: '1m' }

/** How often one address may try to sign in or up, on each of the ways to. */
export interface RateLimit {
  readonly max: number
  readonly window: Duration
}

export interface NewUser {
  readonly id: string
  readonly email: string
  readonly name: string
}

export interface AuthOptions {
  /** Opened with `sessionsCollections`. */
  readonly store: Store
  /** Signs cookies and links; at least 32 characters. */
  readonly secret: string
  readonly clock?: Clock
  readonly logger?: Logger
  /** Where pages are served: links in mail, and whether cookies are `__Secure-`. */
  readonly webOrigin: string
  /** Further origins that may call. */
  readonly trustedOrigins?: readonly string[]
  readonly sessionMaxAge?: Duration
  /** The domain that web and server share, when they are under different names. */
  readonly cookieDomain?: string | undefined
  readonly production: boolean
  /** 10 a minute and address in production, null (none) otherwise, unless given. */
  readonly rateLimit?: RateLimit | null
  /** As `production`, unless given. */
  readonly requireEmailVerification?: boolean
  /** Runs in the transaction that stores a user who signs up. */
  onSignUp?(tx: Transaction, userId: string): Promise<void>
  /** Runs when that is committed. */
  afterSignUp?(user: NewUser): Promise<void>
}

export type Auth = ReturnType<typeof createAuth>

/**
 * Better Auth as this product uses it: e-mail and password, sign-in links by mail, sessions in our
 * store and nowhere else. Mail goes to the outbox (`mails`). A user made without a way to sign in
 * gets one only by a mailed link: signing up with a known address never touches that user.
 * `handler` answers every request; it rejects only where the store does. Whatever is asked for is
 * judged when it is asked.
 * @example
 * const auth = createAuth({ store, secret, webOrigin: 'http://localhost:3000', production: false })
 * const response = await auth.handler(request)
 */
export function createAuth(options: AuthOptions) {
  const { store, secret, clock = systemClock, logger = silentLogger } = options
  const { webOrigin, trustedOrigins = [], production } = options
  const { rateLimit = production ? SIGN_INS : null, requireEmailVerification = production } = options
  const maxAge = milliseconds(options.sessionMaxAge ?? '7d') / 1_000
  const mail = async (to: string, text: MailText) => {
    await queueMail(store, { to, ...text }, { clock })
  }

  const auth = betterAuth({
    appName: 'Tillwire',
    baseURL: webOrigin,
    trustedOrigins: [webOrigin, ...trustedOrigins],
    secret,
    // Given as a list too, because the environment variable of that name would go before `secret`.
    secrets: [{ version: 1, value: secret }],
    database: tillwireAdapter(store, {
      collections: COLLECTIONS,
      async onInsert(tx, collection, document) {
        if (collection === users) await options.onSignUp?.(tx, document.id)
      },
    }),
    session: {
      expiresIn: maxAge,
      updateAge: Math.min(milliseconds(PROLONG_EVERY) / 1_000, maxAge / 2),
      cookieCache: { enabled: false },
    },
    emailAndPassword: {
      enabled: true,
      maxPasswordLength: LONGEST_PASSWORD,
      requireEmailVerification,
      onExistingUserSignUp: ({ user }) => mail(user.email, alreadyKnownMail(`${webOrigin}/sign-in`)),
    },
    emailVerification: {
      sendOnSignUp: requireEmailVerification,
      sendOnSignIn: requireEmailVerification,
      autoSignInAfterVerification: true,
      sendVerificationEmail: ({ user, url }) => mail(user.email, verificationMail(url)),
    },
    plugins: [
      signInLinks({
        storeToken: 'hashed',
        expiresIn: SIGN_IN_LINK_MINUTES * 60,
        sendMagicLink: ({ email, url }) => mail(email, signInMail(url, SIGN_IN_LINK_MINUTES)),
      }),
    ],
    rateLimit: { enabled: rateLimit !== null, storage: 'memory', ...ANY_REQUESTS, customRules: rulesOf(rateLimit) },
    hooks: { before: judgeRequests(webOrigin) },
    databaseHooks: {
      user: { create: { after: async ({ id, email, name }) => options.afterSignUp?.({ id, email, name }) } },
      session: { create: { before: ({ userId }) => refuseBanned(store, userId) } },
    },
    advanced: {
      // Both are said because Better Auth would else turn them off by NODE_ENV.
      disableCSRFCheck: false,
      disableOriginCheck: false,
      useSecureCookies: webOrigin.startsWith('https:'),
      database: { generateId: ({ model }) => newId(own(COLLECTIONS, model)?.name ?? model) },
      ...(options.cookieDomain && { crossSubDomainCookies: { enabled: true, domain: options.cookieDomain } }),
    },
    telemetry: { enabled: false },
    // What is not an answer to the caller, such as StoreUnavailable, rejects instead of being printed.
    onAPIError: { throw: true },
    logger: {
      level: 'warn',
      log: (level, message) => logger[CALLERS_MISTAKE.test(message) ? 'warn' : level]({ part: 'better-auth' }, message),
    },
  })
  const parts = { store, secret, clock, secureOnly: webOrigin.startsWith('https:') }
  const reader = sessionReader(parts)
  const handler = handleRequests(auth.handler, {
    cookieFor: (cookie) => cookieForBetterAuth(parts, cookie),
    async userOf(cookie) {
      return (await reader.read({ cookie }).catch(nobodyWhenExpired))?.user.id ?? null
    },
  })
  return { ...auth, handler }
}

function nobodyWhenExpired(error: unknown): null {
  if (SessionExpired.is(error)) return null
  throw error
}

function rulesOf(limit: RateLimit | null): Record<string, { max: number; window: number }> {
  if (limit === null) return {}
  const rule = { max: limit.max, window: milliseconds(limit.window) / 1_000 }
  return { '/sign-in/*': rule, '/sign-up/*': rule, '/magic-link/*': rule }
}

async function refuseBanned(store: Store, userId: string): Promise<void> {
  const user = await store.collection(users).get(userId)
  if (user?.bannedAt) throw new APIError('FORBIDDEN', { code: 'USER_BANNED', message: 'This account is closed.' })
}
