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

/** Somebody else has signed in, in the same browser, since the page that asks was made. */
export class SignedInAsAnother extends TillwireError {
  static override readonly code = 'unauthenticated'
  constructor() {
    super(SignedInAsAnother.code, 'Somebody else is signed in here now: reload the page.')
  }
}
