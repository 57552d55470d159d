import { type Microcredits, microcredits } from '../core/index.ts'
import { refuseTooLarge } from './decide-grant.ts'
import { GrantNotFound, ReversalExceedsGrant } from './errors.ts'
import { type Books, type Change, type Label, type Moment, Movement } from './movement.ts'

export interface ReverseCommand {
  readonly label: Label
  readonly grant: string
  readonly amount: Microcredits
}

/**
 * Takes back a grant or part of it: first what is free, then what ended unused, then what comes back from
 * holds. What is spent is owed: other credits that are free pay it at once, and the rest is debt. So whether it
 * was spent before the reversal or after it comes to the same.
 */
export function decideReverse(books: Books, command: ReverseCommand, moment: Moment): Change {
  const { amount } = command
  const grant = books.grants.get(command.grant)
  if (!grant) throw new GrantNotFound(command.grant)
  if (amount > grant.amount - grant.reversed)
    throw new ReversalExceedsGrant({
      grant: grant.id,
      amount: microcredits(grant.amount),
      reversed: microcredits(grant.reversed),
      asked: amount,
    })
  refuseTooLarge(books.account.debt + books.account.held, amount)

  const movement = new Movement(books, command.label, moment.at)
  const live = movement.account.grants.find(({ id }) => id === grant.id)
  let left: number = amount
  const take = (upTo: number) => {
    const taken = Math.min(upTo, left)
    left -= taken
    return taken
  }
  const free = take(live?.free ?? 0)
  const expired = take(grant.expired)
  const waiting = take(live ? live.held - live.reversing : 0)
  const owed = left

  movement.post('available', -free, grant.id)
  movement.post('expired', -expired, grant.id)
  movement.post('reversed', free + expired, grant.id)
  movement.owe(grant.id, owed)
  if (live) live.reversing += waiting
  return movement.record({ grant: { ...grant, reversed: grant.reversed + amount } })
}
