import { addLink, type Chain } from './hold-chain.ts'
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
  /** What is asked back, as the newest reversal or restoration says, and how much of that has come. */
  reversed: number | null
  returned: number
  /** What was spent of it and asked back: what that entry says, and what newer ones add. */
  owed: number
}
type HoldState = NonNullable<EntryRecord['hold']>
interface HoldSums {
  /** As its newest entry left it. */
  readonly state: HoldState
  held: number
  consumed: number
  readonly newest: string
  /** As the entry that was added last left it. */
  oldest: HoldState
}
const BALANCES = ['available', 'held', 'debt'] as const
type Balances = Record<(typeof BALANCES)[number], number>
const NOTHING: Balances = { available: 0, held: 0, debt: 0 }

/**
 * A holder's books as the entries alone give them, walked back from the newest entry to the first: what
 * documents are compared with. What was before an entry is what it left less what it posted.
 */
export class Recomputed {
  readonly problems: Problem[] = []
  readonly grants = new Map<string, GrantSums>()
  readonly #account: Account
  readonly #holder: string
  /** What the next older entry must have left. */
  #expected: Balances
  #sequence: number
  readonly #sums = { ...NOTHING }
  /** Those whose first entry was not reached yet. */
  readonly #moved = new Map<string, HoldSums>()
  readonly #open: string[] = []
  #whole: Map<string, HoldSums> = new Map()

  constructor(account: Account) {
    this.#account = account
    this.#holder = account.id
    this.#sequence = account.sequence
    this.#expected = account
  }

  /** Adds the next older entry; false when it is none of this chain, which then cannot be followed. */
  add(entry: EntryRecord): boolean {
    if (entry.holder !== this.#holder || entry.sequence !== this.#sequence) {
      this.#report('sequence_gap', entry.id, `entry ${entry.sequence} stands where entry ${this.#sequence} should`)
      return false
    }
    const sum = entry.postings.reduce((total, { amount }) => total + amount, 0)
    if (sum !== 0) this.#report('entry_unbalanced', entry.id, `the postings sum to ${sum}`)
    this.#compareBalances(entry.id, entry.after)
    this.#sequence -= 1
    this.#expected = { ...entry.after }
    for (const posting of entry.postings) this.#post(posting)
    if (entry.kind === 'reverse' || entry.kind === 'restore') this.#readReversed(entry)
    this.#refuseOverdrawn(entry)
    if (entry.hold) this.#move(entry, entry.hold)
    return true
  }

  /** Removes and returns the holds of which every entry was seen. */
  takeWhole(): ReadonlyMap<string, HoldSums> {
    const whole = this.#whole
    this.#whole = new Map()
    return whole
  }

