import { type IncomingMessage, ServerResponse } from 'node:http'
import type { TillwireError } from '../core/index.ts'
import { type HttpError, REQUEST_ID_HEADER } from '../protocol/index.ts'
import { OriginNotAllowed, Unavailable } from './errors.ts'
import { requestIdFrom } from './request-id.ts'

/**
 * A middleware of the engine, which runs before every request of every transport, upgrades
 * included. What it refuses never becomes a connection. (`cors` alone does not stop a WebSocket,
 * and `allowRequest` is skipped for requests that name a connection.)
 */
export function guardTransport(options: {
  readonly allowedOrigins: readonly string[]
  readonly draining: () => boolean
  readonly refused: (code: string) => void
}): (request: IncomingMessage, response: unknown, next: () => void) => void {
  const allowed = new Set(options.allowedOrigins)
  return (request, response, next) => {
    const error = problemOf(request, allowed, options.draining())
    if (!error) return next()
    options.refused(error.code)
    answer(request, response, error)
  }
}

function problemOf(request: IncomingMessage, allowed: ReadonlySet<string>, draining: boolean): TillwireError | null {
  const { origin } = request.headers
  if (origin !== undefined && !allowed.has(origin)) return new OriginNotAllowed()
  // Connections that are open already are drained in order.
  if (draining && !/[?&]sid=/.test(request.url ?? '')) return new Unavailable()
  return null
}

function answer(request: IncomingMessage, response: unknown, error: TillwireError): void {
  const id = requestIdFrom(request.headers[REQUEST_ID_HEADER])
  const body: HttpError = { error: { code: error.code, message: error.message, requestId: id } }
  const text = JSON.stringify(body)
  const [status, reason] = error.code === OriginNotAllowed.code ? [403, 'Forbidden'] : [503, 'Service Unavailable']
  const headers = {
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(text)),
    [REQUEST_ID_HEADER]: id,
    Connection: 'close',
  }
  if (response instanceof ServerResponse) {
    response.writeHead(status, headers).end(text)
    return
  }
  // An upgrade has no response yet: it is written by hand.
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  request.socket.on('error', () => {})
  request.socket.end(`HTTP/1.1 ${status} ${reason}\r\n${lines.join('')}\r\n${text}`)
}
