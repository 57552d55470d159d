import { formatCredits, type Microcredits, TillwireError } from '../core/index.ts'

/** Fewer credits are available than the command needs. */
export class OutOfCredits extends TillwireError {
  static override readonly code = 'out_of_credits'
  constructor(details: { needed: Microcredits; available: Microcredits }) {
    super(
      OutOfCredits.code,
      `${formatCredits(details.needed)} credits are needed and ${formatCredits(details.available)} are available: buy credits, or ask for less.`,
      { details },
    )
  }
}

/** Credits that were spent have since been taken back, and nothing new is set aside until that is paid. */
export class DebtOutstanding extends TillwireError {
  static override readonly code = 'debt_outstanding'
  constructor(details: { debt: Microcredits }) {
    super(
      DebtOutstanding.code,
      `A debt of ${formatCredits(details.debt)} credits is outstanding: the next grant pays it first.`,
      { details },
    )
  }
}

/** A hold never pays above its maximum. */
export class HoldExceeded extends TillwireError {
  static override readonly code = 'hold_exceeded'
  constructor(details: { hold: string; max: Microcredits; spent: Microcredits; asked: Microcredits }) {
    super(
      HoldExceeded.code,
      `Hold "${details.hold}" is for ${formatCredits(details.max)} credits in all, and ${formatCredits(details.asked)} would be spent: extend it first.`,
      { details },
    )
  }
}

/** The total given to `settle` is less than what the hold has spent already. */
export class SettleBelowSpent extends TillwireError {
  static override readonly code = 'settle_below_spent'
  constructor(details: { hold: string; spent: Microcredits; actual: Microcredits }) {
    super(
      SettleBelowSpent.code,
      `Hold "${details.hold}" has spent ${formatCredits(details.spent)} credits already, more than the total of ${formatCredits(details.actual)}: give the total of the hold, earlier spending included.`,
      { details },
    )
  }
}

/** The hold was settled, released, or reached its end. */
export class HoldEnded extends TillwireError {
  static override readonly code = 'hold_ended'
  constructor(details: { hold: string; status: 'settled' | 'released' | 'expired' }) {
    super(HoldEnded.code, `Hold "${details.hold}" is ${details.status}: reserve again.`, { details })
  }
}

export class HoldNotFound extends TillwireError {
  static override readonly code = 'not_found'
  constructor(hold: string) {
    super(HoldNotFound.code, `There is no hold "${hold}".`, { details: { hold } })
  }
}

export class GrantNotFound extends TillwireError {
  static override readonly code = 'not_found'
  constructor(grant: string) {
    super(GrantNotFound.code, `There is no grant "${grant}".`, { details: { grant } })
  }
}

/** A payment funds at most one grant, whatever the key. */
export class PaymentAlreadyFunded extends TillwireError {
  static override readonly code = 'payment_already_funded'
  constructor(details: { payment: string; grant: string }) {
    super(
      PaymentAlreadyFunded.code,
      `Payment "${details.payment}" has funded grant "${details.grant}" already: there is nothing more to give.`,
      { details },
    )
  }
}

/** All reversals of a grant together never exceed it. */
export class ReversalExceedsGrant extends TillwireError {
  static override readonly code = 'reversal_exceeds_grant'
  constructor(details: { grant: string; amount: Microcredits; reversed: Microcredits; asked: Microcredits }) {
    super(
      ReversalExceedsGrant.code,
      `Of grant "${details.grant}" (${formatCredits(details.amount)} credits) ${formatCredits(details.reversed)} are reversed already, so ${formatCredits(details.asked)} more cannot be.`,
      { details },
    )
  }
}

/** No more of a grant is given back than was reversed of it. */
export class RestoreExceedsReversed extends TillwireError {
  static override readonly code = 'restore_exceeds_reversed'
  constructor(details: { grant: string; reversed: Microcredits; asked: Microcredits }) {
    super(
      RestoreExceedsReversed.code,
      `Of grant "${details.grant}" ${formatCredits(details.reversed)} credits are reversed, so ${formatCredits(details.asked)} cannot be given back.`,
      { details },
    )
  }
}

/** A holder's credits, or their debt, would no longer be counted exactly. */
export class BalanceTooLarge extends TillwireError {
  static override readonly code = 'balance_too_large'
  constructor(details: { amount: Microcredits }) {
    super(
      BalanceTooLarge.code,
      `With ${formatCredits(details.amount)} more the account would pass 2^53-1 microcredits: use a smaller amount.`,
      { details },
    )
  }
}

/** A holder has as many open holds, or grants with credits left, or a hold as many movements, as one account may have. */
export class LedgerLimitReached extends TillwireError {
  static override readonly code = 'ledger_limit_reached'
  constructor(details: { what: string; limit: number }) {
    super(LedgerLimitReached.code, `There are ${details.limit} ${details.what} already, the most there may be.`, {
      details,
    })
  }
}

/** A part of a command other than its amounts is malformed. */
export class InvalidCommand extends TillwireError {
  static override readonly code = 'invalid_command'
  constructor(details: { field: string; reason: string }) {
    super(InvalidCommand.code, `"${details.field}" is not valid: ${details.reason}.`, { details })
  }
}

/** An entry that others name is not in the store: it was removed, or the file is damaged. */
export class EntryMissing extends TillwireError {
  static override readonly code = 'entry_missing'
  constructor(entry: string) {
    super(EntryMissing.code, `Entry "${entry}" is missing from the history of its holder: restore it from a backup.`, {
      details: { entry },
    })
  }
}

/** Too many commands wait, or other processes won every race for the account. Nothing was moved. */
export class LedgerBusy extends TillwireError {
  static override readonly code = 'ledger_busy'
  constructor(reason: string) {
    super(LedgerBusy.code, `The ledger is busy: ${reason}. Nothing was moved; try again with the same key.`, {
      details: { reason },
      retryable: true,
    })
  }
}

/** `close` was called. */
export class CreditsClosed extends TillwireError {
  static override readonly code = 'credits_closed'
  constructor() {
    super(CreditsClosed.code, 'The ledger is closed: open it again.')
  }
}
