import type { NextFunction, Request, Response } from 'express'
import { type Logger, withRequest } from 'tillwire'
import { type HttpError, REQUEST_ID_HEADER } from 'tillwire/protocol'
import { httpStatusOf, isFault, isInner, requestIdFrom, toWireError } from 'tillwire/sockets'

/** What body parsers refuse, by the status that they ask for. */
const REFUSED_BODIES: Readonly<Record<number, string>> = {
  400: 'The body cannot be read.',
  413: 'The body is too long.',
  415: 'The body has an encoding that is not accepted.',
}

/** Gives each request an id, its caller's when that is a plain one, tells it in the answer, and keeps it with all that comes of it. */
export function giveRequestId(request: Request, response: Response, next: NextFunction): void {
  const id = requestIdFrom(request.headers[REQUEST_ID_HEADER])
  request.headers[REQUEST_ID_HEADER] = id
  response.setHeader(REQUEST_ID_HEADER, id)
  withRequest(id, next)
}

export function answerNotFound(request: Request, response: Response): void {
  answer(request, response, 404, { code: 'not_found', message: 'There is nothing at this address.' })
}

/** Answers every error in one shape, and tells nothing of faults but that they happened. */
export function answerErrors(logger: Logger) {
  return (error: unknown, request: Request, response: Response, next: NextFunction): void => {
    const status = statusOf(error)
    const refused = REFUSED_BODIES[status]
    const wire = refused ? { code: 'invalid_payload', message: refused } : toWireError(error)
    const requestId = requestIdFrom(request.headers[REQUEST_ID_HEADER])
    if (!refused && isFault(error)) logger.error({ err: error, requestId }, 'A request failed')
    else if (!refused && isInner(error)) logger.warn({ err: error, requestId }, 'A request was refused')
    if (response.headersSent) next(error)
    else answer(request, response, refused ? status : httpStatusOf(wire.code), wire)
  }
}

function answer(request: Request, response: Response, status: number, error: { code: string; message: string }): void {
  const requestId = requestIdFrom(request.headers[REQUEST_ID_HEADER])
  const body: HttpError = { error: { code: error.code, message: error.message, requestId } }
  response.status(status).json(body)
}

/** The status on an error of a body parser, or of Express itself; 0 for any other error. */
function statusOf(error: unknown): number {
  return error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : 0
}
