import { setTimeout as wait } from 'node:timers/promises'
import OpenAI from 'openai'
import { backoffDelay, type Duration, isTillwireError, milliseconds } from '../../core/index.ts'
import type { Message } from '../../protocol/index.ts'
import { ModelFailed, ModelLimited } from '../errors.ts'
import type { ModelEvent, ModelPort } from '../types.ts'
import { boundedFetch } from './bounded-fetch.ts'
import { classifyFailure, retryAfter } from './classify-failure.ts'
import { readEvents } from './read-events.ts'
import { ResponseReader } from './read-response.ts'

type ModelRequest = Parameters<ModelPort['stream']>[0]

/** How long a model may be silent. Comments of its stream count as life. */
export interface ModelPatience {
  /** Until the first sign of a stream. */
  readonly firstEvent: Duration
  /** Between two events. */
  readonly silence: Duration
}
/** A model that thinks sends events, if few. */
export const DEFAULT_PATIENCE: ModelPatience = { firstEvent: '60s', silence: '120s' }

/** However lively, no call is longer. */
const LONGEST_CALL: Duration = '1h'
/** Only while nothing was sent: of a limit, and of a failure before the stream began. */
const ATTEMPTS = 3
const BACKOFF = { first: 500, most: 4_000 }
/** A provider that wants to be left alone for longer is not waited for. */
const LONGEST_WAIT_MS = 20_000
/** The least `max_output_tokens` that OpenAI takes. */
const LEAST_OUTPUT_TOKENS = 16

export interface OpenAIModelOptions {
  readonly apiKey: string
  /** OpenAI's own when null. */
  readonly baseUrl: string | null
  /** By model, over the default of 60 s to the first event and 120 s between two. */
  readonly patience?: Readonly<Record<string, Partial<ModelPatience>>>
}

/**
 * A model port for OpenAI's Responses API, or whatever speaks it at `baseUrl`. Nothing is stored at OpenAI.
 * A limit, and an outage before the stream began, is tried again twice, at the time that the provider names
 * if that is within 20 seconds.
 * @throws ModelFailed also when it falls silent or breaks off; QuestionRefused, ModelMisconfigured, ModelLimited
 * @example openaiModel({ apiKey: 'sk-...', baseUrl: null, patience: { 'gpt-5': { firstEvent: '5m' } } })
 */
export function openaiModel(options: OpenAIModelOptions): ModelPort {
  const { apiKey, baseUrl, patience = {} } = options
  const client = new OpenAI({ apiKey, baseURL: baseUrl, maxRetries: 0, fetch: boundedFetch, logLevel: 'off' })
  return {
    leastOutputTokens: LEAST_OUTPUT_TOKENS,
    stream(request) {
      const own = Object.hasOwn(patience, request.model) ? patience[request.model] : {}
      return streamWithRetries(client, request, { ...DEFAULT_PATIENCE, ...own })
    },
  }
}

async function* streamWithRetries(
  client: OpenAI,
  request: ModelRequest,
  patience: ModelPatience,
): AsyncGenerator<ModelEvent> {
  for (let attempt = 1; ; attempt++) {
    let sent = false
    try {
      for await (const event of streamOnce(client, request, patience)) {
        sent ||= event.type === 'text'
        yield event
      }
      return
    } catch (error) {
      const pause = sent || attempt === ATTEMPTS ? null : pauseBefore(error, attempt)
      if (pause === null || pause > LONGEST_WAIT_MS) throw error
      await wait(pause, undefined, { signal: request.signal }).catch(() => undefined)
      if (request.signal.aborted) throw error
    }
  }
}

/** How long to wait before asking again; null when that would not help. */
function pauseBefore(error: unknown, attempt: number): number | null {
  const usual = backoffDelay(BACKOFF, attempt)
  if (ModelLimited.is(error)) {
    const { retryAfterMs } = error.details
    return typeof retryAfterMs === 'number' ? retryAfterMs : usual
  }
  return ModelFailed.is(error) && error.details.status !== undefined ? usual : null
}

async function* streamOnce(client: OpenAI, request: ModelRequest, patience: ModelPatience): AsyncGenerator<ModelEvent> {
  const silence = watchSilence(patience)
  const signal = AbortSignal.any([request.signal, silence.signal, AbortSignal.timeout(milliseconds(LONGEST_CALL))])
  const reader = new ResponseReader(request.maxOutputTokens)
  try {
    const body = await openStream(client, request, signal)
    for await (const event of readEvents(body, silence.onLife)) {
      for (const told of reader.read(event)) {
        yield told
        if (told.type === 'end') return
      }
    }
    throw new ModelFailed('its stream broke off')
  } catch (error) {
    if (silence.signal.aborted) throw new ModelFailed('it fell silent')
    if (isTillwireError(error)) throw error
    throw new ModelFailed('its stream broke off', error)
  } finally {
    silence.end()
  }
}

/** @throws what the provider's refusal means; ModelFailed with status 0 when it was not reached. */
async function openStream(
  client: OpenAI,
  request: ModelRequest,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  try {
    const response = await client.responses
      .create(
        {
          model: request.model,
          input: request.messages.map(({ role, content }: Message) => ({ role, content })),
          max_output_tokens: request.maxOutputTokens,
          store: false,
          stream: true,
        },
        // How long to wait is for `signal` to say.
        { signal, timeout: milliseconds(LONGEST_CALL) },
      )
      .asResponse()
    if (!response.body) throw new ModelFailed('its answer has no body')
    return response.body
  } catch (error) {
    if (isTillwireError(error)) throw error
    if (!(error instanceof OpenAI.APIError) || error.status === undefined)
      throw new ModelFailed('it could not be reached', error, { status: 0 })
    const { status, code = null, type = null, param = null, headers } = error
    const retryAfterMs = headers ? retryAfter(headers, new Date()) : null
    throw classifyFailure({ status, code: text(code), type: text(type), param: text(param), retryAfterMs })
  }
}

const text = (value: unknown) => (typeof value === 'string' ? value : null)

/** Aborts its signal when nothing lives for as long as may be. */
function watchSilence(patience: ModelPatience) {
  const controller = new AbortController()
  const restart = (limit: Duration) => setTimeout(() => controller.abort(), milliseconds(limit))
  let timer = restart(patience.firstEvent)
  return {
    signal: controller.signal,
    onLife() {
      clearTimeout(timer)
      timer = restart(patience.silence)
    },
    end: () => clearTimeout(timer),
  }
}
