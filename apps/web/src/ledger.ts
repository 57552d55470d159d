import type { HistoryItem } from './server/history.ts'

/** A line of the ledger on screen. An answer is paid in many small entries and is one line. */
export interface LedgerLine {
  /** Of its newest entry. */
  readonly id: string
  readonly at: string
  readonly title: string
  readonly amount: number
  readonly balanceAfter: number
  readonly answerId: string | null
  readonly payment: string | null
}

const TITLES: Record<HistoryItem['kind'], string> = {
  grant: 'Credits added',
  reserve: 'Set aside',
  extend: 'Set aside',
  release: 'Let go',
  spend: 'Spent',
  settle: 'Spent',
  expire: 'Expired',
  reverse: 'Taken back',
  restore: 'Given back',
  correct: 'Corrected',
}

/**
 * Entries as lines, newest first as they come. Entries that leave what the holder owns as it was are
 * left out; neighbours of one answer become one line.
 */
export function ledgerLines(items: readonly HistoryItem[]): LedgerLine[] {
  const lines: LedgerLine[] = []
  for (const { id, at, kind, amount, balanceAfter, description, refs } of items) {
    if (amount === 0) continue
    const answerId = refs.answer ?? null
    const newer = lines.at(-1)
    if (newer && answerId && newer.answerId === answerId) {
      lines[lines.length - 1] = { ...newer, amount: newer.amount + amount }
    } else {
      const title = description || TITLES[kind]
      lines.push({ id, at, title, amount, balanceAfter, answerId, payment: refs.payment ?? null })
    }
  }
  return lines
}
