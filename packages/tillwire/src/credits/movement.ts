import { invariant, microcredits } from '../core/index.ts'
import { nextAlarm, nextDue, type Part, partsOfAvailable } from './account.ts'
import { entryId } from './entry-id.ts'
import { addLink, type Chain } from './hold-chain.ts'
import type { Account, EntryRecord, GrantRecord, HoldRecord, LiveGrant } from './schema.ts'
import type { AccountName, EntryKind } from './types.ts'

/** All that a decision reads: the holder's account, and the holds and grants that the command or the date concerns. */
export interface Books {
  readonly account: Account
  readonly holds: ReadonlyMap<string, HoldRecord>
  readonly grants: ReadonlyMap<string, GrantRecord>
}
/** The time of a decision, and where its ids come from. */
export interface Moment {
  readonly at: string
  newId(prefix: string): string
}
/** What an entry says of the command behind it. */
export interface Label {
  readonly kind: EntryKind
  readonly key: string
  readonly inputHash: string
  readonly description: string
  readonly refs: Readonly<Record<string, string>>
}
/** What a decision leaves behind: the new state, and the command's own entry before any that follow from it. */
export interface Change {
  readonly account: Account
  readonly holds: readonly HoldRecord[]
  readonly grants: readonly GrantRecord[]
  readonly entries: readonly [EntryRecord, ...EntryRecord[]]
}

/** The label of a movement that nobody asked for: it follows from the date or from another movement. */
export function ownLabel(kind: EntryKind, key: string): Label {
  return { kind, key, inputHash: '', description: '', refs: {} }
}

/** A hold as a movement leaves it; its entry becomes part of the hold's chain. */
export type MovedHold = Omit<HoldRecord, keyof Chain>

type EntryPosting = EntryRecord['postings'][number]

/**
 * One movement being decided. Each posting changes its own copy of the account as it is made, so an
 * account is always the sum of its entries.
 *
 * A posting to `debt` is negative when debt grows, for it counts against the holder.
 */
export class Movement {
  readonly entry: string
  readonly #books: Books
  readonly #label: Label
  readonly #at: string
  readonly #account: Account
  readonly #postings: EntryPosting[] = []
  readonly #owed = new Map<string, number>()

  constructor(books: Books, label: Label, at: string) {
    this.entry = entryId(books.account.id, label)
    this.#books = books
    this.#label = label
    this.#at = at
    this.#account = { ...books.account, grants: books.account.grants.map((grant) => ({ ...grant })) }
  }

  /** The account as the postings so far leave it. Its `holds` and `grants` may be replaced. */
  get account(): Account {
    return this.#account
  }

  /** A grant with credits left, as the postings so far leave it. */
  liveGrant(id: string): LiveGrant {
    const found = this.#account.grants.find((grant) => grant.id === id)
    invariant(found, `grant "${id}" of "${this.#books.account.id}" has nothing left`)
    return found
  }

  post(account: AccountName, amount: number, grant: string | null): void {
    if (amount === 0) return
    const same = this.#postings.find((posting) => posting.account === account && posting.grant === grant)
    if (same) same.amount += amount
    else this.#postings.push({ account, amount, grant })
    if (account === 'debt') this.#account.debt -= amount
    if (account === 'available' || account === 'held') {
      this.#account[account] += amount
      if (grant !== null) this.liveGrant(grant)[account === 'available' ? 'free' : 'held'] += amount
    }
  }

  /** What was spent of a grant is asked back: debt stands for it, until other credits pay that. */
  owe(grant: string, amount: number): void {
    if (amount === 0) return
    this.#owed.set(grant, (this.#owed.get(grant) ?? 0) + amount)
    this.post('reversed', amount, grant)
    this.post('debt', -amount, grant)
  }

  /** Moves parts of grants between two accounts. */
  move(parts: readonly Part[], from: AccountName, to: AccountName): void {
    for (const { grant, amount } of parts) {
      this.post(from, -amount, grant)
      this.post(to, amount, grant)
    }
  }

