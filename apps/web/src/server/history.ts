import type { Entry } from 'tillwire/credits'

/** A line of the ledger as its holder sees it. Amounts are microcredits. */
export interface HistoryItem {
  readonly id: string
  readonly at: string
  readonly kind: Entry['kind']
  /** What it added to, or took from, what the holder owns; 0 when it only set credits aside or let them go. */
  readonly amount: number
  /** What the holder owned after it: available and held, less debt. */
  readonly balanceAfter: number
  readonly description: string
  readonly refs: Readonly<Record<string, string>>
}

const OWN_ACCOUNTS: readonly string[] = ['available', 'held', 'debt']

/** An entry as a line: what moves between available and held stays the holder's; debt counts against them. */
export function historyItem({ id, at, kind, postings, after, description, refs }: Entry): HistoryItem {
  const own = postings.filter(({ account }) => OWN_ACCOUNTS.includes(account))
  return {
    id,
    at,
    kind,
    amount: own.reduce((sum, { amount }) => sum + amount, 0),
    balanceAfter: after.available + after.held - after.debt,
    description,
    refs,
  }
}
