import { type Entry, inCredits } from './ledger-item.ts'
import type { Problem } from './timeline.ts'

/** A problem where two records of one amount differ. */
export function differs(
  code: string,
  id: string,
  what: string,
  found: number | bigint,
  expected: number | bigint,
): Problem[] {
  if (BigInt(found) === BigInt(expected)) return []
  return [{ code, id, message: `${what} is ${inCredits(found)} credits where ${inCredits(expected)} are expected.` }]
}

/** What is wrong with an entry by itself: its postings sum to zero. */
export function unbalanced({ id, postings }: Pick<Entry, 'id' | 'postings'>): Problem[] {
  const sum = postings.reduce((total, { amount }) => total + BigInt(amount), 0n)
  return sum === 0n
    ? []
    : [{ code: 'entry_unbalanced', id, message: `The postings sum to ${sum} microcredits, not to zero.` }]
}
