import type { Account, LiveGrant } from './schema.ts'

/** How many holds of one holder may be open at once: they are kept in the account's document. */
export const MAX_OPEN_HOLDS = 1_000
/** How many grants of one holder may have credits left at once, for the same reason. */
export const MAX_LIVE_GRANTS = 1_000

/** Part of an amount, by the grant that pays it. */
export interface Part {
  readonly grant: string
  readonly amount: number
}

export function emptyAccount(holder: string, at: string): Account {
  return {
    id: holder,
    available: 0,
    held: 0,
    debt: 0,
    sequence: 0,
    newest: null,
    at,
    dueAt: null,
    alarmAt: null,
    grants: [],
    holds: [],
  }
}

/** At its end a grant's unheld part is gone; ISO times in UTC compare as text. */
export function hasEnded(grant: Pick<LiveGrant, 'expiresAt'>, at: string): boolean {
  return grant.expiresAt !== null && grant.expiresAt <= at
}

/** Grants are used by priority, then soonest end, then age, which their ids tell. */
export function placeGrant(grants: readonly LiveGrant[], newcomer: LiveGrant): LiveGrant[] {
  const index = grants.findIndex((grant) => isUsedBefore(newcomer, grant))
  return index === -1 ? [...grants, newcomer] : grants.toSpliced(index, 0, newcomer)
}

function isUsedBefore(a: LiveGrant, b: LiveGrant): boolean {
  if (a.priority !== b.priority) return a.priority < b.priority
  if (a.expiresAt !== b.expiresAt) return a.expiresAt !== null && (b.expiresAt === null || a.expiresAt < b.expiresAt)
  return a.id < b.id
}

/** Which grants pay `amount`, which must be available. */
export function partsOfAvailable(account: Account, amount: number): Part[] {
  const parts: Part[] = []
  let left = amount
  for (const grant of account.grants) {
    if (left === 0) break
    const taken = Math.min(grant.free, left)
    if (taken > 0) parts.push({ grant: grant.id, amount: taken })
    left -= taken
  }
  return parts
}

/**
 * Which grants pay a hold's credits from its `from`th to its `to`th. A hold spends its allocations in
 * order, so what it has spent (0 to spent) and what it would give back (spent to max) follow from one number.
 */
export function partsOfHold(allocations: readonly Part[], from: number, to: number): Part[] {
  const parts: Part[] = []
  let start = 0
  for (const { grant, amount } of allocations) {
    const taken = Math.min(start + amount, to) - Math.max(start, from)
    if (taken > 0) parts.push({ grant, amount: taken })
    start += amount
  }
  return parts
}

/** Parts of one grant, together. */
export function byGrant(parts: readonly Part[]): Part[] {
  const sums = new Map<string, number>()
  for (const { grant, amount } of parts) sums.set(grant, (sums.get(grant) ?? 0) + amount)
  return [...sums].map(([grant, amount]) => ({ grant, amount }))
}

/** When something of the account ends next by itself. A grant that is all held ends with its holds. */
export function nextDue(account: Pick<Account, 'grants' | 'holds'>): string | null {
  let due = account.holds[0]?.expiresAt ?? null
  for (const { free, expiresAt } of account.grants) {
    if (free > 0 && expiresAt !== null && (due === null || expiresAt < due)) due = expiresAt
  }
  return due
}

/** When the account is looked at by itself: no later than it is due. An alarm that comes earlier is left alone. */
export function nextAlarm({ dueAt, alarmAt }: Pick<Account, 'dueAt' | 'alarmAt'>): string | null {
  return dueAt !== null && (alarmAt === null || dueAt < alarmAt) ? dueAt : alarmAt
}
