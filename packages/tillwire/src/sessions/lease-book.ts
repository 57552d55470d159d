import type { LeaseListener, SessionEnd, SessionIdentity, SessionLease } from './types.ts'

/** A lease while it lasts. */
export interface HeldLease {
  identity: SessionIdentity
  /** The session's version that `identity` was last read from; 0 before it is read here. */
  version: number
  /** Its session or user may have changed: they must be read again. */
  doubted: boolean
  readonly listener: LeaseListener
}

/** What the store holds of a lease's session and user. */
export interface SessionState {
  readonly session: { readonly version: number; readonly expiresAt: string } | null
  readonly user: { readonly bannedAt?: string | null | undefined } | null
}

/** What becomes of a lease whose session and user look like this at `now`. */
export function decideLease(state: SessionState, now: Date): SessionEnd | 'goes_on' {
  if (state.user === null) return 'user_deleted'
  if (state.session === null || state.user.bannedAt) return 'revoked'
  return isOver(state.session.expiresAt, now) ? 'expired' : 'goes_on'
}

/** Whether a session that ends at `expiresAt` is over. */
export function isOver(expiresAt: string, now: Date): boolean {
  return Date.parse(expiresAt) <= now.getTime()
}

/** The leases of a process, found by session and by user. */
export interface LeaseBook {
  readonly size: number
  add(identity: SessionIdentity, listener: LeaseListener): SessionLease
  all(): readonly HeldLease[]
  /** Whether there is a lease of it. */
  doubtSession(sessionId: string): boolean
  doubtUser(userId: string): boolean
  doubtAll(): void
  /** Ends a lease and tells its listener; does nothing when it is over already. */
  end(held: HeldLease, reason: SessionEnd): void
  /** Takes over a newer reading of its session; tells the listener when the session's end moved. */
  renew(held: HeldLease, session: { readonly version: number; readonly expiresAt: string }): void
}

/** `onListenerError` hears what a listener threw: one that fails must not keep others from being told. */
export function leaseBook(onListenerError: (error: unknown) => void): LeaseBook {
  const leases = new Set<HeldLease>()
  const bySession = new Map<string, Set<HeldLease>>()
  const byUser = new Map<string, Set<HeldLease>>()

  function remove(held: HeldLease): boolean {
    if (!leases.delete(held)) return false
    drop(bySession, held.identity.sessionId, held)
    drop(byUser, held.identity.user.id, held)
    return true
  }
  function tell(call: () => void): void {
    try {
      call()
    } catch (error) {
      onListenerError(error)
    }
  }
  function doubt(found: ReadonlySet<HeldLease> | undefined): boolean {
    for (const held of found ?? []) held.doubted = true
    return found !== undefined
  }

  return {
    get size() {
      return leases.size
    },
    add(identity, listener) {
      const held: HeldLease = { identity, version: 0, doubted: true, listener }
      leases.add(held)
      put(bySession, identity.sessionId, held)
      put(byUser, identity.user.id, held)
      return {
        get identity() {
          return held.identity
        },
        release: () => void remove(held),
      }
    },
    all: () => [...leases],
    doubtSession: (sessionId) => doubt(bySession.get(sessionId)),
    doubtUser: (userId) => doubt(byUser.get(userId)),
    doubtAll: () => void doubt(leases),
    end(held, reason) {
      if (remove(held)) tell(() => held.listener.onEnd(reason))
    },
    renew(held, session) {
      if (!leases.has(held) || session.version <= held.version) return
      const moved = session.expiresAt !== held.identity.expiresAt
      held.version = session.version
      held.identity = { ...held.identity, expiresAt: session.expiresAt }
      if (moved) tell(() => held.listener.onRenew(session.expiresAt))
    },
  }
}

function put(index: Map<string, Set<HeldLease>>, key: string, held: HeldLease): void {
  const found = index.get(key)
  if (found) found.add(held)
  else index.set(key, new Set([held]))
}

function drop(index: Map<string, Set<HeldLease>>, key: string, held: HeldLease): void {
  const found = index.get(key)
  found?.delete(held)
  if (found?.size === 0) index.delete(key)
}
