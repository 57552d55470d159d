import { type Microcredits, microcredits } from '../core/index.ts'
import { hasEnded, partsOfHold } from './account.ts'
import { HoldEnded, HoldExceeded, HoldNotFound, LedgerLimitReached } from './errors.ts'
import type { Books, Label, Moment, Movement } from './movement.ts'
import type { HoldRecord } from './schema.ts'

/** How often a hold may be spent from or extended: a receipt names every entry. */
export const MAX_HOLD_MOVES = 10_000

/** A command on a hold. */
export interface HoldMove {
  readonly label: Label
  readonly hold: string
}

/** The hold, which must still be open. */
export function openHold(books: Books, id: string): HoldRecord {
  const hold = books.holds.get(id)
  if (!hold) throw new HoldNotFound(id)
  if (hold.status !== 'open') throw new HoldEnded({ hold: id, status: hold.status })
  return hold
}

export function refuseManyMoves(hold: HoldRecord): void {
  if (hold.moves >= MAX_HOLD_MOVES)
    throw new LedgerLimitReached({ what: `movements of hold "${hold.id}"`, limit: MAX_HOLD_MOVES })
}

export function refuseAboveMax(hold: HoldRecord, spent: number, asked: Microcredits): void {
  if (spent > hold.max)
    throw new HoldExceeded({ hold: hold.id, max: microcredits(hold.max), spent: microcredits(hold.spent), asked })
}

/**
 * Spends a hold up to `spent` in all. Where a reversal of the grant waits for what is held, the part that
 * can no longer come back becomes debt.
 */
export function spendHeld(movement: Movement, hold: HoldRecord, spent: number): void {
  for (const { grant, amount } of partsOfHold(hold.allocations, hold.spent, spent)) {
    movement.post('held', -amount, grant)
    movement.post('consumed', amount, grant)
    const live = movement.liveGrant(grant)
    const owed = Math.max(0, live.reversing - live.held)
    live.reversing -= owed
    movement.owe(grant, owed)
  }
}

/** Gives back what a hold has not spent: to a waiting reversal first, and of a grant that has ended, to nobody. */
export function returnHeld(movement: Movement, hold: HoldRecord, spent: number, moment: Moment): void {
  for (const { grant, amount } of partsOfHold(hold.allocations, spent, hold.max)) {
    const live = movement.liveGrant(grant)
    const reversed = Math.min(live.reversing, amount)
    live.reversing -= reversed
    movement.post('held', -amount, grant)
    movement.post('reversed', reversed, grant)
    movement.post(hasEnded(live, moment.at) ? 'expired' : 'available', amount - reversed, grant)
  }
}

/** The hold after its end, no longer among the account's open ones. */
export function endedHold(
  movement: Movement,
  hold: HoldRecord,
  status: 'settled' | 'released' | 'expired',
  spent: number,
): HoldRecord {
  movement.account.holds = movement.account.holds.filter((open) => open.id !== hold.id)
  return { ...hold, status, spent }
}
