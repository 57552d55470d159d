import type { Duration, Microcredits } from '../core/index.ts'
import type { Requirement, Write } from '../store/index.ts'

/** Who owns credits. */
export type Holder = `user/${string}` | `team/${string}` | `key/${string}`

/** Documents written, and versions required, in the same commit as a movement. When one fails, only that command is refused. */
export interface Also {
  readonly writes?: readonly Write[]
  readonly requires?: readonly Requirement[]
}
export type GrantSource =
  | { readonly kind: 'purchase' /** The payment key: a payment intent, else an invoice. */; readonly payment: string }
  | { readonly kind: 'sign-up' | 'manual' | 'allowance' | 'correction'; readonly reason?: string }

export interface GrantRequest {
  readonly holder: Holder
  readonly amount: Microcredits
  readonly key: string
  readonly source: GrantSource
  /** ISO time after which what is left is gone. */
  readonly expiresAt?: string
  /** The same, counted from when the credits are given, 36500d at most; not together with `expiresAt`. */
  readonly expiresIn?: Duration
  /** Lower is used first; 100 by default. */
  readonly priority?: number
  readonly description?: string
  readonly also?: Also
}
export interface ReserveRequest {
  /** Of the hold, made by `newId('hold')`, for a caller who writes it down in the same commit; a new one when left out. */
  readonly id?: string
  readonly holder: Holder
  readonly max: Microcredits
  readonly key: string
  readonly ttl: Duration
  /** `reject`: refuse when less than max is available. `up-to-available`: take what there is, above zero. */
  readonly overage?: 'reject' | 'up-to-available'
  readonly also?: Also
}
export interface ReversalRequest {
  readonly grant: string
  readonly amount: Microcredits
  readonly key: string
  readonly reason: 'refund' | 'dispute'
  readonly also?: Also
}
export interface CorrectionRequest {
  readonly holder: Holder
  /** Above zero: what is given. Below: what is taken, of what is available alone. */
  readonly amount: Microcredits
  readonly key: string
  /** Why, for the holder's history and whoever looks later. */
  readonly reason: string
  /** Whether what is not available becomes debt; refused otherwise. */
  readonly allowDebt?: boolean
  /** What else is to be found at the entry, as who asked for it. */
  readonly refs?: Readonly<Record<string, string>>
  readonly also?: Also
}
export interface MoveOptions {
  readonly key: string
  readonly description?: string
  readonly refs?: Readonly<Record<string, string>>
  readonly also?: Also
}

export interface BalanceSums {
  readonly available: Microcredits
  readonly held: Microcredits
  readonly debt: Microcredits
  /** How many entries the holder has: grows with each movement. */
  readonly version: number
}
export interface Balance extends BalanceSums {
  /** Those with credits left, in the order in which they are used; `left` counts what is held too. */
  readonly grants: readonly {
    readonly id: string
    readonly amount: Microcredits
    readonly left: Microcredits
    readonly expiresAt: string | null
    readonly priority: number
  }[]
}

export type AccountName =
  | 'available'
  | 'held'
  | 'debt'
  | 'issued'
  | 'consumed'
  | 'expired'
  | 'reversed'
  | 'absorbed'
  | 'corrected'
/**
 * One leg of a movement: what is added to (or, negative, taken from) an account. A movement's postings sum
 * to zero. Debt counts against its holder: a debt that grows by 20 is a posting of -20.
 */
export interface Posting {
  readonly account: AccountName
  readonly amount: Microcredits
  readonly grant: string | null
}
export type EntryKind =
  | 'grant'
  | 'reserve'
  | 'extend'
  | 'spend'
  | 'settle'
  | 'release'
  | 'expire'
  | 'reverse'
  | 'restore'
  | 'correct'
export interface Entry {
  readonly id: string
  readonly at: string
  readonly holder: Holder
  readonly kind: EntryKind
  readonly key: string
  readonly postings: readonly Posting[]
  /** Balance after it. */
  readonly after: { readonly available: Microcredits; readonly held: Microcredits; readonly debt: Microcredits }
  readonly description: string
  readonly refs: Readonly<Record<string, string>>
}

