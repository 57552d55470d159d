export { checkExpiresIn } from './command.ts'
export { entryId } from './entry-id.ts'
export {
  BalanceTooLarge,
  CreditsClosed,
  DebtOutstanding,
  EntryMissing,
  GrantNotFound,
  HoldEnded,
  HoldExceeded,
  HoldNotFound,
  InvalidCommand,
  LedgerBusy,
  LedgerLimitReached,
  OutOfCredits,
  PaymentAlreadyFunded,
  RestoreExceedsReversed,
  ReversalExceedsGrant,
  SettleBelowSpent,
} from './errors.ts'
export { readHoldEntries } from './hold-chain.ts'
export { type CreditsOptions, holderOf, openCredits } from './open-credits.ts'
export { creditsCollections, grants, holds, ledgerAccounts, ledgerEntries } from './schema.ts'
export type * from './types.ts'
