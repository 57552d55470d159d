import { microcredits } from '../core/index.ts'
import type { Account } from './schema.ts'
import type { Balance, BalanceSums } from './types.ts'

/** The sums of an account, as the public sees them. */
export function sumsOf(account: Account): BalanceSums {
  return {
    available: microcredits(account.available),
    held: microcredits(account.held),
    debt: microcredits(account.debt),
    version: account.sequence,
  }
}

export function balanceOf(account: Account): Balance {
  return {
    ...sumsOf(account),
    grants: account.grants.map(({ id, amount, free, held, expiresAt, priority }) => ({
      id,
      amount: microcredits(amount),
      left: microcredits(free + held),
      expiresAt,
      priority,
    })),
  }
}
