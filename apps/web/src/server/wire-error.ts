import { TRPCError } from '@trpc/server'
import { isTillwireError, type TillwireError } from 'tillwire'
import type { WireError } from 'tillwire/protocol'

const STATUS: Readonly<Record<string, TRPCError['code']>> = {
  unauthenticated: 'UNAUTHORIZED',
  not_found: 'NOT_FOUND',
  invalid_payload: 'BAD_REQUEST',
  invalid_query: 'BAD_REQUEST',
  unknown_model: 'BAD_REQUEST',
  unknown_pack: 'BAD_REQUEST',
  prompt_too_long: 'PAYLOAD_TOO_LARGE',
  out_of_credits: 'PAYMENT_REQUIRED',
  debt_outstanding: 'PAYMENT_REQUIRED',
  idempotency_conflict: 'CONFLICT',
  rate_limited: 'TOO_MANY_REQUESTS',
}
const OWN_CODES: Partial<Record<TRPCError['code'], string>> = {
  UNAUTHORIZED: 'unauthenticated',
  FORBIDDEN: 'origin_not_allowed',
  NOT_FOUND: 'not_found',
}

/** An error of ours with the HTTP status that fits it. One that callers do not cause is unavailability while it lasts, else internal. */
export function trpcErrorOf(cause: TillwireError): TRPCError {
  const code = STATUS[cause.code] ?? (cause.retryable ? 'SERVICE_UNAVAILABLE' : 'INTERNAL_SERVER_ERROR')
  return new TRPCError({ code, message: cause.message, cause })
}

/** An error as the browser may know it: never the content of one that is ours alone to read. */
export function wireErrorOf({ code, cause, message }: TRPCError): WireError {
  if (code === 'SERVICE_UNAVAILABLE') {
    return { code: 'unavailable', message: 'This is not available right now: try again in a moment.', retryable: true }
  }
  if (code === 'INTERNAL_SERVER_ERROR') {
    return { code: 'internal', message: 'Something went wrong on our side: try again in a moment.', retryable: true }
  }
  if (isTillwireError(cause)) return { code: cause.code, message: cause.message, retryable: cause.retryable }
  const own = OWN_CODES[code]
  return own
    ? { code: own, message, retryable: false }
    : { code: 'invalid_payload', message: 'The request is not valid.', retryable: false }
}
