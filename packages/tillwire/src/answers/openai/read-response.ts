import { ModelFailed } from '../errors.ts'
import type { ModelEvent, ModelUsage } from '../types.ts'
import { classifyFailure } from './classify-failure.ts'
import { GatheredText, type PartPlace } from './gather-text.ts'
import type { StreamEvent } from './read-events.ts'

/** More tokens than any model reads or writes at once: a figure above it is none. */
const MOST_TOKENS = 10_000_000

/** Tells the events of one response as a model port does: text in order and once, signs of life, the end. */
export class ResponseReader {
  readonly #text = new GatheredText()
  readonly #maxOutputTokens: number
  /** The highest number of an event, once numbers are seen to rise: some providers give all the same one. */
  #sequence = Number.NEGATIVE_INFINITY
  #rises = false
  #refused = false

  constructor(maxOutputTokens: number) {
    this.#maxOutputTokens = maxOutputTokens
  }

  /** What an event tells; nothing when it came before. */
  read(event: StreamEvent): ModelEvent[] {
    if (this.#cameBefore(event.sequence_number)) return []
    switch (event.type) {
      case 'response.output_text.delta':
        return this.#told(this.#text.addPiece(placeOf(event), textOf(event.delta)))
      case 'response.refusal.delta':
        this.#refused = true
        return this.#told(this.#text.addPiece(placeOf(event), textOf(event.delta)))
      case 'response.output_text.done':
      case 'response.refusal.done':
        return this.#told(
          this.#text.endPart(placeOf(event), this.#textOfPart({ ...event, type: partType(event.type) })),
        )
      case 'response.content_part.done':
        return this.#told(this.#text.endPart(placeOf(event), this.#textOfPart(objectOf(event.part))))
      case 'response.output_item.added':
        return [{ type: 'activity', thinking: objectOf(event.item).type === 'reasoning' }]
      case 'response.output_item.done':
        return this.#readItem(event)
      case 'response.completed':
      case 'response.incomplete':
        return this.#readEnd(objectOf(event.response))
      case 'response.failed':
        throw failureOf(objectOf(objectOf(event.response).error))
      case 'error':
        throw failureOf(typeof event.error === 'object' ? objectOf(event.error) : event)
      default:
        return [{ type: 'activity' }]
    }
  }

  #cameBefore(sequence: unknown): boolean {
    if (typeof sequence !== 'number') return false
    if (sequence > this.#sequence) {
      this.#rises = this.#sequence !== Number.NEGATIVE_INFINITY
      this.#sequence = sequence
      return false
    }
    return this.#rises
  }

  #readItem(event: StreamEvent): ModelEvent[] {
    const item = objectOf(event.item)
    if (item.type !== 'message') return [{ type: 'activity', thinking: false }]
    return listOf(item.content).flatMap((part, contentIndex) => {
      const place = placeOf({ ...event, item_id: item.id ?? event.item_id, content_index: contentIndex })
      return this.#told(this.#text.endPart(place, this.#textOfPart(part)))
    })
  }

  #readEnd(response: StreamEvent): ModelEvent[] {
    const whole = listOf(response.output)
      .filter((item) => item.type === 'message')
      .flatMap((item) => listOf(item.content).map((part) => this.#textOfPart(part)))
    const told = this.#told(this.#text.end(whole.length > 0 ? whole.join('') : null))
    return [...told, this.#endOf(response)]
  }

  #endOf(response: StreamEvent): ModelEvent {
    const usage = readUsage(objectOf(response.usage))
    const reason = objectOf(response.incomplete_details).reason ?? null
    if (reason === 'content_filter') return { type: 'end', usage, truncated: false, withheld: 'content_filter' }
    // Some models call an answer complete that their limit cut.
    const truncated = reason === 'max_output_tokens' || (usage !== null && usage.output >= this.#maxOutputTokens)
    if (reason !== null && !truncated) throw new ModelFailed('it ended its answer early')
    if (this.#text.isEmpty && !truncated) throw new ModelFailed('it wrote nothing')
    return { type: 'end', usage, truncated, ...(this.#refused && { withheld: 'refusal' as const }) }
  }

  #textOfPart(part: StreamEvent): string {
    if (part.type === 'output_text') return textOf(part.text)
    if (part.type !== 'refusal') return ''
    this.#refused ||= textOf(part.refusal) !== ''
    return textOf(part.refusal)
  }

  #told(text: string): ModelEvent[] {
    return [text === '' ? { type: 'activity' } : { type: 'text', text }]
  }
}

const partType = (type: string) => (type === 'response.refusal.done' ? 'refusal' : 'output_text')
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
const numberOf = (value: unknown): number => (typeof value === 'number' ? value : 0)
const nullable = (value: unknown): string | null => (typeof value === 'string' ? value : null)
const objectOf = (value: unknown): StreamEvent => (typeof value === 'object' && value !== null ? { ...value } : {})
const listOf = (value: unknown): StreamEvent[] => (Array.isArray(value) ? value.map(objectOf) : [])

function placeOf(event: StreamEvent): PartPlace {
  const outputIndex = numberOf(event.output_index)
  const item = nullable(event.item_id) ?? String(outputIndex)
  return { item, outputIndex, contentIndex: numberOf(event.content_index) }
}

function failureOf(error: StreamEvent) {
  const { code, type, param } = error
  return classifyFailure({
    status: null,
    code: nullable(code),
    type: nullable(type),
    param: nullable(param),
    retryAfterMs: null,
  })
}

/** Usage that cannot be true counts as missing: it is what people are charged for. */
function readUsage(usage: StreamEvent): ModelUsage | null {
  const read = {
    input: usage.input_tokens,
    cachedInput: objectOf(usage.input_tokens_details).cached_tokens ?? 0,
    output: usage.output_tokens,
    reasoning: objectOf(usage.output_tokens_details).reasoning_tokens ?? 0,
  }
  const isCount = (tokens: unknown) =>
    Number.isSafeInteger(tokens) && Number(tokens) >= 0 && Number(tokens) <= MOST_TOKENS
  if (!Object.values(read).every(isCount)) return null
  const counted = read as ModelUsage
  return counted.cachedInput <= counted.input && counted.reasoning <= counted.output ? counted : null
}
