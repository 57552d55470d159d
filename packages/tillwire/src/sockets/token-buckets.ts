/**
 * How often something may happen, by key: `perSecond` in the long run, up to `burst` at once.
 * Keys that have not been seen for a while take no memory.
 */
export class TokenBuckets {
  readonly #perSecond: number
  readonly #burst: number
  readonly #buckets = new Map<string, { tokens: number; at: number }>()
  #sweptAt = 0

  constructor(limit: { readonly perSecond: number; readonly burst: number }) {
    this.#perSecond = limit.perSecond
    this.#burst = limit.burst
  }

  /** Takes one token; false when there is none. `now` in milliseconds. */
  take(key: string, now: number): boolean {
    this.#sweep(now)
    const tokens = this.#tokens(key, now)
    const allowed = tokens >= 1
    this.#buckets.set(key, { tokens: allowed ? tokens - 1 : tokens, at: now })
    return allowed
  }

  /** How many keys are remembered. */
  get size(): number {
    return this.#buckets.size
  }

  #tokens(key: string, now: number): number {
    const bucket = this.#buckets.get(key)
    if (!bucket) return this.#burst
    // A clock that was set back must not take tokens away.
    const elapsed = Math.max(0, now - bucket.at)
    return Math.min(this.#burst, bucket.tokens + (elapsed * this.#perSecond) / 1_000)
  }

  /** A full bucket says nothing: it is forgotten, at most once per time that filling one takes. */
  #sweep(now: number): void {
    const fillMs = (this.#burst / this.#perSecond) * 1_000
    if (Math.abs(now - this.#sweptAt) < fillMs) return
    this.#sweptAt = now
    for (const key of this.#buckets.keys()) if (this.#tokens(key, now) >= this.#burst) this.#buckets.delete(key)
  }
}
