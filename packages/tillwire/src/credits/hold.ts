import { type Duration, InternalError, type Microcredits, microcredits } from '../core/index.ts'
import type { Store } from '../store/index.ts'
import { byGrant, partsOfHold } from './account.ts'
import { type Command, checkOverage, checkTtl, endsAfter, label, notNegative, positive } from './command.ts'
import { decideRelease, decideSettle, decideSpendHold } from './decide-hold.ts'
import { decideExtend, type Overage } from './decide-reserve.ts'
import { EntryMissing, InvalidCommand } from './errors.ts'
import { readHoldEntries } from './hold-chain.ts'
import { sumsAfter } from './read-balance.ts'
import type { Recorded } from './recorded.ts'
import type { HoldRecord } from './schema.ts'
import type { Also, Hold, Holder, HoldResult, HoldState, MoveOptions } from './types.ts'

/** Decides a command, and writes what it moves. */
export type RunCommand = (command: Command) => Promise<Recorded>

/** A hold, with what can be done to it. */
export function holdOf(store: Store, run: RunCommand, record: HoldRecord): Hold {
  return new OpenedHold(store, run, record)
}

/** The hold as a command left it, which for a replay may be long ago. */
export function holdAfter({ entry, hold }: Recorded): HoldRecord {
  if (!hold || !entry.hold) throw new InternalError(`Entry "${entry.id}" is not about a hold.`)
  const { previous: _, ...left } = entry.hold
  return { ...hold, ...left, newest: entry.id }
}

class OpenedHold implements Hold {
  readonly id: string
  readonly holder: Holder
  readonly status: HoldState['status']
  readonly max: Microcredits
  readonly spent: Microcredits
  readonly expiresAt: string
  readonly used: HoldState['used']
  readonly #store: Store
  readonly #run: RunCommand
  readonly #record: HoldRecord

  constructor(store: Store, run: RunCommand, record: HoldRecord) {
    this.id = record.id
    this.holder = record.holder as Holder
    this.status = record.status
    this.max = microcredits(record.max)
    this.spent = microcredits(record.spent)
    this.expiresAt = record.expiresAt
    this.used = byGrant(partsOfHold(record.allocations, 0, record.spent)).map(({ grant, amount }) => ({
      grant,
      amount: microcredits(amount),
    }))
    this.#store = store
    this.#run = run
    this.#record = record
  }

  async entries(): Promise<readonly string[]> {
    const { entries, broken } = await readHoldEntries(this.#store, this.#record)
    const [at] = broken
    if (at !== undefined) throw new EntryMissing(at)
    return entries.map(({ id }) => id)
  }

  async spend(amount: Microcredits, options: MoveOptions): Promise<HoldResult> {
    const move = { hold: this.id, amount: positive(amount), label: label('spend', options, [this.id, amount]) }
    return this.#move(move.label, options.also, (books, moment) => decideSpendHold(books, move, moment))
  }

  async extend(options: {
    more?: Microcredits
    ttl?: Duration
    overage?: Overage
    key: string
    also?: Also
  }): Promise<HoldResult> {
    const { more, ttl, also } = options
    const overage = checkOverage(options.overage ?? 'reject')
    if (more === undefined && ttl === undefined)
      throw new InvalidCommand({ field: 'more', reason: 'give more, ttl or both' })
    const move = {
      hold: this.id,
      more: more === undefined ? 0 : positive(more),
      overage,
      label: label('extend', options, [this.id, more, ttl === undefined ? ttl : checkTtl(ttl), overage]),
    }
    return this.#move(move.label, also, (books, moment) =>
      decideExtend(books, { ...move, expiresAt: ttl === undefined ? null : endsAfter(moment, ttl) }, moment),
    )
  }

  async settle(actual: Microcredits, options: MoveOptions & { readonly absorb?: boolean }): Promise<HoldResult> {
    const { absorb = false } = options
    const move = {
      hold: this.id,
      actual: notNegative(actual),
      absorb,
      label: label('settle', options, [this.id, actual, absorb]),
    }
    return this.#move(move.label, options.also, (books, moment) => decideSettle(books, move, moment))
  }

  async release(options: Partial<MoveOptions> = {}): Promise<HoldResult> {
    const move = { hold: this.id, label: label('release', { ...options, key: options.key ?? this.id }, [this.id]) }
    return this.#move(move.label, options.also, (books, moment) => decideRelease(books, move, moment))
  }

  async #move(label: Command['label'], also: Also | undefined, decide: Command['decide']): Promise<HoldResult> {
    const recorded = await this.#run({ holder: this.holder, hold: this.id, label, also, decide })
    const hold = holdOf(this.#store, this.#run, holdAfter(recorded))
    return { hold, entry: recorded.entry.id, balance: sumsAfter(recorded.entry) }
  }
}
