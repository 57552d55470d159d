import { setTimeout as delay } from 'node:timers/promises'

/** How long a turn is waited for unless another limit is given: taking turns is politeness between writers, not a lock. */
const MAX_TURN_WAIT_MS = 100

/** Lets work on one key go one after another within this process. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>()
  readonly #longestWaitMs: number

  constructor(longestWaitMs: number = MAX_TURN_WAIT_MS) {
    this.#longestWaitMs = longestWaitMs
  }

  /** Waits for those who came before, but no longer than the limit, then works. */
  async take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key)
    const { promise: done, resolve: end } = Promise.withResolvers<void>()
    this.#last.set(key, done)
    try {
      if (before) await withLimit(before, this.#longestWaitMs)
      return await work()
    } finally {
      end()
      if (this.#last.get(key) === done) this.#last.delete(key)
    }
  }
}

async function withLimit(before: Promise<void>, milliseconds: number): Promise<void> {
  const limit = new AbortController()
  const waited = delay(milliseconds, undefined, { signal: limit.signal }).catch(() => undefined)
  await Promise.race([before, waited])
  limit.abort()
}
