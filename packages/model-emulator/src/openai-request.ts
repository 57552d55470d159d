/** The models that it answers as. */
export const MODELS: readonly string[] = [
  'gpt-5',
  'gpt-5-mini',
  'gpt-5-nano',
  'gpt-4.1',
  'gpt-4.1-mini',
  'gpt-4o',
  'gpt-4o-mini',
]

/** What a request asks, whichever of the two APIs it came by. */
export interface ModelRequest {
  readonly model: string
  /** The text of every message, in order. */
  readonly contents: readonly string[]
  readonly limit: number
  readonly stream: boolean
  /** Chat Completions sends usage on a stream only when asked. */
  readonly streamUsage: boolean
}
const LARGEST_LIMIT = 128_000
/** Of `max_output_tokens`. */
const SMALLEST_LIMIT = 16

/** An answer in OpenAI's error envelope. */
export class OpenAIError extends Error {
  readonly status: number
  readonly type: string
  readonly code: string | null
  readonly param: string | null
  constructor(status: number, type: string, message: string, code: string | null = null, param: string | null = null) {
    super(message)
    this.status = status
    this.type = type
    this.code = code
    this.param = param
  }
  toJSON() {
    return { error: { message: this.message, type: this.type, param: this.param, code: this.code } }
  }
}

const invalid = (message: string, param: string) =>
  new OpenAIError(400, 'invalid_request_error', message, 'invalid_value', param)

/**
 * Reads the body of `POST /v1/responses` (`messagesParam` is `input`) or `POST /v1/chat/completions` (`messages`).
 * @throws OpenAIError as OpenAI would answer.
 */
export function readRequest(body: unknown, messagesParam: 'input' | 'messages'): ModelRequest {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new OpenAIError(400, 'invalid_request_error', 'The body must be a JSON object.')
  }
  const request = body as Readonly<Record<string, unknown>>
  const { model } = request
  if (typeof model !== 'string') throw invalid('You must provide a model parameter.', 'model')
  if (!MODELS.includes(model)) {
    throw new OpenAIError(
      404,
      'invalid_request_error',
      `The model \`${model}\` does not exist or you do not have access to it.`,
      'model_not_found',
      'model',
    )
  }
  const limitParam = ['max_output_tokens', 'max_completion_tokens', 'max_tokens'].find((name) => request[name] != null)
  const limit = limitParam ? request[limitParam] : LARGEST_LIMIT
  if (typeof limit !== 'number' || !Number.isSafeInteger(limit) || limit < 1) {
    throw invalid(`${limitParam} must be a whole number above 0.`, limitParam ?? 'max_output_tokens')
  }
  if (limitParam === 'max_output_tokens' && limit < SMALLEST_LIMIT)
    throw new OpenAIError(
      400,
      'invalid_request_error',
      `Invalid '${limitParam}': give at least ${SMALLEST_LIMIT}, not ${limit}.`,
      'integer_below_min_value',
      limitParam,
    )
  const instructions = typeof request.instructions === 'string' ? [request.instructions] : []
  return {
    model,
    contents: [...instructions, ...readContents(request[messagesParam], messagesParam)],
    limit: Math.min(limit, LARGEST_LIMIT),
    stream: request.stream === true,
    streamUsage: (request.stream_options as { include_usage?: unknown } | undefined)?.include_usage === true,
  }
}

function readContents(messages: unknown, param: string): string[] {
  if (typeof messages === 'string' && param === 'input') return [messages]
  if (!Array.isArray(messages) || messages.length === 0) throw invalid(`${param} must be a list of messages.`, param)
  return messages.map((message: unknown, index) => {
    const content = (message as { content?: unknown } | null)?.content
    if (typeof content === 'string') return content
    if (!Array.isArray(content)) throw invalid(`${param}[${index}].content must be text.`, `${param}[${index}].content`)
    return content.map((part: { text?: unknown } | null) => (typeof part?.text === 'string' ? part.text : '')).join('')
  })
}
