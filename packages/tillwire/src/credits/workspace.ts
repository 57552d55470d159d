import { newId } from '../core/index.ts'
import { getMany, insert, type Store, StoreUnavailable, type SystemFields, type Write } from '../store/index.ts'
import { emptyAccount, hasEnded } from './account.ts'
import { decideDue } from './decide-due.ts'
import { LedgerBusy } from './errors.ts'
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

/** How often accounts are read again because something of theirs reached its end between two looks. */
const MAX_LOOKS = 10

/** What a command is about. */
export interface Needed {
  readonly holder: Holder
  readonly hold?: string
  readonly grant?: string
}

/** What is to be read of one holder, all of one moment. */
interface Wanted {
  readonly holder: Holder
  /** Of an account that is remembered only the rest is read. */
  readonly isRemembered: boolean
  readonly holds: string[]
  readonly grants: string[]
}

/**
 * The part of the ledger that some commands concern, in memory: read at once, decided on in turn, written
 * at once. What has reached its end is ended before anything else is decided. A holder whose documents cannot
 * be read or brought to date costs nobody else.
 */
export class Workspace {
  readonly #now: string
  readonly #accounts: Records<typeof ledgerAccounts, Account>
  readonly #holds: Records<typeof holds, HoldRecord>
  readonly #grants = new Records<typeof grants, GrantRecord>(grants, ownFields)
  readonly #entries: { readonly entry: EntryRecord; readonly by: number | null }[] = []
  readonly #alarms: Write[] = []
  readonly #faults = new Map<Holder, unknown>()

  private constructor(now: Date, remembered?: Remembered) {
    this.#now = now.toISOString()
    this.#accounts = new Records(ledgerAccounts, ownFields, { isPlain: true, memory: remembered?.accounts })
    this.#holds = new Records(holds, ownFields, { isPlain: true, memory: remembered?.holds })
  }

  /** Reads what is not `remembered`. */
  static async read(store: Store, needed: readonly Needed[], now: Date, remembered?: Remembered): Promise<Workspace> {
    const workspace = new Workspace(now, remembered)
    const byHolder = Map.groupBy(needed, ({ holder }) => holder)
    await workspace.#read(
      store,
      [...byHolder].map(([holder, of]) => workspace.#recall(holder, of)),
    )
    return workspace
  }

  /** @throws whatever is wrong with the holder's documents. */
  books(holder: Holder): Books {
    if (this.#faults.has(holder)) throw this.#faults.get(holder)
    return {
      account: this.#accountOf(holder),
      holds: this.#holds.current,
      grants: this.#grants.current,
    }
  }

  /** The time at which a holder's next decision is made: never before that of the last one. */
  moment(holder: Holder): Moment {
    const { at } = this.#accountOf(holder)
    const isBehind = this.#now < at
    return { at: isBehind ? at : this.#now, newId }
  }

  /** Takes over what was decided on a holder's books by command `by`; the next decision sees it. */
  apply(change: Change, by: number | null): void {
    this.#setAccount(change.account)
    for (const hold of change.holds) this.#holds.set(hold, by)
    for (const grant of change.grants) this.#grants.set(grant, by)
    for (const entry of change.entries) this.#entries.push({ entry, by })
  }

  /** Whether what is known of a holder was remembered, and so may be out of date. */
  isRecalled(holder: Holder): boolean {
    return this.#accounts.isRecalled(holder)
  }

  /** After the writes were committed. */
  rememberWritten({ accounts, holds }: Remembered): void {
    this.#accounts.rememberWritten(accounts)
    this.#holds.rememberWritten(holds)
  }

  /** When the commit was refused for something else. */
  rememberRead({ accounts, holds }: Remembered): void {
    this.#accounts.rememberRead(accounts)
    this.#holds.rememberRead(holds)
  }

  /** When the holder's alarm has rung: sets it for when the account is due next. */
  rearm(holder: Holder): void {
    const { account } = this.books(holder)
    if (account.alarmAt && account.alarmAt <= this.#now) this.#setAccount({ ...account, alarmAt: account.dueAt })
  }

  /** The entries that were made, oldest first. */
  get entries(): readonly EntryRecord[] {
    return this.#entries.map(({ entry }) => entry)
  }

  /** Every change, the entries first: a key that was used is found before anything else is amiss. */
  writes(): OwnedWrite[] {
    const entries = this.#entries.map(({ entry, by }) => ({
      write: insert(ledgerEntries, entry, { isPlain: true }),
      by,
    }))
    const alarms = this.#alarms.map((write) => ({ write, by: null }))
    return [...entries, ...this.#grants.writes(), ...this.#holds.writes(), ...this.#accounts.writes(), ...alarms]
  }

  #accountOf(holder: Holder): Account {
    return this.#accounts.current.get(holder) ?? emptyAccount(holder, this.#now)
  }

