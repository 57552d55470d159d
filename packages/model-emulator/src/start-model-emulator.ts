import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createFaults, type Fault, type Faults } from './faults.ts'
import { chatBody, chatFrames, type Frame, responsesBody, responsesFrames } from './frames.ts'
import { misbehave } from './misbehave.ts'
import { MODELS, type ModelRequest, OpenAIError, readRequest } from './openai-request.ts'
import { planReply, type Reply } from './plan-reply.ts'
import { streamFrames } from './stream-frames.ts'

const MOST_BODY_BYTES = 4 * 1024 * 1024

export interface ModelEmulatorOptions {
  /** 0, the default, takes any free port. */
  readonly port?: number
  /** 127.0.0.1 by default. */
  readonly host?: string
  /** Tokens a second; 0: as fast as possible. 60 to 100 by default, with a first token after 300 ms. */
  readonly pace?: number
}
export interface ModelEmulator extends AsyncDisposable {
  /** What an OpenAI client takes as its base URL: ends in `/v1`. */
  readonly url: string
  readonly port: number
  /** Ends every answer under way and frees the port. */
  close(): Promise<void>
}

/**
 * Starts a local OpenAI: `POST /v1/responses`, `POST /v1/chat/completions` (streamed and not) and
 * `GET /v1/models`. Under `/_emulator/`, `POST faults` makes answers fail and `POST reset` forgets that.
 * @throws Error of Node's with code EADDRINUSE when the port is taken.
 * @example
 * await using emulator = await startModelEmulator({ pace: 0 })
 * const client = new OpenAI({ apiKey: 'any', baseURL: emulator.url })
 */
export async function startModelEmulator(options: ModelEmulatorOptions = {}): Promise<ModelEmulator> {
  const { host = '127.0.0.1', pace = null } = options
  const faults = createFaults()
  const server = createServer((request, response) => {
    void answer(request, response, { faults, pace })
  })
  server.listen(options.port ?? 0, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const close = async () => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
  return { url: `http://${host}:${port}/v1`, port, close, [Symbol.asyncDispose]: close }
}

interface Context {
  readonly faults: Faults
  readonly pace: number | null
}

/** Answers a request; whatever goes wrong is answered in OpenAI's envelope. */
async function answer(request: IncomingMessage, response: ServerResponse, context: Context): Promise<void> {
  const ended = new AbortController()
  response.on('close', () => ended.abort())
  try {
    await route(request, response, context, ended.signal)
  } catch (error) {
    if (ended.signal.aborted) return
    if (response.headersSent) {
      response.destroy()
      return
    }
    const known =
      error instanceof OpenAIError ? error : new OpenAIError(500, 'server_error', `The emulator failed: ${error}`)
    sendJson(response, known.status, known)
  }
}

async function route(
  request: IncomingMessage,
  response: ServerResponse,
  context: Context,
  signal: AbortSignal,
): Promise<void> {
  const path = new URL(request.url ?? '/', 'http://emulator').pathname
  switch (`${request.method} ${path}`) {
    case 'POST /v1/responses':
      return await responses(request, response, context, signal)
    case 'POST /v1/chat/completions':
      return await chatCompletions(request, response, context, signal)
    case 'GET /v1/models':
      requireKey(request)
      return sendJson(response, 200, {
        object: 'list',
        data: MODELS.map((id) => ({ id, object: 'model', created: 0, owned_by: 'model-emulator' })),
      })
    case 'POST /_emulator/faults':
      try {
        context.faults.add(await readJson(request))
      } catch (error) {
        if (error instanceof TypeError) throw new OpenAIError(400, 'invalid_request_error', error.message)
        throw error
      }
      return sendJson(response, 200, {})
    case 'POST /_emulator/reset':
      context.faults.clear()
      return sendJson(response, 200, {})
    default:
      throw new OpenAIError(404, 'invalid_request_error', `Unknown request URL: ${request.method} ${path}.`)
  }
}

async function responses(
  incoming: IncomingMessage,
  response: ServerResponse,
  context: Context,
  signal: AbortSignal,
): Promise<void> {
  requireKey(incoming)
  const request = readRequest(await readJson(incoming), 'input')
  await reply(request, response, context, signal, {
    frames: responsesFrames,
    body: responsesBody,
  })
}

async function chatCompletions(
  incoming: IncomingMessage,
  response: ServerResponse,
  context: Context,
  signal: AbortSignal,
): Promise<void> {
  requireKey(incoming)
  const request = readRequest(await readJson(incoming), 'messages')
  await reply(request, response, context, signal, {
    frames: (answer) => chatFrames(answer, request.streamUsage),
    body: chatBody,
  })
}

/** How one of the two APIs writes an answer. */
interface Protocol {
  frames(reply: Reply): Frame[]
  body(reply: Reply): object
}

async function reply(
  request: ModelRequest,
  response: ServerResponse,
  { faults, pace }: Context,
  signal: AbortSignal,
  protocol: Protocol,
): Promise<void> {
  const fault = faults.take()
  if (fault?.kind === 'error') return refuse(response, fault)
  if (fault?.kind === 'hang') return void (await once(signal, 'abort'))
  const planned = await planReply(request, fault)
  if (!request.stream) return sendJson(response, 200, protocol.body(planned))
  const frames = misbehave(protocol.frames(planned), fault)
  await streamFrames(response, frames, { pieces: planned.pieces.length, pace, fault, signal })
}

/** Answers as a provider that takes no question, or not now. */
function refuse(response: ServerResponse, fault: Fault): void {
  const { status = 500, code = null, param = null, bytes = 0, retryAfter } = fault
  if (retryAfter !== undefined) response.setHeader('retry-after', retryAfter)
  const type = status === 429 ? 'rate_limit_error' : status < 500 ? 'invalid_request_error' : 'server_error'
  const message = 'The model failed, as it was told to.'.padEnd(bytes, '.')
  sendJson(response, status, new OpenAIError(status, type, message, code, param))
}

function requireKey(request: IncomingMessage): void {
  if (/^Bearer \S+$/.test(request.headers.authorization ?? '')) return
  throw new OpenAIError(
    401,
    'invalid_request_error',
    'You did not provide an API key: send it as `Authorization: Bearer KEY`.',
    'invalid_api_key',
  )
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request) {
    size += part.length
    if (size > MOST_BODY_BYTES) throw new OpenAIError(413, 'invalid_request_error', 'The body is larger than 4 MB.')
    parts.push(part)
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString())
  } catch {
    throw new OpenAIError(400, 'invalid_request_error', 'The body is not JSON.')
  }
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
