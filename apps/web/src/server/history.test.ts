import { microcredits } from 'tillwire/core'
import type { AccountName, Entry } from 'tillwire/credits'
import { describe, expect, it } from 'vitest'
import { historyItem } from './history.ts'

const entry = (postings: [AccountName, number][], after: [number, number, number]): Entry => ({
  id: 'entry_1',
  at: '2026-11-21T10:00:00.000Z',
  holder: 'user/u1',
  kind: 'spend',
  key: 'k',
  postings: postings.map(([account, amount]) => ({ account, amount: microcredits(amount), grant: 'g1' })),
  after: { available: microcredits(after[0]), held: microcredits(after[1]), debt: microcredits(after[2]) },
  description: '',
  refs: {},
})

describe('an entry as its holder sees it', () => {
  it.each([
    [
      'a grant adds',
      entry(
        [
          ['issued', -10],
          ['available', 10],
        ],
        [10, 0, 0],
      ),
      10,
      10,
    ],
    [
      'setting aside changes nothing',
      entry(
        [
          ['available', -4],
          ['held', 4],
        ],
        [6, 4, 0],
      ),
      0,
      10,
    ],
    [
      'spending takes',
      entry(
        [
          ['held', -3],
          ['consumed', 3],
        ],
        [6, 1, 0],
      ),
      -3,
      7,
    ],
    [
      'a reversal of what is spent is owed',
      entry(
        [
          ['debt', -2],
          ['reversed', 2],
        ],
        [0, 0, 2],
      ),
      -2,
      -2,
    ],
    [
      'paying debt changes nothing',
      entry(
        [
          ['available', -2],
          ['debt', 2],
        ],
        [8, 0, 0],
      ),
      0,
      8,
    ],
  ])('%s', (_, given, amount, balanceAfter) => {
    expect(historyItem(given)).toMatchObject({ id: 'entry_1', amount, balanceAfter })
  })
})
