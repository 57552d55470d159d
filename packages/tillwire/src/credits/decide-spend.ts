import type { Microcredits } from '../core/index.ts'
import { allocate } from './decide-reserve.ts'
import { type Books, type Change, type Label, type Moment, Movement } from './movement.ts'

export interface SpendCommand {
  readonly label: Label
  readonly amount: Microcredits
}

/** Spends available credits at once, without a hold. */
export function decideSpend(books: Books, command: SpendCommand, moment: Moment): Change {
  const parts = allocate(books.account, command.amount, 'reject')
  const movement = new Movement(books, command.label, moment.at)
  movement.move(parts, 'available', 'consumed')
  return movement.record()
}
