import type { Clock } from '../core/index.ts'
import type { DocumentOf, Store } from '../store/index.ts'
import { provenTokens } from './cookie.ts'
import { SessionExpired, Unauthenticated } from './errors.ts'
import { isOver } from './lease-book.ts'
import { authSessions, users } from './schema.ts'
import type { Credentials, SessionIdentity, SessionReader } from './types.ts'

/**
 * Reads Better Auth's session cookie against our store: the signature first, then the session, its
 * end by our clock, and its user. The copy of the session that Better Auth may keep in a cookie is
 * never believed.
 */
export function sessionReader(options: {
  readonly store: Store
  readonly secret: string
  readonly clock: Clock
  readonly secureOnly: boolean
}): SessionReader {
  const { store, secret, clock, secureOnly } = options
  return {
    async read({ cookie }) {
      let expiredAt: string | null = null
      for (const token of provenTokens(cookie, secret, { secureOnly })) {
        const session = await store.collection(authSessions).findOne({ token })
        if (!session) continue
        if (isOver(session.expiresAt, clock.now())) {
          expiredAt ??= session.expiresAt
          continue
        }
        const user = await store.collection(users).get(session.userId)
        if (user && !user.bannedAt) return identityOf(session, user)
      }
      if (expiredAt !== null) throw new SessionExpired(expiredAt)
      return null
    },
  }
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

function identityOf(session: DocumentOf<typeof authSessions>, user: DocumentOf<typeof users>): SessionIdentity {
  return {
    sessionId: session.id,
    user: { id: user.id, name: user.name, email: user.email },
    expiresAt: session.expiresAt,
  }
}