  /** Ends the movement: no credits lie idle beside debt. Returns its entry, and the state after it. */
  record(moved: { readonly hold?: MovedHold; readonly grant?: GrantRecord | undefined } = {}): Change {
    this.#payDebt()
    const postings = this.#postings.filter((posting) => posting.amount !== 0)
    const grants = this.#changedGrants(postings, moved.grant)
    const grant = moved.grant && grants.find(({ id }) => id === moved.grant?.id)
    const account = this.#account
    account.grants = account.grants.filter((grant) => grant.free > 0 || grant.held > 0)
    const previous = account.newest
    const before = (moved.hold && this.#books.holds.get(moved.hold.id)) ?? null
    const hold = moved.hold ? { ...moved.hold, ...addLink(before, this.entry) } : null
    account.sequence += 1
    account.newest = this.entry
    account.at = this.#at
    account.dueAt = nextDue(account)
    account.alarmAt = nextAlarm(account)
    assertBalanced(account, postings)
    const { available, held, debt } = account
    const entry: EntryRecord = {
      id: this.entry,
      holder: account.id,
      sequence: account.sequence,
      previous,
      ...this.#label,
      refs: { ...this.#label.refs },
      at: this.#at,
      postings,
      after: { available, held, debt },
      hold: hold && { ...holdSnapshot(hold), previous: before?.newest ?? null },
      grant: grant ? { id: grant.id, reversed: grant.reversed, owed: grant.owed } : null,
    }
    return { account, holds: hold ? [hold] : [], grants, entries: [entry] }
  }

  #payDebt(): void {
    const { debt, available } = this.#account
    if (debt > 0 && available > 0)
      this.move(partsOfAvailable(this.#account, Math.min(debt, available)), 'available', 'debt')
  }

  /** The grant that was moved, and those of which a part expired or is owed now. */
  #changedGrants(postings: readonly EntryPosting[], moved?: GrantRecord): GrantRecord[] {
    const changed = new Map(moved ? [[moved.id, moved]] : [])
    const change = (id: string, added: { readonly expired?: number; readonly owed?: number }) => {
      const record = changed.get(id) ?? this.#books.grants.get(id)
      invariant(record, `grant "${id}" was not read though it changed`)
      const { expired = 0, owed = 0 } = added
      changed.set(id, { ...record, expired: record.expired + expired, owed: record.owed + owed })
    }
    for (const { account, amount, grant } of postings)
      if (account === 'expired' && grant !== null) change(grant, { expired: amount })
    for (const [grant, owed] of this.#owed) change(grant, { owed })
    return [...changed.values()]
  }
}

/** Both changes as one: `second` was decided on what `first` left. */
export function both(first: Change, second: Change): Change {
  return {
    account: second.account,
    holds: [...first.holds, ...second.holds],
    grants: [...first.grants, ...second.grants],
    entries: [...first.entries, ...second.entries],
  }
}

/** The books as a change leaves them. */
export function afterChange(books: Books, change: Change): Books {
  return {
    account: change.account,
    holds: withRecords(books.holds, change.holds),
    grants: withRecords(books.grants, change.grants),
  }
}

function withRecords<R extends { readonly id: string }>(
  map: ReadonlyMap<string, R>,
  records: readonly R[],
): ReadonlyMap<string, R> {
  if (records.length === 0) return map
  const changed = new Map(map)
  for (const record of records) changed.set(record.id, record)
  return changed
}

function holdSnapshot({ id, status, max, spent, expiresAt, moves, mark }: HoldRecord) {
  return { id, status, max, spent, expiresAt, moves, mark }
}

function assertBalanced(account: Account, postings: readonly EntryPosting[]): void {
  let sum = 0
  for (const posting of postings) sum += posting.amount
  invariant(sum === 0, 'the postings of an entry sum to zero')
  let free = 0
  let held = 0
  for (const grant of account.grants) {
    invariant(grant.free >= 0 && grant.held >= 0, 'no part of a grant is below zero')
    invariant(grant.reversing >= 0 && grant.reversing <= grant.held, 'what is to be reversed is held')
    free += grant.free
    held += grant.held
  }
  invariant(free === account.available && held === account.held, 'the balance is the sum of its grants')
  microcredits(account.available + account.held + account.debt)
}
