import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type Answer, json, outcomeOf } from './answer.ts'
import { ApiError } from './error.ts'

const MAX_BODY_BYTES = 1_048_576
const MAX_HEADER_BYTES = 16_384
const MAX_CONNECTIONS = 1000
const HEADERS_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 30_000
/** Longer than clients keep an idle connection, so that they rarely send on one that was just closed. */
const KEEP_ALIVE_MS = 65_000

export interface HttpRequest {
  method: string
  path: string
  query: string
  header(name: string): string | undefined
  body: string
  /** Aborted when the caller hung up. */
  givenUp: AbortSignal
}

export type Handler = (request: HttpRequest) => Promise<Answer>

/** An HTTP server with limits on headers, bodies, connections and time, that hands whole requests to `handle`. */
export function createHttpServer(handle: Handler): Server {
  const options = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
  }
  const server = createServer(options, (request, response) => {
    respond(request, response, handle).catch((error) => {
      console.error('stripe-emulator:', error)
      response.destroy()
    })
  })
  server.maxConnections = MAX_CONNECTIONS
  return server
}

async function respond(request: IncomingMessage, response: ServerResponse, handle: Handler): Promise<void> {
  const givenUp = new AbortController()
  response.on('close', () => givenUp.abort())
  const body = await readBody(request)
  if (body === 'gone') return
  if (body === 'too large') return send(response, tooLarge())
  const url = request.url ?? '/'
  const question = url.indexOf('?')
  const answer = await handle({
    method: request.method ?? 'GET',
    path: question < 0 ? url : url.slice(0, question),
    query: question < 0 ? '' : url.slice(question + 1),
    header: (name) => [request.headers[name]].flat()[0],
    body: body.text,
    givenUp: givenUp.signal,
  }).catch((error: unknown): Answer => {
    const { status, body } = outcomeOf(error)
    return { status, headers: { 'content-type': 'application/json' }, body }
  })
  send(response, answer)
}

function readBody(request: IncomingMessage): Promise<{ text: string } | 'too large' | 'gone'> {
  const chunks: Buffer[] = []
  let size = 0
  return new Promise((resolve) => {
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= MAX_BODY_BYTES) chunks.push(chunk)
      else {
        request.pause()
        resolve('too large')
      }
    })
    request.on('end', () => resolve({ text: Buffer.concat(chunks).toString('utf8') }))
    request.on('close', () => resolve('gone'))
    request.on('error', () => resolve('gone'))
  })
}

function send(response: ServerResponse, answer: Answer): void {
  if (response.destroyed) return
  if ('hangUp' in answer) {
    if (answer.hangUp === 'reset') response.socket?.resetAndDestroy()
    else response.socket?.destroy()
    return
  }
  response.writeHead(answer.status, { ...answer.headers, 'content-length': Buffer.byteLength(answer.body) })
  response.end(answer.body)
}

function tooLarge(): Answer {
  const message = `The body of a request may have at most ${MAX_BODY_BYTES} bytes.`
  const answer = json(413, new ApiError(413, 'invalid_request_error', message).envelope())
  return { ...answer, headers: { ...answer.headers, connection: 'close' } }
}
