import { TillwireError } from '../../core/index.ts'
import { KeySpent } from '../errors.ts'

/** A refusal that will not change. */
export class Refused extends TillwireError {
  static override readonly code = 'refused'
  constructor(what: string) {
    super(Refused.code, `${what} is refused.`, { details: { what } })
  }
}

/** Nobody knows whether it happened. */
export class Away extends TillwireError {
  static override readonly code = 'away'
  constructor() {
    super(Away.code, 'The outside is away.', { retryable: true })
  }
}

export type Fault = 'refuse' | 'away-before' | 'away-after' | 'spent-before' | 'spent-after'

/**
 * Another party as a payment processor is one: it does a thing once a key, answers a repeated key
 * with the first answer, may fail before or after it has done something, and forgets keys.
 */
export class Outside {
  /** What exists there now, by the name that was asked for. */
  readonly things: string[] = []
  /** Every key that was sent, in order. */
  readonly keys: string[] = []
  readonly #answers = new Map<string, 'made' | 'spent'>()
  readonly #faults: Fault[] = []

  /** The next requests fail like this, one each. */
  fail(...faults: Fault[]): void {
    this.#faults.push(...faults)
  }

  forgetKeys(): void {
    this.#answers.clear()
  }

  make(name: string, key: string): { name: string } {
    this.keys.push(key)
    const fault = this.#faults.shift()
    if (fault === 'away-before') throw new Away()
    const answer = this.#answers.get(key)
    if (answer === 'spent') throw new KeySpent(key)
    if (answer !== 'made') {
      if (fault === 'refuse') throw new Refused(name)
      if (fault === 'spent-before') return this.#spend(key)
      this.things.push(name)
      if (fault === 'spent-after') return this.#spend(key)
      this.#answers.set(key, 'made')
    }
    if (fault === 'away-after') throw new Away()
    return { name }
  }

  remove(name: string): void {
    if (this.#faults.shift()) throw new Away()
    const at = this.things.indexOf(name)
    if (at >= 0) this.things.splice(at, 1)
  }

  find(name: string): { name: string } | null {
    return this.things.includes(name) ? { name } : null
  }

  #spend(key: string): never {
    this.#answers.set(key, 'spent')
    throw new Away()
  }
}
