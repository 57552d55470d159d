/** The longest jump that one command may make. */
export const MAX_ADVANCE_MS = 10 * 365 * 86_400_000

/**
 * The emulator's time: real time plus all that was advanced. It never goes back.
 * Retries of webhooks, the end of checkout sessions and the life of idempotency keys follow it.
 */
export class EmulatorClock {
  #offset: number

  constructor(offset: number) {
    this.#offset = offset
  }

  /** Milliseconds since 1970. */
  now(): number {
    return Date.now() + this.#offset
  }

  /** Whole seconds since 1970, as Stripe writes times. */
  seconds(): number {
    return Math.floor(this.now() / 1000)
  }

  get offset(): number {
    return this.#offset
  }

  set offset(value: number) {
    this.#offset = value
  }
}

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Reads `'90s'`, `'15m'`, `'1h'`, `'30d'` into milliseconds; undefined when it is not such a text. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,12})(ms|s|m|h|d)$/.exec(text)
  const unit = match?.[2] === undefined ? undefined : UNITS[match[2]]
  return match === null || unit === undefined ? undefined : Number(match[1]) * unit
}
