import { type Microcredits, microcredits } from '../core/index.ts'
import { partsOfAvailable } from './account.ts'
import { giveCredits, refuseTooLarge } from './decide-grant.ts'
import { OutOfCredits } from './errors.ts'
import { type Books, type Change, type Label, type Moment, Movement } from './movement.ts'

/** Corrections have no end, and are used in turn with other grants. */
const PRIORITY = 100

export interface CorrectCommand {
  readonly label: Label
  /** Above zero: given. Below: taken. */
  readonly amount: Microcredits
  readonly reason: string
  readonly allowDebt: boolean
}

/** Gives or takes credits because someone said so. Takes what is available, and no more unless debt is allowed. */
export function decideCorrect(books: Books, command: CorrectCommand, moment: Moment): Change {
  const { label, amount, reason } = command
  if (amount < 0) return takeCredits(books, command, moment)
  const source = { kind: 'correction', reason } as const
  return giveCredits(books, { label, amount, source, expiresAt: null, priority: PRIORITY }, 'corrected', moment)
}

function takeCredits(books: Books, { label, amount, allowDebt }: CorrectCommand, moment: Moment): Change {
  const { account } = books
  const wanted = microcredits(-amount)
  if (wanted > account.available && !allowDebt)
    throw new OutOfCredits({ needed: wanted, available: microcredits(account.available) })
  const free = Math.min(wanted, account.available)
  const owed = wanted - free
  refuseTooLarge(account.debt + account.held, microcredits(owed))

  const movement = new Movement(books, label, moment.at)
  movement.move(partsOfAvailable(account, free), 'available', 'corrected')
  movement.post('debt', -owed, null)
  movement.post('corrected', owed, null)
  return movement.record()
}
