import { newId } from '../core/index.ts'
import { insert, type Store, type SystemFields, type Write } from '../store/index.ts'
import { emptyAccount, hasEnded } from './account.ts'
import { decideDue } from './decide-due.ts'
import type { Books, Change, Moment } from './movement.ts'
import { type OwnedWrite, Records } from './records.ts'
import type { Remembered } from './remembered.ts'
import {
  type Account,
  type EntryRecord,
  type GrantRecord,
  grants,
  type HoldRecord,
  holds,
  ledgerAccounts,
  ledgerAlarms,
  ledgerEntries,
} from './schema.ts'
import type { Holder } from './types.ts'

/** What a command is about. */
export interface Needed {
  readonly holder: Holder
  readonly hold?: string
  readonly grant?: string
}

/**
 * The part of the ledger that some commands concern, in memory: read at once, decided on in turn, written
 * at once. What has reached its end is ended before anything else is decided.
 */
export class Workspace {
  readonly #now: string
  readonly #accounts: Records<typeof ledgerAccounts, Account>
  readonly #holds: Records<typeof holds, HoldRecord>
  readonly #grants = new Records<typeof grants, GrantRecord>(grants, ownFields)
  readonly #entries: { readonly entry: EntryRecord; readonly by: number | null }[] = []
  readonly #alarms: Write[] = []

  private constructor(now: Date, remembered?: Remembered) {
    this.#now = now.toISOString()
    this.#accounts = new Records(ledgerAccounts, ownFields, remembered?.accounts)
    this.#holds = new Records(holds, ownFields, remembered?.holds)
  }

  /** Reads what is not `remembered`. */
  static async read(store: Store, needed: readonly Needed[], now: Date, remembered?: Remembered): Promise<Workspace> {
    const workspace = new Workspace(now, remembered)
    await workspace.#read(store, needed)
    for (const { holder } of needed) workspace.#bringToDate(holder)
    return workspace
  }

  books(holder: Holder): Books {
    return {
      account: this.#accounts.current.get(holder) ?? emptyAccount(holder, this.#now),
      holds: this.#holds.current,
      grants: this.#grants.current,
    }
  }

  /** The time at which a holder's next decision is made: never before that of the last one. */
  moment(holder: Holder): Moment {
    const { at } = this.books(holder).account
    const isBehind = this.#now < at
    return { at: isBehind ? at : this.#now, newId }
  }

  /** Takes over what was decided on a holder's books by command `by`; the next decision sees it. */
  apply(holder: Holder, change: Change, by: number | null): void {
    this.#take(change, by)
    // A grant may come after its own end.
    this.#bringToDate(holder)
  }

  /** Whether any of it was remembered, and so may be out of date. */
  get recalled(): boolean {
    return this.#accounts.recalled || this.#holds.recalled
  }

  /** After the writes were committed. */
  remember({ accounts, holds }: Remembered): void {
    this.#accounts.remember(accounts)
    this.#holds.remember(holds)
  }

  /** When the holder's alarm has rung: sets it for when the account is due next. */
  rearm(holder: Holder): void {
    const account = this.#accounts.current.get(holder)
    if (account?.alarmAt && account.alarmAt <= this.#now) this.#setAccount({ ...account, alarmAt: account.dueAt })
  }

  /** The entries that were made, oldest first. */
  get entries(): readonly EntryRecord[] {
    return this.#entries.map(({ entry }) => entry)
  }

  /** Every change, the entries first: a key that was used is found before anything else is amiss. */
  writes(): OwnedWrite[] {
    const entries = this.#entries.map(({ entry, by }) => ({ write: insert(ledgerEntries, entry), by }))
    const alarms = this.#alarms.map((write) => ({ write, by: null }))
    return [...entries, ...this.#grants.writes(), ...this.#holds.writes(), ...this.#accounts.writes(), ...alarms]
  }

  async #read(store: Store, needed: readonly Needed[]): Promise<void> {
    const holders = needed.map(({ holder }) => holder)
    const held = needed.flatMap(({ hold }) => hold ?? [])
    const granted = needed.flatMap(({ grant }) => grant ?? [])
    await Promise.all([
      this.#accounts.read(store, holders),
      this.#holds.read(store, held),
      this.#grants.read(store, granted),
    ])
    const dueHolds: string[] = []
    const changingGrants: string[] = []
    for (const account of this.#accounts.current.values()) {
      const { at } = this.moment(account.id as Holder)
      for (const hold of account.holds) if (hold.expiresAt <= at) dueHolds.push(hold.id)
      for (const grant of account.grants) if (hasEnded(grant, at) || grant.reversing > 0) changingGrants.push(grant.id)
    }
    await Promise.all([this.#holds.read(store, dueHolds), this.#grants.read(store, changingGrants)])
  }

  #bringToDate(holder: Holder): void {
    const change = decideDue(this.books(holder), this.moment(holder))
    if (change) this.#take(change, null)
  }

  #take(change: Change, by: number | null): void {
    this.#setAccount(change.account)
    for (const hold of change.holds) this.#holds.set(hold, by)
    for (const grant of change.grants) this.#grants.set(grant, by)
    for (const entry of change.entries) this.#entries.push({ entry, by })
  }

  #setAccount(account: Account): void {
    const { id: holder, alarmAt: at } = account
    if (at !== null && at !== this.#accounts.current.get(holder)?.alarmAt)
      this.#alarms.push(insert(ledgerAlarms, { holder, at }))
    this.#accounts.set(account, null)
  }
}

function ownFields<D extends SystemFields>({ version, createdAt, updatedAt, ...fields }: D) {
  return fields
}
