import OpenAI from 'openai'
import type { Message } from '../../protocol/index.ts'
import { ModelFailed } from '../errors.ts'
import type { ModelEvent, ModelPort, ModelUsage } from '../types.ts'

type StreamEvent = OpenAI.Responses.ResponseStreamEvent
type ModelRequest = Parameters<ModelPort['stream']>[0]

/** Until the first event of a stream, in milliseconds: a model that thinks sends events, if few. */
const FIRST_EVENT_MS = 60_000
/** Between two events of a stream. */
const SILENCE_MS = 120_000
/** Only before the stream begins, where nothing was written yet. */
const RETRIES = 2

export interface OpenAIModelOptions {
  readonly apiKey: string
  /** OpenAI's own when null. */
  readonly baseUrl: string | null
  /** In milliseconds. */
  readonly timeouts?: { readonly firstEvent?: number; readonly silence?: number }
}

/**
 * A model port for OpenAI's Responses API, or whatever speaks it at `baseUrl`. Nothing is stored at OpenAI.
 * Every failure, a stream that falls silent and one that breaks off included, is thrown as `ModelFailed`.
 * @example openaiModel({ apiKey: 'sk-...', baseUrl: null })
 */
export function openaiModel(options: OpenAIModelOptions): ModelPort {
  const { apiKey, baseUrl, timeouts = {} } = options
  const client = new OpenAI({ apiKey, baseURL: baseUrl, maxRetries: RETRIES })
  const limits = { firstEvent: timeouts.firstEvent ?? FIRST_EVENT_MS, silence: timeouts.silence ?? SILENCE_MS }
  return { stream: (request) => streamResponse(client, request, limits) }
}

async function* streamResponse(
  client: OpenAI,
  request: ModelRequest,
  limits: { readonly firstEvent: number; readonly silence: number },
): AsyncGenerator<ModelEvent> {
  const silence = watchSilence(limits.firstEvent)
  const signal = AbortSignal.any([request.signal, silence.signal])
  try {
    const events = await client.responses.create(
      {
        model: request.model,
        input: request.messages.map(({ role, content }: Message) => ({ role, content })),
        max_output_tokens: request.maxOutputTokens,
        store: false,
        stream: true,
      },
      { signal, timeout: limits.firstEvent },
    )
    for await (const event of events) {
      silence.restart(limits.silence)
      const told = readEvent(event, request.maxOutputTokens)
      yield told
      if (told.type === 'end') return
    }
    // An aborted stream ends without an error too.
    throw new ModelFailed(silence.signal.aborted ? 'it fell silent' : 'its stream broke off')
  } catch (error) {
    if (ModelFailed.is(error)) throw error
    throw new ModelFailed(silence.signal.aborted ? 'it fell silent' : 'its API answered with an error', error)
  } finally {
    silence.end()
  }
}

/** Aborts its signal when it is not restarted in time. */
function watchSilence(milliseconds: number) {
  const controller = new AbortController()
  let timer = setTimeout(() => controller.abort(), milliseconds)
  return {
    signal: controller.signal,
    restart(next: number) {
      clearTimeout(timer)
      timer = setTimeout(() => controller.abort(), next)
    },
    end: () => clearTimeout(timer),
  }
}

function readEvent(event: StreamEvent, maxOutputTokens: number): ModelEvent {
  switch (event.type) {
    case 'response.output_text.delta':
    case 'response.refusal.delta':
      return { type: 'text', text: event.delta }
    case 'response.completed': {
      const usage = readUsage(event.response.usage)
      // Some models call an answer complete that their limit cut.
      return { type: 'end', usage, truncated: usage !== null && usage.output >= maxOutputTokens }
    }
    case 'response.incomplete':
      return { type: 'end', usage: readUsage(event.response.usage), truncated: true }
    case 'response.failed':
      throw new ModelFailed('it gave up', event.response.error)
    case 'error':
      throw new ModelFailed('it gave up', event)
    default:
      return { type: 'activity' }
  }
}

/** Usage that cannot be true counts as missing: it is what people are charged for. */
function readUsage(usage: OpenAI.Responses.ResponseUsage | null | undefined): ModelUsage | null {
  if (!usage) return null
  const read: ModelUsage = {
    input: usage.input_tokens,
    cachedInput: usage.input_tokens_details?.cached_tokens ?? 0,
    output: usage.output_tokens,
    reasoning: usage.output_tokens_details?.reasoning_tokens ?? 0,
  }
  const whole = Object.values(read).every((tokens) => Number.isSafeInteger(tokens) && tokens >= 0)
  return whole && read.cachedInput <= read.input && read.reasoning <= read.output ? read : null
}
