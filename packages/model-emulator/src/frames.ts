import { buildTextChunks, buildTextCompletion, buildTextStreamEvents } from '@copilotkit/aimock'
import type { Reply, Usage } from './plan-reply.ts'

/** One event of a stream. `text` marks those that carry a piece of the answer, for the pace. */
export interface Frame {
  readonly event: string | null
  /** A text is sent as it is. */
  readonly data: object | string
  readonly text: boolean
}

/**
 * The Responses API's stream. The events are aimock's; what it leaves out is added: sequence
 * numbers, usage with details, and `response.incomplete` for an answer cut by its limit.
 */
export function responsesFrames(reply: Reply): Frame[] {
  const { incomplete } = reply
  const text = reply.pieces.join('')
  const events = buildTextStreamEvents(
    text,
    reply.model,
    Math.max(1, text.length),
    reply.reasoning ?? undefined,
    undefined,
    incomplete ? { finishReason: 'length' } : {},
  ) as readonly ({ readonly type: string } & Readonly<Record<string, unknown>>)[]
  const frames = events.flatMap((event) => {
    if (event.type === 'response.output_text.delta') {
      return reply.pieces.map((delta) => ({ type: event.type, data: { ...event, delta }, text: true }))
    }
    if (event.type !== 'response.completed') return [{ type: event.type, data: event, text: false }]
    const type = incomplete ? 'response.incomplete' : event.type
    const response = {
      ...(event.response as object),
      error: null,
      incomplete_details: incomplete ? { reason: incomplete } : null,
      usage: reply.usage && responsesUsage(reply.usage),
    }
    return [{ type, data: { ...event, type, response }, text: false }]
  })
  return frames.map(({ type, data, text }, sequence) => ({
    event: type,
    data: { ...data, sequence_number: sequence },
    text,
  }))
}

/** The Responses API's answer as one object: what its stream ends with. */
export function responsesBody(reply: Reply): object {
  const last = responsesFrames(reply).at(-1)?.data as { response: object }
  return last.response
}

/** The stream of Chat Completions. */
export function chatFrames(reply: Reply, withUsage: boolean): Frame[] {
  const text = reply.pieces.join('')
  const chunks = buildTextChunks(text, reply.model, Math.max(1, text.length), undefined, {
    finishReason: finishReason(reply),
  })
  const frames = chunks.flatMap((chunk): Frame[] => {
    const [choice] = chunk.choices
    if (!choice?.delta.content) return [{ event: null, data: chunk, text: false }]
    return reply.pieces.map((content) => ({
      event: null,
      data: { ...chunk, choices: [{ ...choice, delta: { content } }] },
      text: true,
    }))
  })
  if (withUsage && reply.usage) {
    const data = { ...chunks[0], choices: [], usage: chatUsage(reply.usage) }
    frames.push({ event: null, data, text: false })
  }
  return [...frames, { event: null, data: '[DONE]', text: false }]
}

/** Chat Completions' answer as one object. */
export function chatBody(reply: Reply): object {
  const finish = finishReason(reply)
  const body = buildTextCompletion(reply.pieces.join(''), reply.model, undefined, { finishReason: finish })
  return { ...body, usage: reply.usage ? chatUsage(reply.usage) : undefined }
}

const finishReason = ({ incomplete }: Reply) => {
  if (incomplete === null) return 'stop'
  return incomplete === 'content_filter' ? 'content_filter' : 'length'
}

function responsesUsage(usage: Usage): object {
  return {
    input_tokens: usage.input,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: usage.output,
    output_tokens_details: { reasoning_tokens: usage.reasoning },
    total_tokens: usage.input + usage.output,
  }
}

function chatUsage(usage: Usage): object {
  return {
    prompt_tokens: usage.input,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens: usage.output,
    completion_tokens_details: { reasoning_tokens: usage.reasoning },
    total_tokens: usage.input + usage.output,
  }
}
