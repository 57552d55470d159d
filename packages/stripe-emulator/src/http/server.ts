import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Answer } from './answer.ts'
import { json } from './answer.ts'
import { LONGEST_REQUEST_MS } from './api.ts'
import { ApiError } from './error.ts'
import { outcomeOf } from './execute.ts'

export const MAX_BODY_BYTES = 1_048_576
const MAX_HEADER_BYTES = 16_384
const MAX_CONNECTIONS = 1000

export interface HttpRequest {
  method: string
  path: string
  query: string
  header(name: string): string | undefined
  body: string
  givenUp: AbortSignal
}

export type Handler = (request: HttpRequest) => Promise<Answer>

/** An HTTP server with limits on headers, bodies, connections and time, that hands whole requests to `handle`. */
export function createHttpServer(handle: Handler): Server {
  const options = { maxHeaderSize: MAX_HEADER_BYTES, headersTimeout: 10_000, requestTimeout: LONGEST_REQUEST_MS }
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
  if (body === undefined) return send(response, { ...tooLarge(), headers: { connection: 'close' } })
  const [path = '/', query = ''] = splitOnce(request.url ?? '/', '?')
  const answer = await handle({
    method: request.method ?? 'GET',
    path,
    query,
    header: (name) => [request.headers[name]].flat()[0],
    body,
    givenUp: givenUp.signal,
  }).catch((error: unknown): Answer => {
    const { status, body } = outcomeOf(error)
    return { status, headers: { 'content-type': 'application/json' }, body }
  })
  send(response, answer)
}

/** The whole body, or undefined when it is larger than allowed or the caller hung up. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size > MAX_BODY_BYTES) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
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

function tooLarge(): { status: number; headers: Record<string, string>; body: string } {
  const message = `The body of a request may have at most ${MAX_BODY_BYTES} bytes.`
  return json(413, new ApiError(413, 'invalid_request_error', message).envelope())
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)]
}
