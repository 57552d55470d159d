import { microcredits } from '../core/index.ts'
import type { Account, EntryRecord } from './schema.ts'
import type { Balance, BalanceSums } from './types.ts'

/** The balance after an entry. */
export function sumsAfter({ after, sequence }: EntryRecord): BalanceSums {
  return { ...brandSums(after), version: sequence }
}

export function balanceOf(account: Account): Balance {
  return {
    ...brandSums(account),
    version: account.sequence,
    grants: account.grants.map(({ id, amount, free, held, expiresAt, priority }) => ({
      id,
      amount: microcredits(amount),
      left: microcredits(free + held),
      expiresAt,
      priority,
    })),
  }
}

/** Plain numbers of a document as amounts. */
export function brandSums({ available, held, debt }: EntryRecord['after']): Omit<BalanceSums, 'version'> {
  return { available: microcredits(available), held: microcredits(held), debt: microcredits(debt) }
}
