import type { Clock } from '../core/index.ts'
import type { DocumentOf, Store } from '../store/index.ts'
import { isAmbiguous, provenCookies, withOneCookie } from './cookie.ts'
import { SessionExpired, Unauthenticated } from './errors.ts'
import { isOver } from './lease-book.ts'
import { authSessions, users } from './schema.ts'
import type { Credentials, SessionIdentity, SessionReader } from './types.ts'

type AuthSession = DocumentOf<typeof authSessions>

interface ReaderParts {
  readonly store: Store
  readonly secret: string
  readonly clock: Clock
  readonly secureOnly: boolean
}

/**
 * Reads Better Auth's session cookie against our store: the signature first, then the session, its
 * end by our clock, and its user. The copy of the session that Better Auth may keep in a cookie is
 * never believed.
 */
export function sessionReader(parts: ReaderParts): SessionReader {
  return {
    async read({ cookie }) {
      const { live, expiredAt } = await findLive(parts, cookie)
      if (live) return live.identity
      if (expiredAt !== null) throw new SessionExpired(expiredAt)
      return null
    },
  }
}

/**
 * The `Cookie` header as Better Auth, which reads only the first session cookie, must see it to know
 * the session that the reader finds. Reads nothing unless several were sent.
 */
export async function cookieForBetterAuth(parts: ReaderParts, cookie: string): Promise<string> {
  if (!isAmbiguous(cookie, parts.secureOnly)) return cookie
  const { live } = await findLive(parts, cookie)
  return live ? withOneCookie(cookie, live.cookie, parts.secureOnly) : cookie
}

/**
 * The first session cookie whose session goes on; `expiredAt` is the end of one that is over. Two reads at most,
 * however many cookies there are.
 */
async function findLive({ store, secret, clock, secureOnly }: ReaderParts, header: string | undefined) {
  const cookies = provenCookies(header, secret, { secureOnly })
  if (cookies.length === 0) return { live: null, expiredAt: null }
  const where = { token: { in: cookies.map(({ token }) => token) } }
  const { items } = await store.collection(authSessions).find({ where, limit: cookies.length })
  const sent = cookies.flatMap((cookie) => {
    const session = items.find(({ token }) => token === cookie.token)
    return session ? [{ cookie, session }] : []
  })
  const isPast = (session: AuthSession) => isOver(session.expiresAt, clock.now())
  const expiredAt = sent.find(({ session }) => isPast(session))?.session.expiresAt ?? null
  const going = sent.filter(({ session }) => !isPast(session))
  const owners = await store.collection(users).getMany(going.map(({ session }) => session.userId))
  for (const [at, { cookie, session }] of going.entries()) {
    const user = owners[at]
    if (user && !user.bannedAt) return { live: { cookie, identity: identityOf(session, user) }, expiredAt }
  }
  return { live: null, expiredAt }
}

/**
 * Who is asking, where somebody must be.
 * @throws Unauthenticated when nobody is signed in; SessionExpired; StoreUnavailable.
 */
export async function requireSession(reader: SessionReader, credentials: Credentials): Promise<SessionIdentity> {
  const identity = await reader.read(credentials)
  if (identity === null) throw new Unauthenticated()
  return identity
}

function identityOf(session: AuthSession, user: DocumentOf<typeof users>): SessionIdentity {
  return {
    sessionId: session.id,
    user: { id: user.id, name: user.name, email: user.email },
    expiresAt: session.expiresAt,
  }
}
