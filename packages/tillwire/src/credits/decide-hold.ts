import { type Microcredits, microcredits } from '../core/index.ts'
import { SettleBelowSpent } from './errors.ts'
import {
  endedHold,
  type HoldMove,
  openHold,
  refuseAboveMax,
  refuseManyMoves,
  returnHeld,
  spendHeld,
} from './hold-move.ts'
import { type Books, type Change, type Moment, Movement } from './movement.ts'

export interface SpendHoldCommand extends HoldMove {
  readonly amount: Microcredits
}
export interface SettleCommand extends HoldMove {
  /** The total of the hold. */
  readonly actual: Microcredits
  /** Whether what is over the hold's maximum is borne by us. */
  readonly absorb: boolean
}

/** Spends part of an open hold. */
export function decideSpendHold(books: Books, command: SpendHoldCommand, moment: Moment): Change {
  const hold = openHold(books, command.hold)
  refuseManyMoves(hold)
  const spent = hold.spent + command.amount
  refuseAboveMax(hold, spent, command.amount)

  const movement = new Movement(books, command.label, moment.at)
  spendHeld(movement, hold, spent)
  return movement.record({ hold: { ...hold, spent } })
}

/** Ends a hold with its total; the rest comes back. */
export function decideSettle(books: Books, command: SettleCommand, moment: Moment): Change {
  const hold = openHold(books, command.hold)
  const { actual } = command
  if (actual < hold.spent) throw new SettleBelowSpent({ hold: hold.id, spent: microcredits(hold.spent), actual })
  if (!command.absorb) refuseAboveMax(hold, actual, actual)
  const spent = Math.min(actual, hold.max)

  const movement = new Movement(books, command.label, moment.at)
  spendHeld(movement, hold, spent)
  returnHeld(movement, hold, spent, moment)
  movement.post('absorbed', spent - actual, null)
  movement.post('consumed', actual - spent, null)
  return movement.record({ hold: endedHold(movement, hold, 'settled', spent) })
}

/** Ends a hold; what was not spent comes back. */
export function decideRelease(books: Books, command: HoldMove, moment: Moment): Change {
  const hold = openHold(books, command.hold)
  const movement = new Movement(books, command.label, moment.at)
  returnHeld(movement, hold, hold.spent, moment)
  return movement.record({ hold: endedHold(movement, hold, 'released', hold.spent) })
}
