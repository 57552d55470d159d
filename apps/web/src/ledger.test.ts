import { describe, expect, it } from 'vitest'
import { ledgerLines } from './ledger.ts'
import type { HistoryItem } from './server/history.ts'

let count = 0
const item = (
  kind: HistoryItem['kind'],
  amount: number,
  refs: Record<string, string> = {},
  description = '',
): HistoryItem => ({
  id: `entry_${++count}`,
  at: '2026-11-21T10:00:00.000Z',
  kind,
  amount,
  balanceAfter: 100,
  description,
  refs,
})

describe('ledger lines', () => {
  it('shows an answer that was paid in slices as one line, with the balance after the last', () => {
    const last = { ...item('settle', -3, { answer: 'a1' }, 'Answer by gpt-5-mini'), balanceAfter: 90 }
    const lines = ledgerLines([
      item('release', 0, { answer: 'a1' }),
      last,
      item('extend', 0, { answer: 'a1' }),
      item('spend', -4, { answer: 'a1' }, 'Answer by gpt-5-mini'),
      item('reserve', 0, { answer: 'a1' }),
      item('grant', 100, { payment: 'pi_1' }, 'Credit pack Starter'),
    ])
    expect(lines.map(({ title, amount, answerId, payment }) => ({ title, amount, answerId, payment }))).toEqual([
      { title: 'Answer by gpt-5-mini', amount: -7, answerId: 'a1', payment: null },
      { title: 'Credit pack Starter', amount: 100, answerId: null, payment: 'pi_1' },
    ])
    expect(lines[0]).toMatchObject({ id: last.id, balanceAfter: 90 })
  })

  it('keeps answers that were paid in turns apart, so that each balance follows from the one below', () => {
    const lines = ledgerLines([
      item('spend', -1, { answer: 'a1' }),
      item('spend', -2, { answer: 'a2' }),
      item('spend', -3, { answer: 'a1' }),
    ])
    expect(lines.map(({ amount }) => amount)).toEqual([-1, -2, -3])
  })

  it('has a name for what has no description', () => {
    expect(ledgerLines([item('reverse', -5)])[0]?.title).toBe('Taken back')
  })
})