/** What a movement on a hold leaves behind. */
export interface HoldState {
  readonly id: string
  readonly holder: Holder
  readonly status: 'open' | 'settled' | 'released' | 'expired'
  readonly max: Microcredits
  readonly spent: Microcredits
  readonly expiresAt: string
  /** What has been taken of each grant so far. */
  readonly used: readonly { readonly grant: string; readonly amount: Microcredits }[]
}
export interface Hold extends HoldState {
  /**
   * Ids of the entries that this hold made up to now, oldest first; 10,000 at most.
   * @throws EntryMissing where one of them is missing or damaged.
   */
  entries(): Promise<readonly string[]>
  /** Spends part of the hold now. */
  spend(amount: Microcredits, options: MoveOptions): Promise<HoldResult>
  /** Sets aside `more` on top (as far as the overage rule allows) and moves the end to `ttl` from now. */
  extend(options: {
    more?: Microcredits
    ttl?: Duration
    overage?: 'reject' | 'up-to-available'
    key: string
    also?: Also
  }): Promise<HoldResult>
  /**
   * Ends the hold. `actual` is the total of the hold, what was spent before included; the rest comes back.
   * With `absorb`, what is over the hold's max is borne by us and posted to `absorbed`.
   */
  settle(actual: Microcredits, options: MoveOptions & { readonly absorb?: boolean }): Promise<HoldResult>
  /** Ends the hold; what was not spent comes back. The key is the hold's id when none is given. */
  release(options?: Partial<MoveOptions>): Promise<HoldResult>
}
/** The hold after a movement, and the holder's balance after it. */
export interface HoldResult {
  readonly hold: Hold
  readonly entry: string
  readonly balance: BalanceSums
}

export interface CreditsCheck {
  readonly problems: readonly { readonly code: string; readonly id: string; readonly message: string }[]
  readonly checked: {
    readonly holders: number
    readonly entries: number
    readonly grants: number
    readonly holds: number
  }
  /** The sums of all postings in microcredits, which may pass what one holder can have; together zero. */
  readonly totals: Readonly<Record<AccountName, bigint>>
}

export interface Credits {
  grant(request: GrantRequest): Promise<{ readonly grant: string; readonly entry: string; readonly replayed: boolean }>
  reserve(request: ReserveRequest): Promise<Hold>
  getHold(id: string): Promise<Hold | null>
  spend(
    request: MoveOptions & { readonly holder: Holder; readonly amount: Microcredits },
  ): Promise<{ readonly entry: string }>
  /**
   * Takes back a grant or part of it: what is free and what comes back from holds; what was spent of it is
   * settled from the holder's other credits, and the rest is debt.
   */
  reverse(request: ReversalRequest): Promise<{ readonly entry: string }>
  /** The inverse: gives back what was reversed, never more; debt is paid first. */
  restore(request: ReversalRequest): Promise<{ readonly entry: string }>
  /** A correction by hand: gives (above zero), which makes a grant, or takes (below). */
  correct(request: CorrectionRequest): Promise<{
    readonly entry: string
    readonly grant: string | null
    readonly replayed: boolean
  }>
  balance(holder: Holder): Promise<Balance>
  /** Newest first. */
  entries(
    holder: Holder,
    options?: { after?: string; limit?: number },
  ): Promise<{ readonly items: Entry[]; readonly next: string | null }>
  /** The grant that a payment funded, if any. */
  findPurchase(payment: string): Promise<{
    readonly grant: string
    readonly holder: Holder
    readonly amount: Microcredits
    readonly reversed: Microcredits
  } | null>
  /** Ends holds and grants whose time has come; returns how many. Run by the server, safe in every process. */
  expireDue(): Promise<{ readonly holds: number; readonly grants: number }>
  check(): Promise<CreditsCheck>
  close(): Promise<void>
}
