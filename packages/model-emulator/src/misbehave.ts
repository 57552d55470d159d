import type { Fault } from './faults.ts'
import type { Frame } from './frames.ts'

type Json = Readonly<Record<string, unknown>>
const ERROR_MESSAGE = 'The model failed, as it was told to.'

/** The events of a stream as a provider sends them that has this fault. Those of a fault in the connection stay. */
export function misbehave(frames: readonly Frame[], fault: Fault | null): Iterable<Frame> {
  switch (fault?.kind) {
    case 'doubled':
      return frames.flatMap((frame) => [frame, frame])
    case 'done_only':
      return doneOnly(frames, fault.where ?? 'text')
    case 'refusal':
      return frames.map(refusing)
    case 'interleaved':
      return interleaved(frames)
    case 'endless':
      return endless(frames)
    case 'failed':
      return [...upTo(frames, fault.after ?? 0), failing(fault.code ?? 'server_error')]
    case 'garbage':
      return [...upTo(frames, fault.after ?? 0), { event: null, data: '{"type":"response.output_te', text: false }]
    default:
      return frames
  }
}

function upTo(frames: readonly Frame[], pieces: number): readonly Frame[] {
  let left = pieces
  const end = frames.findIndex((frame) => frame.text && left-- === 0)
  return end === -1 ? frames : frames.slice(0, end)
}

function failing(code: string): Frame {
  const response = { id: 'resp_failed', object: 'response', status: 'failed', error: { code, message: ERROR_MESSAGE } }
  return {
    event: 'response.failed',
    data: { type: 'response.failed', sequence_number: 1_000_000, response },
    text: false,
  }
}

function* endless(frames: readonly Frame[]): Generator<Frame> {
  const first = frames.findIndex((frame) => frame.text)
  yield* frames.slice(0, first)
  for (let sequence = first; ; ) {
    for (const frame of frames) {
      if (!frame.text) continue
      yield { ...frame, data: { ...(frame.data as Json), sequence_number: sequence } }
      sequence += 1
    }
  }
}

/** Leaves the text where it is wanted, and takes it from everywhere else. */
function doneOnly(frames: readonly Frame[], where: NonNullable<Fault['where']>): Frame[] {
  const places: Readonly<Record<string, NonNullable<Fault['where']>>> = {
    'response.output_text.done': 'text',
    'response.content_part.done': 'part',
    'response.output_item.done': 'item',
    'response.completed': 'response',
    'response.incomplete': 'response',
  }
  return frames
    .filter((frame) => !frame.text)
    .map((frame) => {
      const place = places[(frame.data as Json).type as string]
      return place === undefined || place === where ? frame : { ...frame, data: withoutTexts(frame.data) as Json }
    })
}

/** An event of text as one of a refusal. */
function refusing(frame: Frame): Frame {
  const renamed = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(renamed)
    if (typeof value !== 'object' || value === null) return value
    const data = value as Json
    if (data.type === 'output_text') return { type: 'refusal', refusal: data.text }
    if (data.type === 'response.output_text.done') {
      const { text, ...rest } = data
      return { ...rest, type: 'response.refusal.done', refusal: text }
    }
    const entries = Object.entries(data).map(([key, inner]) => [key, renamed(inner)])
    const copied = Object.fromEntries(entries) as Json
    return data.type === 'response.output_text.delta' ? { ...copied, type: 'response.refusal.delta' } : copied
  }
  const data = renamed(frame.data) as Json
  return { ...frame, data, event: frame.event && String(data.type) }
}

/** The text as two messages, each with every other piece, whose pieces take turns. */
function interleaved(frames: readonly Frame[]): Frame[] {
  const deltas = frames.filter((frame) => frame.text).map((frame) => frame.data as Json)
  const half = Math.ceil(deltas.length / 2)
  const texts = [deltas.slice(0, half), deltas.slice(half)].map((part) => part.map(({ delta }) => String(delta)))
  const output = texts.map((pieces, index) => message(`msg_${index}`, pieces.join('')))
  const events: Json[] = []
  for (let at = 0; at < half; at++) {
    for (const [index, pieces] of texts.entries()) {
      const delta = pieces[at]
      const place = { item_id: `msg_${index}`, output_index: index, content_index: 0 }
      if (delta !== undefined) events.push({ ...deltas[0], ...place, delta })
    }
  }
  for (const [index, item] of output.entries())
    events.push({ type: 'response.output_item.done', output_index: index, item })
  const ends = frames.slice(-1).map(({ data }) => {
    const { response, ...last } = data as Json & { readonly response: Json }
    return { ...last, response: { ...response, output } } as Json
  })
  const begin = frames.filter(({ event }) => event === 'response.created').map(({ data }) => data as Json)
  return [...begin, ...events, ...ends].map((data, sequence) => ({
    event: String(data.type),
    data: { ...data, sequence_number: sequence },
    text: String(data.type).endsWith('.delta'),
  }))
}

function message(id: string, text: string): Json {
  return { id, type: 'message', status: 'completed', role: 'assistant', content: [{ type: 'output_text', text }] }
}

function withoutTexts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutTexts(item))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, inner]) => [
    key,
    key === 'text' && typeof inner === 'string' ? '' : withoutTexts(inner),
  ])
  return Object.fromEntries(entries)
}
