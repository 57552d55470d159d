import { TillwireError } from '../core/index.ts'

/** Nobody is signed in. */
export class SignInRequired extends TillwireError {
  static override readonly code = 'unauthenticated'
  constructor() {
    super(SignInRequired.code, 'Sign in first.')
  }
}

/** A user or an address has as many sockets as it may have. */
export class TooManyConnections extends TillwireError {
  static override readonly code = 'too_many_connections'
  constructor() {
    super(TooManyConnections.code, 'Too many connections: close another one, and try again.', { retryable: true })
  }
}

/** More events than are allowed. */
export class RateLimited extends TillwireError {
  static override readonly code = 'rate_limited'
  constructor() {
    super(RateLimited.code, 'Too many events: send fewer, and try again in a second.', { retryable: true })
  }
}

/** The event is not known, or its payload does not match its contract. */
export class InvalidPayload extends TillwireError {
  static override readonly code = 'invalid_payload'
  constructor(message: string, details: { issues?: readonly { path: string; message: string }[] } = {}) {
    super(InvalidPayload.code, message, { details })
  }
}

/** The server cannot answer now: it is about to end, or what it needs cannot be reached. */
export class Unavailable extends TillwireError {
  static override readonly code = 'unavailable'
  constructor(cause?: unknown) {
    super(Unavailable.code, 'The server cannot answer now: try again in a moment.', { retryable: true, cause })
  }
}

/** A page of another site tries to connect. */
export class OriginNotAllowed extends TillwireError {
  static override readonly code = 'origin_not_allowed'
  constructor() {
    super(OriginNotAllowed.code, 'This origin may not connect: add it to WEB_ORIGIN if it is yours.')
  }
}
