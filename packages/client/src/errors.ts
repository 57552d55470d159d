import type { WireError } from 'tillwire/protocol'

/** A request was refused, or no answer came. `retryable`: the same request may succeed later. */
export class RequestFailed extends Error {
  readonly code: string
  readonly retryable: boolean
  readonly details: Readonly<Record<string, unknown>>
  /** What to tell whoever looks into it; null when the request was not answered. */
  readonly requestId: string | null

  constructor(error: WireError) {
    super(error.message)
    this.name = 'RequestFailed'
    this.code = error.code
    this.retryable = error.retryable
    this.details = error.details ?? {}
    this.requestId = error.requestId ?? null
  }
}

/** What `request` throws when there is no open socket to send on. */
export function notConnected(): RequestFailed {
  return new RequestFailed({
    code: 'not_connected',
    message: 'There is no open connection: sign in, or open one first.',
    retryable: false,
  })
}

/** What `request` throws when the server did not answer in time. */
export function noAnswer(): RequestFailed {
  return new RequestFailed({
    code: 'unavailable',
    message: 'The server did not answer: try again in a moment.',
    retryable: true,
  })
}