  /** When the first entry was added: compares the account with the sums. */
  finish(): void {
    if (this.#sequence !== 0)
      this.#report('sequence_gap', this.#holder, `the history begins with entry ${this.#sequence + 1}`)
    this.#compareBalances(this.#holder, NOTHING)
    for (const name of BALANCES)
      this.#compare('balance_mismatch', this.#holder, name, this.#sums[name], this.#account[name])
    const { dueAt, alarmAt } = this.#account
    if (dueAt !== null && (alarmAt === null || alarmAt > dueAt))
      this.#report('alarm_mismatch', this.#holder, `it is due at ${dueAt}, its alarm is set to ${alarmAt}`)
    const live = new Map(this.#account.grants.map((grant) => [grant.id, grant]))
    for (const [id, sums] of this.grants) {
      const grant = live.get(id) ?? { free: 0, held: 0, reversing: 0 }
      this.#compare('grant_mismatch', id, 'free', sums.free, grant.free)
      this.#compare('grant_mismatch', id, 'held', sums.held, grant.held)
      this.#compare('grant_mismatch', id, 'reversing', (sums.reversed ?? 0) - sums.returned, grant.reversing)
    }
    for (const id of live.keys()) if (!this.grants.has(id)) this.#report('grant_mismatch', id, 'no entry gave it')
    for (const id of this.#moved.keys()) this.#report('hold_mismatch', id, 'no entry set it aside')
    const listed = this.#account.holds.map(({ id }) => id).sort()
    if (this.#open.sort().join() !== listed.join())
      this.#report('hold_mismatch', this.#holder, 'its open holds are not those of its entries')
  }

  compareGrant(id: string, grant: GrantRecord | null): void {
    const sums = this.#grant(id)
    if (!grant) {
      this.#report('grant_missing', id, 'entries name it and there is no such document')
      return
    }
    const reversed = sums.reversed ?? 0
    this.#compare('grant_mismatch', id, 'amount', sums.amount, grant.amount)
    this.#compare('grant_mismatch', id, 'reversed', reversed, grant.reversed)
    this.#compare('grant_mismatch', id, 'expired', sums.expired, grant.expired)
    this.#compare('grant_mismatch', id, 'owed', sums.owed, grant.owed)
    if (reversed > sums.amount) this.#report('grant_overdrawn', id, `more than ${sums.amount} was reversed`)
  }

  compareHold(id: string, sums: HoldSums, hold: HoldRecord | null): void {
    if (!hold) {
      this.#report('hold_missing', id, 'entries name it and there is no such document')
      return
    }
    for (const name of ['status', 'max', 'spent', 'expiresAt', 'moves', 'mark'] as const)
      this.#compare('hold_mismatch', id, name, sums.state[name], hold[name])
    this.#compare('hold_mismatch', id, 'newest', sums.newest, hold.newest)
    const { status, max, spent } = sums.state
    this.#compare('hold_mismatch', id, 'what is held', sums.held, status === 'open' ? max - spent : 0)
    this.#compare('hold_mismatch', id, 'what was spent', sums.consumed, spent)
    if (spent > max) this.#report('hold_overdrawn', id, `${spent} was spent of ${max}`)
  }

  /** What an entry (or nothing, before the first) left, beside what the newer ones were made on. */
  #compareBalances(id: string, left: Balances): void {
    for (const name of BALANCES) {
      if (left[name] < 0) this.#report('below_zero', id, `${name} falls to ${left[name]}`)
      if (left[name] !== this.#expected[name])
        this.#report(
          'after_mismatch',
          id,
          `it left ${name} at ${left[name]}, what follows found ${this.#expected[name]}`,
        )
    }
  }

  #post({ account, amount, grant }: EntryRecord['postings'][number]): void {
    if (account === 'available' || account === 'held' || account === 'debt') {
      const added = account === 'debt' ? -amount : amount
      this.#sums[account] += added
      this.#expected[account] -= added
    }
    if (grant === null) return
    const sums = this.#grant(grant)
    if (account === 'available') sums.free += amount
    if (account === 'held') sums.held += amount
    if (account === 'issued' || (account === 'corrected' && amount < 0)) sums.amount -= amount
    if (account === 'debt' && amount < 0 && sums.reversed === null) sums.owed -= amount
    if (account === 'expired') sums.expired += amount
    if (account === 'reversed') sums.returned += amount
  }

  /** The newest entry that changed what is asked back of a grant says all of it; what it owed itself is in that. */
  #readReversed({ grant, postings }: EntryRecord): void {
    if (!grant) return
    const sums = this.#grant(grant.id)
    if (sums.reversed !== null) return
    sums.reversed = grant.reversed
    sums.owed += grant.owed
    for (const { account, amount, grant: id } of postings)
      if (account === 'debt' && amount < 0 && id === grant.id) sums.owed += amount
  }

  /** What a grant had before an entry is what it has now, less all that was posted since. */
  #refuseOverdrawn({ id: entry, postings }: EntryRecord): void {
    for (const id of new Set(postings.flatMap(({ grant }) => grant ?? []))) {
      const sums = this.#grant(id)
      const { free = 0, held = 0 } = this.#account.grants.find((grant) => grant.id === id) ?? {}
      if (free < sums.free || held < sums.held)
        this.#report('grant_overdrawn', id, `it had less than nothing before entry "${entry}"`)
    }
  }

  #move(entry: EntryRecord, state: HoldState): void {
    const { id } = state
    const newer = this.#moved.get(id)
    if (newer && !isLinked(newer.oldest, { ...state, newest: entry.id }))
      this.#report('hold_mismatch', id, `what came after entry "${entry.id}" does not name it so`)
    const sums = newer ?? { state, held: 0, consumed: 0, newest: entry.id, oldest: state }
    this.#moved.set(id, sums)
    sums.oldest = state
    for (const { account, amount, grant } of entry.postings) {
      if (account === 'held') sums.held += amount
      if (account === 'consumed' && grant !== null) sums.consumed += amount
    }
    if (entry.kind !== 'reserve') return
    if (!isLinked(state, null)) this.#report('hold_mismatch', id, `entry "${entry.id}" is not its first`)
    this.#moved.delete(id)
    this.#whole.set(id, sums)
    if (sums.state.status === 'open') this.#open.push(id)
  }

  #grant(id: string): GrantSums {
    const nothing = { amount: 0, free: 0, held: 0, expired: 0, reversed: null, returned: 0, owed: 0 }
    const sums = this.grants.get(id) ?? nothing
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

/** Whether an entry of a hold continues the chain that the entry before it left. */
function isLinked({ previous, moves, mark }: HoldState, before: Chain | null): boolean {
  const chain = addLink(before, '')
  return previous === (before?.newest ?? null) && moves === chain.moves && mark === chain.mark
}
