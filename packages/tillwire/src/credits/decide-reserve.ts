import { type Microcredits, microcredits } from '../core/index.ts'
import { MAX_OPEN_HOLDS, type Part, partsOfAvailable } from './account.ts'
import { DebtOutstanding, InvalidCommand, LedgerLimitReached, OutOfCredits } from './errors.ts'
import { type HoldMove, openHold, refuseManyMoves } from './hold-move.ts'
import { type Books, type Change, type Label, type Moment, type MovedHold, Movement } from './movement.ts'
import type { Account } from './schema.ts'

export type Overage = 'reject' | 'up-to-available'
export interface ReserveCommand {
  readonly label: Label
  /** Of the hold; a new one when left out. */
  readonly id?: string | undefined
  readonly max: Microcredits
  readonly overage: Overage
  readonly expiresAt: string
}
export interface ExtendCommand extends HoldMove {
  /** 0: only the end moves. */
  readonly more: number
  readonly overage: Overage
  /** null: the end stays. */
  readonly expiresAt: string | null
}

/** Sets credits aside for a hold. */
export function decideReserve(books: Books, command: ReserveCommand, moment: Moment): Change {
  const { account } = books
  if (account.holds.length >= MAX_OPEN_HOLDS)
    throw new LedgerLimitReached({ what: 'open holds', limit: MAX_OPEN_HOLDS })
  if (command.id !== undefined && books.holds.has(command.id))
    throw new InvalidCommand({ field: 'id', reason: `there is a hold "${command.id}" already` })
  const allocations = allocate(account, command.max, command.overage)

  const movement = new Movement(books, command.label, moment.at)
  movement.move(allocations, 'available', 'held')
  const hold: MovedHold = {
    id: command.id ?? moment.newId('hold'),
    holder: books.account.id,
    status: 'open',
    max: total(allocations),
    spent: 0,
    expiresAt: command.expiresAt,
    allocations,
  }
  movement.account.holds = placeHold(account.holds, hold)
  return movement.record({ hold })
}

/** Sets more aside for an open hold, moves its end, or both. */
export function decideExtend(books: Books, command: ExtendCommand, moment: Moment): Change {
  const { account } = books
  const hold = openHold(books, command.hold)
  refuseManyMoves(hold)
  const added = command.more === 0 ? [] : allocate(account, command.more, command.overage)

  const movement = new Movement(books, command.label, moment.at)
  movement.move(added, 'available', 'held')
  const extended: MovedHold = {
    ...hold,
    max: hold.max + total(added),
    expiresAt: command.expiresAt ?? hold.expiresAt,
    allocations: append(hold.allocations, added),
  }
  movement.account.holds = placeHold(
    account.holds.filter((open) => open.id !== hold.id),
    extended,
  )
  return movement.record({ hold: extended })
}

/** Which grants pay what is to be set aside or spent at once. */
export function allocate(account: Account, wanted: number, overage: Overage): Part[] {
  if (account.debt > 0) throw new DebtOutstanding({ debt: microcredits(account.debt) })
  const amount = overage === 'reject' ? wanted : Math.min(wanted, account.available)
  if (amount > account.available || amount === 0)
    throw new OutOfCredits({ needed: microcredits(wanted), available: microcredits(account.available) })
  return partsOfAvailable(account, amount)
}

function placeHold(open: Account['holds'], { id, expiresAt }: MovedHold): Account['holds'] {
  const index = open.findIndex((other) => expiresAt < other.expiresAt)
  return open.toSpliced(index === -1 ? open.length : index, 0, { id, expiresAt })
}

/** Neighbouring parts of one grant become one, so that a hold topped up often stays small. */
function append(allocations: readonly Part[], added: readonly Part[]): Part[] {
  const last = allocations.at(-1)
  const [first, ...rest] = added
  if (!last || !first || last.grant !== first.grant) return [...allocations, ...added]
  return [...allocations.slice(0, -1), { grant: last.grant, amount: last.amount + first.amount }, ...rest]
}

function total(parts: readonly Part[]): number {
  return parts.reduce((sum, part) => sum + part.amount, 0)
}