  /** What of a holder is not remembered. Holds are known by memory together with their account alone. */
  #recall(holder: Holder, needed: readonly Needed[]): Wanted {
    const isRemembered = this.#accounts.recall(holder)
    const held = needed.flatMap(({ hold }) => hold ?? [])
    return {
      holder,
      isRemembered,
      holds: isRemembered ? held.filter((id) => !this.#holds.recall(id)) : held,
      grants: needed.flatMap(({ grant }) => grant ?? []),
    }
  }

  /** Where not all can be read or brought to date, each half by itself, until it is known whose fault it is. */
  async #read(store: Store, wanted: readonly Wanted[]): Promise<void> {
    const [first] = wanted
    if (!first) return
    try {
      await this.#readTogether(store, wanted)
    } catch (error) {
      if (StoreUnavailable.is(error)) throw error
      if (wanted.length === 1) {
        this.#faults.set(first.holder, error)
        return
      }
      const middle = wanted.length >>> 1
      await Promise.all([this.#read(store, wanted.slice(0, middle)), this.#read(store, wanted.slice(middle))])
      return
    }
    for (const { holder } of wanted) this.#bringToDate(holder)
  }

  /**
   * Reads each account with what it names that may change by itself. That is known only when it was read: then
   * both are read again, for between two reads another process may end, what one of them names.
   */
  async #readTogether(store: Store, wanted: readonly Wanted[]): Promise<void> {
    const isIncomplete = (want: Wanted) => !want.isRemembered || want.holds.length > 0 || want.grants.length > 0
    for (const want of wanted) if (want.isRemembered) this.#addDue(want)
    let open = wanted.filter(isIncomplete)
    for (let look = 1; open.length > 0; look++) {
      if (look > MAX_LOOKS) throw new LedgerBusy('its accounts changed at every look')
      await this.#take(store, open)
      open = open.filter((want) => this.#addDue(want))
    }
  }

  async #take(store: Store, wanted: readonly Wanted[]): Promise<void> {
    const unread = wanted.filter(({ isRemembered }) => !isRemembered)
    const read = await store.snapshot({
      accounts: getMany(
        ledgerAccounts,
        unread.map(({ holder }) => holder),
      ),
      holds: getMany(
        holds,
        wanted.flatMap((want) => want.holds),
      ),
      grants: getMany(
        grants,
        wanted.flatMap((want) => want.grants),
      ),
    })
    this.#accounts.take(read.accounts)
    this.#holds.take(read.holds)
    this.#grants.take(read.grants)
  }

  /** Adds what of an account ends now, or may be asked back; whether there was any that was not read with it. */
  #addDue({ holder, isRemembered, holds, grants }: Wanted): boolean {
    const account = this.#accountOf(holder)
    const { at } = this.moment(holder)
    const before = holds.length + grants.length
    for (const { id, expiresAt } of account.holds)
      if (expiresAt <= at && !holds.includes(id) && !(isRemembered && this.#holds.recall(id))) holds.push(id)
    for (const grant of account.grants)
      if ((hasEnded(grant, at) || grant.reversing > 0) && !grants.includes(grant.id)) grants.push(grant.id)
    return holds.length + grants.length > before
  }

  #bringToDate(holder: Holder): void {
    try {
      const change = decideDue(this.books(holder), this.moment(holder))
      if (change) this.apply(change, null)
    } catch (error) {
      this.#faults.set(holder, error)
    }
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
