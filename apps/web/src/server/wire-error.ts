import { TRPCError } from '@trpc/server'
import { isTillwireError, type TillwireError } from 'tillwire'
import type { WireError } from 'tillwire/protocol'
import { httpStatusOf, InvalidPayload, isInner, toWireError } from 'tillwire/sockets'
import { NotFound } from 'tillwire/store'

/** tRPC's names of the statuses that codes on the wire have. */
const NAMES: Readonly<Record<number, TRPCError['code']>> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHORIZED',
  402: 'PAYMENT_REQUIRED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  409: 'CONFLICT',
  413: 'PAYLOAD_TOO_LARGE',
  429: 'TOO_MANY_REQUESTS',
  503: 'SERVICE_UNAVAILABLE',
}

/** An error of ours with the HTTP status that fits it. */
export function trpcErrorOf(cause: TillwireError): TRPCError {
  const code = NAMES[httpStatusOf(toWireError(cause).code)] ?? 'INTERNAL_SERVER_ERROR'
  return new TRPCError({ code, message: cause.message, cause })
}

/** An error as the browser may know it: never the content of one that is ours alone to read. */
export function wireErrorOf(error: TRPCError): WireError {
  return toWireError(thrown(error))
}

/** Whether the log must say what happened, because the browser is told something else. */
export function isOurs(error: TRPCError): boolean {
  return isInner(thrown(error))
}

/** What was thrown. tRPC itself refuses what is not there, and what cannot be read. */
function thrown({ code, cause }: TRPCError): unknown {
  if (isTillwireError(cause)) return cause
  if (code === 'INTERNAL_SERVER_ERROR') return cause
  return code === 'NOT_FOUND'
    ? new NotFound({ collection: 'procedures', id: '' })
    : new InvalidPayload('The request is not valid.')
}
