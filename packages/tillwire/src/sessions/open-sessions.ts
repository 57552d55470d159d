import { type Clock, type Logger, silentLogger } from '../core/index.ts'
import { type DocumentOf, NotFound, type Store } from '../store/index.ts'
import { keepLeases } from './keep-leases.ts'
import { sessionReader } from './read-session.ts'
import { authSessions } from './schema.ts'
import type { Sessions } from './types.ts'

/** Sessions told of one user; more are not listed, but revoked all the same. */
const MAX_LISTED = 100

export interface SessionsOptions {
  readonly store: Store
  /** What Better Auth signs its cookies with. */
  readonly secret: string
  readonly clock: Clock
  readonly logger?: Logger
  /** Where pages are served. When all are https, only the `__Secure-` cookie counts. */
  readonly origins?: readonly string[]
}

/**
 * Who is asking, and until when: the reader of session cookies, leases for sockets, and what the
 * account page and the command do with sessions. Nothing is read before it is asked for.
 * @example
 * const sessions = openSessions({ store, secret, clock: systemClock })
 * const identity = await sessions.reader.read({ cookie: request.headers.cookie })
 */
export function openSessions(options: SessionsOptions): Sessions {
  const { store, secret, clock, logger = silentLogger, origins = [] } = options
  const secureOnly = origins.length > 0 && origins.every((origin) => origin.startsWith('https:'))
  const documents = store.collection(authSessions)
  const leases = keepLeases(store, { clock, logger })

  /** Whether this call removed it: another may have been first. */
  async function remove(id: string): Promise<boolean> {
    try {
      await documents.delete(id)
      return true
    } catch (error) {
      if (NotFound.is(error)) return false
      throw error
    }
  }

  return {
    reader: sessionReader({ store, secret, clock, secureOnly }),
    lease: leases.lease,
    async list(userId) {
      const now = clock.now().toISOString()
      const { items } = await documents.find({
        where: { userId, expiresAt: { gt: now } },
        orderBy: { createdAt: 'desc' },
        limit: MAX_LISTED,
      })
      return items.map(summaryOf)
    },
    async revoke(userId, sessionId) {
      const session = await documents.get(sessionId)
      if (session?.userId !== userId) throw new NotFound({ collection: authSessions.name, id: sessionId })
      await remove(sessionId)
    },
    async revokeAll(userId) {
      let revoked = 0
      for (;;) {
        const { items } = await documents.find({
          where: { userId },
          orderBy: { createdAt: 'desc' },
          limit: MAX_LISTED,
          // Whoever has it cannot use it: it is no reason to leave the others.
          setAside: store.setAside(authSessions),
        })
        if (items.length === 0) return revoked
        for (const session of items) if (await remove(session.id)) revoked += 1
      }
    },
    close: leases.close,
  }
}

function summaryOf(session: DocumentOf<typeof authSessions>) {
  return {
    id: session.id,
    createdAt: session.createdAt,
    expiresAt: session.expiresAt,
    ipAddress: session.ipAddress ?? null,
    userAgent: session.userAgent ?? null,
  }
}
