import { emptyAccount } from '../account.ts'
import type { Books, Moment } from '../movement.ts'
import type { Account, GrantRecord, HoldRecord, LiveGrant } from '../schema.ts'

export const NOW = '2026-01-01T00:00:00.000Z'

/** A grant with so much free, and nothing special about it. */
export function liveGrant(id: string, free: number, fields: Partial<LiveGrant> = {}): LiveGrant {
  const held = fields.held ?? 0
  return { id, amount: free + held, free, held, reversing: 0, expiresAt: null, priority: 2, ...fields }
}

/** The account that has these grants. */
export function accountWith(grants: readonly LiveGrant[], fields: Partial<Account> = {}): Account {
  const sum = (of: 'free' | 'held') => grants.reduce((total, grant) => total + grant[of], 0)
  return { ...emptyAccount('user/ada', NOW), available: sum('free'), held: sum('held'), grants: [...grants], ...fields }
}

/** An account with what was read beside it. */
export function booksOf(
  account: Account,
  { holds = [], grants = [] }: { holds?: readonly HoldRecord[]; grants?: readonly GrantRecord[] } = {},
): Books {
  return {
    account,
    holds: new Map(holds.map((hold) => [hold.id, hold])),
    grants: new Map(grants.map((grant) => [grant.id, grant])),
  }
}

/** A time at which things are decided; ids are counted. */
export function momentAt(at = NOW): Moment {
  let count = 0
  return { at, newId: (prefix) => `${prefix}_${++count}` }
}
