import { TillwireError } from '../core/index.ts'

/** The cookie is genuine, and its session is over. */
export class SessionExpired extends TillwireError {
  static override readonly code = 'session_expired'
  constructor(expiredAt: string) {
    super(SessionExpired.code, 'Your session has ended: sign in again.', { details: { expiredAt } })
  }
}

/** Nobody is signed in. */
export class Unauthenticated extends TillwireError {
  static override readonly code = 'unauthenticated'
  constructor() {
    super(Unauthenticated.code, 'Sign in first.')
  }
}
