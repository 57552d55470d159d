/** Who is asking, as read from a request. */
export interface SessionIdentity {
  readonly sessionId: string
  readonly user: { readonly id: string; readonly name: string; readonly email: string }
  /** ISO. */
  readonly expiresAt: string
}
export interface Credentials {
  readonly cookie?: string | undefined
  readonly authorization?: string | undefined
}
/** Reads who is asking; null when nobody is signed in. Throws `SessionExpired`, or `StoreUnavailable` (fail closed). */
export interface SessionReader {
  read(credentials: Credentials): Promise<SessionIdentity | null>
}
/**
 * Why a lease ended. A ban counts as `revoked`. `unavailable`: the store could not be asked for longer
 * than the bound, so the socket is cut without a word about the session, and may come back.
 */
export type SessionEnd = 'revoked' | 'expired' | 'user_deleted' | 'unavailable'
/** A live socket's hold on its session. */
export interface SessionLease {
  readonly identity: SessionIdentity
  release(): void
}
export interface LeaseListener {
  /** Called once; the lease is over. */
  onEnd(reason: SessionEnd): void
  onRenew(expiresAt: string): void
}
export interface SessionSummary {
  readonly id: string
  readonly createdAt: string
  readonly expiresAt: string
  readonly ipAddress: string | null
  readonly userAgent: string | null
}
export interface Sessions {
  readonly reader: SessionReader
  /** Follows a session until it ends or is let go; ends it within 1 s of a revocation in any process. */
  lease(identity: SessionIdentity, listener: LeaseListener): SessionLease
  list(userId: string): Promise<SessionSummary[]>
  /** Ends one session of this user; `NotFound` when it is not theirs. */
  revoke(userId: string, sessionId: string): Promise<void>
  /** Ends all; returns how many. */
  revokeAll(userId: string): Promise<number>
  close(): Promise<void>
}
