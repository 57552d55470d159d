import type { NextFunction, Request, Response } from 'express'
import type { Logger } from 'tillwire'
import { type HttpError, REQUEST_ID_HEADER } from 'tillwire/protocol'
import { isFault, requestIdOf, toWireError } from 'tillwire/sockets'

/** The status of each error code; any other code is the caller's mistake, 400. */
const STATUSES: Readonly<Record<string, number>> = {
  unauthenticated: 401,
  session_expired: 401,
  out_of_credits: 402,
  debt_outstanding: 402,
  origin_not_allowed: 403,
  not_found: 404,
  idempotency_conflict: 409,
  payload_too_large: 413,
  unsupported_media_type: 415,
  rate_limited: 429,
  internal: 500,
  unavailable: 503,
}

/** What body parsers refuse, by the status that they ask for. */
const REFUSED_BODIES: Readonly<Record<number, { readonly code: string; readonly message: string }>> = {
  400: { code: 'invalid_payload', message: 'The body cannot be read.' },
  413: { code: 'payload_too_large', message: 'The body is too long.' },
  415: { code: 'unsupported_media_type', message: 'The body has an encoding that is not accepted.' },
}

/** Gives each request an id, its caller's when that is a plain one, and tells it in the answer. */
export function giveRequestId(request: Request, response: Response, next: NextFunction): void {
  const id = requestIdOf(request)
  request.headers[REQUEST_ID_HEADER] = id
  response.setHeader(REQUEST_ID_HEADER, id)
  next()
}

export function answerNotFound(request: Request, response: Response): void {
  answer(request, response, 'not_found', 'There is nothing at this address.')
}

/** Answers every error in one shape, and tells nothing of faults but that they happened. */
export function answerErrors(logger: Logger) {
  return (error: unknown, request: Request, response: Response, next: NextFunction): void => {
    const refused = REFUSED_BODIES[statusOf(error)]
    const { code, message } = refused ?? toWireError(error)
    if (!refused && isFault(error)) logger.error({ err: error, requestId: requestIdOf(request) }, 'A request failed')
    if (response.headersSent) next(error)
    else answer(request, response, code, message)
  }
}

function answer(request: Request, response: Response, code: string, message: string): void {
  const body: HttpError = { error: { code, message, requestId: requestIdOf(request) } }
  response.status(STATUSES[code] ?? 400).json(body)
}

/** The status on an error of a body parser, or of Express itself; 0 for any other error. */
function statusOf(error: unknown): number {
  return error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : 0
}
