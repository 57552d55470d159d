import type { Account, EntryRecord, GrantRecord, HoldRecord } from './schema.ts'

export interface Problem {
  readonly code: string
  readonly id: string
  readonly message: string
}

interface GrantSums {
  amount: number
  free: number
  held: number
  expired: number
  /** What was asked back, and how much of that has come. */
  reversed: number
  returned: number
}
interface HoldSums {
  state: NonNullable<EntryRecord['hold']>
  held: number
  consumed: number
  readonly entries: string[]
}

/** A holder's books as the entries alone give them: what documents are compared with. */
export class Recomputed {
  readonly problems: Problem[] = []
  readonly grants = new Map<string, GrantSums>()
  /** Those that are open, and those ended since `takeEnded` was called. */
  readonly holds = new Map<string, HoldSums>()
  readonly #holder: string
  readonly #sums = { available: 0, held: 0, debt: 0 }
  #sequence = 0

  constructor(holder: string) {
    this.#holder = holder
  }

  /** Adds the next entry, oldest first. */
  add(entry: EntryRecord): void {
    if (entry.sequence !== this.#sequence + 1)
      this.#report('sequence_gap', entry.id, `entry ${entry.sequence} follows entry ${this.#sequence}`)
    this.#sequence = entry.sequence
    const sum = entry.postings.reduce((total, { amount }) => total + amount, 0)
    if (sum !== 0) this.#report('entry_unbalanced', entry.id, `the postings sum to ${sum}`)
    if (entry.kind === 'reverse' && entry.grant) this.#grant(entry.grant.id).reversed = entry.grant.reversed
    for (const posting of entry.postings) this.#post(posting)
    if (entry.hold) this.#move(entry, entry.hold)
    for (const name of ['available', 'held', 'debt'] as const) {
      if (this.#sums[name] < 0) this.#report('below_zero', entry.id, `${name} falls to ${this.#sums[name]}`)
      if (this.#sums[name] !== entry.after[name])
        this.#report('after_mismatch', entry.id, `${name} is ${this.#sums[name]}, the entry says ${entry.after[name]}`)
    }
  }

  /** Removes and returns the holds that have ended: they never change again. */
  takeEnded(): Map<string, HoldSums> {
    const ended = new Map([...this.holds].filter(([, { state }]) => state.status !== 'open'))
    for (const id of ended.keys()) this.holds.delete(id)
    return ended
  }

  compareAccount(account: Account): void {
    for (const name of ['available', 'held', 'debt'] as const)
      this.#compare('balance_mismatch', account.id, name, this.#sums[name], account[name])
    this.#compare('balance_mismatch', account.id, 'sequence', this.#sequence, account.sequence)
    const live = new Map(account.grants.map((grant) => [grant.id, grant]))
    for (const [id, sums] of this.grants) {
      const grant = live.get(id) ?? { free: 0, held: 0, reversing: 0 }
      this.#compare('grant_mismatch', id, 'free', sums.free, grant.free)
      this.#compare('grant_mismatch', id, 'held', sums.held, grant.held)
      this.#compare('grant_mismatch', id, 'reversing', sums.reversed - sums.returned, grant.reversing)
    }
    for (const id of live.keys()) if (!this.grants.has(id)) this.#report('grant_mismatch', id, 'no entry gave it')
    const open = [...this.holds.keys()].sort()
    const listed = account.holds.map(({ id }) => id).sort()
    if (open.join() !== listed.join())
      this.#report('hold_mismatch', account.id, 'its open holds are not those of its entries')
  }

  compareGrant(id: string, grant: GrantRecord | null): void {
    const sums = this.#grant(id)
    if (!grant) {
      this.#report('grant_missing', id, 'entries name it and there is no such document')
      return
    }
    this.#compare('grant_mismatch', id, 'amount', sums.amount, grant.amount)
    this.#compare('grant_mismatch', id, 'reversed', sums.reversed, grant.reversed)
    this.#compare('grant_mismatch', id, 'expired', sums.expired, grant.expired)
    if (sums.reversed > sums.amount) this.#report('grant_overdrawn', id, `more than ${sums.amount} was reversed`)
  }

  compareHold(id: string, sums: HoldSums, hold: HoldRecord | null): void {
    if (!hold) {
      this.#report('hold_missing', id, 'entries name it and there is no such document')
      return
    }
    for (const name of ['status', 'max', 'spent', 'expiresAt'] as const)
      this.#compare('hold_mismatch', id, name, sums.state[name], hold[name])
    if (sums.entries.join() !== hold.entries.join())
      this.#report('hold_mismatch', id, 'its entries are not those that name it')
    const { status, max, spent } = sums.state
    this.#compare('hold_mismatch', id, 'what is held', sums.held, status === 'open' ? max - spent : 0)
    this.#compare('hold_mismatch', id, 'what was spent', sums.consumed, spent)
    if (spent > max) this.#report('hold_overdrawn', id, `${spent} was spent of ${max}`)
  }

  #post({ account, amount, grant }: EntryRecord['postings'][number]): void {
    if (account === 'available' || account === 'held') this.#sums[account] += amount
    if (account === 'debt') this.#sums.debt -= amount
    if (grant === null) return
    const sums = this.#grant(grant)
    if (account === 'available') sums.free += amount
    if (account === 'held') sums.held += amount
    if (account === 'issued') sums.amount -= amount
    if (account === 'expired') sums.expired += amount
    if (account === 'reversed') sums.returned += amount
    if (sums.free < 0 || sums.held < 0) this.#report('grant_overdrawn', grant, 'more was taken than it had')
  }

  #move(entry: EntryRecord, state: HoldSums['state']): void {
    const sums = this.holds.get(state.id) ?? { state, held: 0, consumed: 0, entries: [] }
    this.holds.set(state.id, sums)
    sums.state = state
    sums.entries.push(entry.id)
    for (const { account, amount, grant } of entry.postings) {
      if (account === 'held') sums.held += amount
      if (account === 'consumed' && grant !== null) sums.consumed += amount
    }
  }

  #grant(id: string): GrantSums {
    const sums = this.grants.get(id) ?? { amount: 0, free: 0, held: 0, expired: 0, reversed: 0, returned: 0 }
    this.grants.set(id, sums)
    return sums
  }

  #compare(code: string, id: string, what: string, expected: unknown, actual: unknown): void {
    if (expected !== actual) this.#report(code, id, `${what} is ${actual}, its entries say ${expected}`)
  }

  #report(code: string, id: string, message: string): void {
    this.problems.push({ code, id, message: `${this.#holder}: ${message}.` })
  }
}
