/** What can be made to go wrong with the next answers. */
export interface Fault {
  readonly kind: FaultKind
  /** For what happens in the middle of a stream: after how many pieces of text; 0 by default. */
  readonly after?: number
  /** For `error`: 500 by default. */
  readonly status?: number
  /** For `error` and `failed`: the provider's code. */
  readonly code?: string
  /** For `error`: the parameter that is to blame. */
  readonly param?: string
  /** For `error`: seconds, told as `Retry-After`. */
  readonly retryAfter?: number
  /** For `error`: how long its message is at least. For `oversized`: how long the line is, 64 MB by default. */
  readonly bytes?: number
  /** For `stall` and `reasoning`: for how long, in milliseconds. A stall lasts for ever by default. */
  readonly ms?: number
  /** For `stall`: a comment is sent this often, in milliseconds; none by default. */
  readonly pingMs?: number
  /** For `done_only`: where the text is; `text` by default. */
  readonly where?: 'text' | 'part' | 'item' | 'response'
  /** For `incomplete`: `content_filter` by default. */
  readonly reason?: string
  /** For `reasoning`: 500 by default. */
  readonly tokens?: number
  /** For how many requests; 1 by default. */
  readonly times?: number
}

const FAULTS = {
  error: 'refused at once with `status`',
  hang: 'taken, and never answered',
  reset: 'the connection breaks',
  cut: 'the stream ends without its last event',
  stall: 'the stream falls silent and stays open',
  garbage: 'an event that is not JSON',
  oversized: 'a line that does not end within any limit',
  endless: 'the text goes on for ever, whatever its limit',
  doubled: 'each event comes twice',
  failed: 'the stream says that the model failed',
  incomplete: 'the stream ends early and gives `reason`',
  refusal: 'the text comes as a refusal',
  done_only: 'no deltas: the text comes whole',
  interleaved: 'two messages, whose deltas take turns',
  split_surrogates: 'pieces of one code unit, so that pairs of surrogates are split',
  half_character: 'half a pair of surrogates in the text',
  no_usage: 'the last event names no usage',
  completed_on_cut: 'an answer cut by its limit is reported as completed',
  reasoning: 'the model thinks `tokens` tokens first',
} as const
export type FaultKind = keyof typeof FAULTS
const WHERE = ['text', 'part', 'item', 'response'] as const
const MOST_FAULTS = 1_000

/** Faults that wait for requests, in the order they were asked for. */
export interface Faults {
  /** Throws a `TypeError` that says what is wrong when the value is no fault. */
  add(fault: unknown): void
  /** The fault of the next request, if any. */
  take(): Fault | null
  clear(): void
}

export function createFaults(): Faults {
  let waiting: { readonly fault: Fault; left: number }[] = []
  return {
    add(value) {
      const fault = parseFault(value)
      if (waiting.length === MOST_FAULTS) throw new TypeError(`at most ${MOST_FAULTS} faults may wait`)
      waiting.push({ fault, left: fault.times ?? 1 })
    },
    take() {
      const [first] = waiting
      if (!first) return null
      first.left -= 1
      if (first.left <= 0) waiting.shift()
      return first.fault
    },
    clear() {
      waiting = []
    },
  }
}

function parseFault(value: unknown): Fault {
  const fault = value as Partial<Record<keyof Fault, unknown>> | null
  const kinds = Object.keys(FAULTS) as FaultKind[]
  const kind = kinds.find((name) => name === fault?.kind)
  if (!fault || !kind)
    throw new TypeError(`kind must be one of ${kinds.map((name) => `${name} (${FAULTS[name]})`).join(', ')}`)
  const count = (name: keyof Fault, least: number): number | undefined => {
    const number = fault[name]
    if (number === undefined) return undefined
    if (typeof number === 'number' && Number.isSafeInteger(number) && number >= least) return number
    throw new TypeError(`${name} must be a whole number from ${least}`)
  }
  const word = (name: keyof Fault): string | undefined => {
    const text = fault[name]
    if (text === undefined || typeof text === 'string') return text
    throw new TypeError(`${name} must be a text`)
  }
  const where = WHERE.find((place) => place === fault.where)
  if (fault.where !== undefined && !where) throw new TypeError(`where must be one of ${WHERE.join(', ')}`)
  return {
    kind,
    where,
    after: count('after', 0),
    status: count('status', 400),
    code: word('code'),
    param: word('param'),
    retryAfter: count('retryAfter', 0),
    bytes: count('bytes', 1),
    ms: count('ms', 1),
    pingMs: count('pingMs', 1),
    reason: word('reason'),
    tokens: count('tokens', 1),
    times: count('times', 1),
  }
}
