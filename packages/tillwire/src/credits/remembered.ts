import type { Memory, Versioned } from './records.ts'
import type { Account, HoldRecord } from './schema.ts'

/** How much is remembered at most: accounts and holds, and the parts in them. */
export const MAX_REMEMBERED = 100_000

/** Records of one collection as this process last knew them, the latest used last. */
class Latest<R extends { readonly id: string }> implements Memory<R> {
  readonly #records = new Map<string, Versioned<R>>()
  readonly #weigh: (record: R) => number
  #weight = 0

  /** `weigh` counts the parts of a record; of one that weighs nothing, nothing is kept. */
  constructor(weigh: (record: R) => number) {
    this.#weigh = weigh
  }

  get(id: string): Versioned<R> | undefined {
    return this.#records.get(id)
  }

  set(record: R, version: number): void {
    this.forget(record.id)
    const weight = this.#weigh(record)
    if (weight === 0) return
    this.#records.set(record.id, { record, version })
    this.#weight += weight
    if (this.#weight > MAX_REMEMBERED) this.#letGo()
  }

  #letGo(): void {
    for (const oldest of this.#records.keys()) {
      this.forget(oldest)
      if (this.#weight <= MAX_REMEMBERED) return
    }
  }

  forget(id: string): void {
    const known = this.#records.get(id)
    if (!known) return
    this.#weight -= this.#weigh(known.record)
    this.#records.delete(id)
  }
}

/**
 * Accounts and open holds as this process last wrote or read them, so that the next command need not read them.
 * Another process may have moved on since. That harms nothing: what is decided on them is written under
 * their versions, and a refusal is decided again on what is read.
 */
export class Remembered {
  readonly accounts = new Latest<Account>(({ grants, holds }) => 1 + grants.length + holds.length)
  readonly holds = new Latest<HoldRecord>(({ status, allocations }) => (status === 'open' ? 1 + allocations.length : 0))

  /** Some holders' accounts may be out of date: they, and with them their holds, are read next time. */
  forget(holders: Iterable<string>): void {
    for (const holder of holders) this.accounts.forget(holder)
  }
}
