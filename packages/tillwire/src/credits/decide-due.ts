import { invariant } from '../core/index.ts'
import { hasEnded } from './account.ts'
import { endedHold, returnHeld } from './hold-move.ts'
import { afterChange, type Books, both, type Change, type Moment, Movement, ownLabel } from './movement.ts'

/**
 * Ends the holds and the free parts of grants whose time has come; null when there are none. Holds go
 * first, for what comes back from one may expire with its grant. The keys of the entries are the ids of
 * what ended, so nothing ends twice.
 */
export function decideDue(books: Books, moment: Moment): Change | null {
  let current = books
  let all: Change | null = null
  for (let next = endNext(current, moment); next; next = endNext(current, moment)) {
    current = afterChange(current, next)
    all = all ? both(all, next) : next
  }
  return all
}

function endNext(books: Books, moment: Moment): Change | null {
  const { dueAt, holds, grants } = books.account
  if (dueAt === null || dueAt > moment.at) return null
  const hold = holds.find(({ expiresAt }) => expiresAt <= moment.at)
  if (hold) return endHold(books, hold.id, moment)
  const grant = grants.find((live) => live.free > 0 && hasEnded(live, moment.at))
  invariant(grant, 'an account that is due has something that ended')
  const movement = new Movement(books, ownLabel('expire', grant.id), moment.at)
  movement.move([{ grant: grant.id, amount: grant.free }], 'available', 'expired')
  return movement.record({ grant: books.grants.get(grant.id) })
}

function endHold(books: Books, id: string, moment: Moment): Change {
  const hold = books.holds.get(id)
  invariant(hold?.status === 'open', `hold "${id}" was not read though it ended`)
  const movement = new Movement(books, ownLabel('expire', id), moment.at)
  returnHeld(movement, hold, hold.spent, moment)
  return movement.record({ hold: endedHold(movement, hold, 'expired', hold.spent) })
}
