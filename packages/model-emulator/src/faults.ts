/** What can be made to go wrong with the next answers. */
export interface Fault {
  /**
   * `error`: refused at once with `status`. `reset`: the connection breaks. `stall`: the stream falls
   * silent and stays open. `no_usage`: the last event names no usage. `completed_on_cut`: an answer
   * cut by its limit is reported as completed. `reasoning`: the model thinks `tokens` tokens first.
   */
  readonly kind: (typeof FAULT_KINDS)[number]
  /** For `reset` and `stall`: after how many pieces of text; 0 by default. */
  readonly after?: number
  /** For `error`: 500 by default. */
  readonly status?: number
  /** For `reasoning`: 500 by default. */
  readonly tokens?: number
  /** For how many requests; 1 by default. */
  readonly times?: number
}
const FAULT_KINDS = ['error', 'reset', 'stall', 'no_usage', 'completed_on_cut', 'reasoning'] as const
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
  const kind = FAULT_KINDS.find((name) => name === fault?.kind)
  if (!fault || !kind) throw new TypeError(`kind must be one of ${FAULT_KINDS.join(', ')}`)
  const count = (name: 'after' | 'status' | 'tokens' | 'times', least: number): number | undefined => {
    const number = fault[name]
    if (number === undefined) return undefined
    if (typeof number === 'number' && Number.isSafeInteger(number) && number >= least) return number
    throw new TypeError(`${name} must be a whole number from ${least}`)
  }
  return {
    kind,
    after: count('after', 0),
    status: count('status', 400),
    tokens: count('tokens', 1),
    times: count('times', 1),
  }
}
