import { microcredits } from '../core/index.ts'
import { hasEnded } from './account.ts'
import { addLiveGrant, refuseTooLarge } from './decide-grant.ts'
import type { ReverseCommand } from './decide-reverse.ts'
import { GrantNotFound, RestoreExceedsReversed } from './errors.ts'
import { type Books, type Change, type Moment, Movement } from './movement.ts'
import type { GrantRecord } from './schema.ts'

/**
 * Gives back what was reversed of a grant: first what is owed for it still, then what is yet to come back from
 * holds, then what had been spent of it and other credits have paid since, then what was left of it. So all that
 * counts is how much is reversed in all, and no credits are free of a grant that waits for more. Of a grant that
 * has ended meanwhile what was left has ended too; what had been spent in time comes back without an end.
 */
export function decideRestore(books: Books, command: ReverseCommand, moment: Moment): Change {
  const { amount } = command
  const grant = books.grants.get(command.grant)
  if (!grant) throw new GrantNotFound(command.grant)
  if (amount > grant.reversed)
    throw new RestoreExceedsReversed({ grant: grant.id, reversed: microcredits(grant.reversed), asked: amount })
  const { account } = books
  refuseTooLarge(account.available + account.held + account.debt, amount)

  const movement = new Movement(books, command.label, moment.at)
  const live = movement.account.grants.find(({ id }) => id === grant.id)
  let left: number = amount
  const take = (upTo: number) => {
    const taken = Math.min(upTo, left)
    left -= taken
    return taken
  }
  const unpaid = take(Math.min(grant.owed, account.debt))
  const waiting = take(live?.reversing ?? 0)
  const owed = unpaid + take(grant.owed - unpaid)
  const rest = left
  const isOver = hasEnded(grant, moment.at)

  if (live) live.reversing -= waiting
  movement.post('reversed', -owed - rest, grant.id)
  giveFree(movement, grant, isOver ? owed : owed + rest, isOver)
  movement.post('expired', isOver ? rest : 0, grant.id)
  return movement.record({ grant: { ...grant, reversed: grant.reversed - amount, owed: grant.owed - owed } })
}

function giveFree(movement: Movement, grant: GrantRecord, amount: number, withoutEnd: boolean): void {
  if (amount === 0) return
  const { id, priority } = grant
  const expiresAt = withoutEnd ? null : grant.expiresAt
  const { account } = movement
  const live = account.grants.find((one) => one.id === id)
  account.grants = account.grants.filter((one) => one !== live)
  const nothing = { id, amount: grant.amount, free: 0, held: 0, reversing: 0, priority }
  addLiveGrant(movement, { ...(live ?? nothing), expiresAt })
  movement.post('available', amount, id)
}
