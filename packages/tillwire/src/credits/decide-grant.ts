import { type Microcredits, microcredits } from '../core/index.ts'
import { MAX_LIVE_GRANTS, placeGrant } from './account.ts'
import { BalanceTooLarge, LedgerLimitReached } from './errors.ts'
import { afterChange, type Books, both, type Change, type Label, type Moment, Movement, ownLabel } from './movement.ts'
import type { GrantRecord } from './schema.ts'
import type { GrantSource } from './types.ts'

export interface GrantCommand {
  readonly label: Label
  readonly amount: Microcredits
  readonly source: GrantSource
  readonly expiresAt: string | null
  readonly priority: number
}

/** Gives credits; debt is paid with them first. */
export function decideGrant(books: Books, command: GrantCommand, moment: Moment): Change {
  const { label, amount, source, expiresAt, priority } = command
  const { account } = books
  if (account.grants.length >= MAX_LIVE_GRANTS)
    throw new LedgerLimitReached({ what: 'grants with credits left', limit: MAX_LIVE_GRANTS })
  refuseTooLarge(account.available + account.held + account.debt, amount)

  const movement = new Movement(books, label, moment.at)
  const id = moment.newId('grant')
  movement.account.grants = placeGrant(movement.account.grants, {
    id,
    amount,
    free: 0,
    held: 0,
    reversing: 0,
    expiresAt,
    priority,
  })
  movement.post('issued', -amount, id)
  movement.post('available', amount, id)
  const grant: GrantRecord = {
    id,
    holder: books.account.id,
    amount,
    source,
    expiresAt,
    priority,
    entry: movement.entry,
    reversed: 0,
    expired: 0,
  }
  const given = movement.record({ grant })
  const repaid = Math.min(account.debt, amount)
  return repaid === 0 ? given : both(given, repay(afterChange(books, given), grant, repaid, moment))
}

function repay(books: Books, grant: GrantRecord, amount: number, moment: Moment): Change {
  const movement = new Movement(books, ownLabel('repay', grant.id), moment.at)
  movement.move([{ grant: grant.id, amount }], 'available', 'debt')
  return movement.record()
}

/** Refuses what would make a balance, or what may yet become debt, too large to be exact. */
export function refuseTooLarge(total: number, amount: Microcredits): void {
  if (!Number.isSafeInteger(total + amount)) throw new BalanceTooLarge({ amount: microcredits(amount) })
}
