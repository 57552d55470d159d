export type ErrorType = 'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error'

/** The parts of Stripe's error object that this emulator fills. */
export interface ErrorDetails {
  code?: string
  param?: string
  decline_code?: string
  charge?: string
  payment_intent?: unknown
  payment_method?: unknown
  setup_intent?: unknown
  network_decline_code?: string
  advice_code?: string
}

/**
 * A refusal in Stripe's error envelope. A `card_error` is an outcome (the attempt happened and failed), so what was
 * written on the way to it stays; every other one leaves nothing behind.
 */
export class ApiError extends Error {
  readonly status: number
  readonly type: ErrorType
  readonly details: ErrorDetails

  constructor(status: number, type: ErrorType, message: string, details: ErrorDetails = {}) {
    super(message)
    this.status = status
    this.type = type
    this.details = details
  }

  get keepsWrites(): boolean {
    return this.type === 'card_error'
  }

  envelope(): { error: Record<string, unknown> } {
    const { code, ...rest } = this.details
    const docs = code === undefined ? {} : { code, doc_url: `https://stripe.com/docs/error-codes/${dashed(code)}` }
    return { error: { ...docs, ...rest, message: this.message, type: this.type } }
  }
}

function dashed(code: string): string {
  return code.replaceAll('_', '-')
}

/** A request that Stripe would refuse: 400 `invalid_request_error`. */
export function invalidRequest(message: string, details: ErrorDetails = {}): ApiError {
  return new ApiError(400, 'invalid_request_error', message, details)
}

/** An id that names nothing. It is 404 when the id stands in the path, 400 when it stands in a parameter. */
export function noSuchObject(noun: string, id: string, param: string): ApiError {
  const status = param === 'id' ? 404 : 400
  return new ApiError(status, 'invalid_request_error', `No such ${noun}: '${id}'`, { code: 'resource_missing', param })
}

/** Something that Stripe can do and this emulator cannot. */
export function notEmulated(what: string, param?: string): ApiError {
  const message = `The local Stripe emulator lacks ${what}. Stripe itself has it: use a Stripe test key for this.`
  return invalidRequest(message, param === undefined ? {} : { param })
}
