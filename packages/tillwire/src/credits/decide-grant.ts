import { type Microcredits, microcredits } from '../core/index.ts'
import { MAX_LIVE_GRANTS, placeGrant } from './account.ts'
import { BalanceTooLarge, InvalidCommand, LedgerLimitReached } from './errors.ts'
import { type Books, type Change, type Label, type Moment, Movement } from './movement.ts'
import type { GrantRecord, LiveGrant } from './schema.ts'
import type { GrantSource } from './types.ts'

export interface GrantCommand {
  readonly label: Label
  readonly amount: Microcredits
  readonly source: GrantSource
  readonly expiresAt: string | null
  readonly priority: number
}

/** Gives credits. */
export function decideGrant(books: Books, command: GrantCommand, moment: Moment): Change {
  if (command.expiresAt !== null && command.expiresAt <= moment.at)
    throw new InvalidCommand({ field: 'expiresAt', reason: 'give a time that has not passed yet' })
  return giveCredits(books, command, 'issued', moment)
}

/** Makes a grant of credits that come from a system account. */
export function giveCredits(
  books: Books,
  { label, amount, source, expiresAt, priority }: GrantCommand,
  from: 'issued' | 'corrected',
  moment: Moment,
): Change {
  const { account } = books
  refuseTooLarge(account.available + account.held + account.debt, amount)

  const movement = new Movement(books, label, moment.at)
  const id = moment.newId('grant')
  addLiveGrant(movement, { id, amount, free: 0, held: 0, reversing: 0, expiresAt, priority })
  movement.post(from, -amount, id)
  movement.post('available', amount, id)
  const grant: GrantRecord = {
    ...{ id, holder: account.id, amount, source, expiresAt, priority },
    ...{ entry: movement.entry, reversed: 0, expired: 0, owed: 0 },
  }
  return movement.record({ grant })
}

/** Puts a grant among those with credits left, in its place. */
export function addLiveGrant({ account }: Movement, grant: LiveGrant): void {
  if (account.grants.length >= MAX_LIVE_GRANTS)
    throw new LedgerLimitReached({ what: 'grants with credits left', limit: MAX_LIVE_GRANTS })
  account.grants = placeGrant(account.grants, grant)
}

/** Refuses what would make a balance, or what may yet become debt, too large to be exact. */
export function refuseTooLarge(total: number, amount: Microcredits): void {
  if (!Number.isSafeInteger(total + amount)) throw new BalanceTooLarge({ amount: microcredits(amount) })
}
