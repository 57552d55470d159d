import { describe, expect, it } from 'vitest'
import { emptyAccount } from './account.ts'
import { decideGrant } from './decide-grant.ts'
import { decideRelease, decideSettle, decideSpendHold } from './decide-hold.ts'
import { decideReserve } from './decide-reserve.ts'
import { decideReverse } from './decide-reverse.ts'
import { afterChange, type Books, type Change, ownLabel } from './movement.ts'
import { type Problem, Recomputed } from './recompute.ts'
import type { Account, EntryRecord, GrantRecord, HoldRecord } from './schema.ts'
import { booksOf, NOW } from './testing/books.ts'
import { units } from './testing/open-ledger.ts'
import { renameTexts } from './testing/rename-texts.ts'
import type { EntryKind } from './types.ts'

const END = '2026-02-01T00:00:00.000Z'

interface Ledger {
  account: Account
  /** Newest first. */
  entries: EntryRecord[]
  holds: Map<string, HoldRecord>
  grants: Map<string, GrantRecord>
}

/** Two grants, a hold that was settled, one released and two open, and a reversal that waits for one of these. */
function history(): Ledger {
  const names = ['first', 'second', 'settled', 'released', 'open', 'also open']
  const moment = { at: NOW, newId: () => names.shift() ?? '' }
  let books = booksOf(emptyAccount('user/ada', NOW))
  const entries: EntryRecord[] = []
  const apply = ({ entries: made, ...change }: Change) => {
    books = afterChange(books, { entries: made, ...change })
    entries.unshift(...made.toReversed())
    return { hold: change.holds[0]?.id ?? '', grant: change.grants[0]?.id ?? '' }
  }
  const label = (kind: EntryKind) => ownLabel(kind, `k${entries.length}`)
  const grant = (amount: number) => {
    const command = { amount: units(amount), source: { kind: 'manual' }, expiresAt: null, priority: 2 } as const
    return apply(decideGrant(books, { ...command, label: label('grant') }, moment)).grant
  }
  const reserve = (max: number) => {
    const command = { max: units(max), overage: 'reject', expiresAt: END } as const
    return apply(decideReserve(books, { ...command, label: label('reserve') }, moment)).hold
  }
  const first = grant(10)
  grant(20)
  const settled = reserve(6)
  apply(decideSpendHold(books, { hold: settled, amount: units(2), label: label('spend') }, moment))
  apply(decideSettle(books, { hold: settled, actual: units(4), absorb: false, label: label('settle') }, moment))
  const released = reserve(3)
  apply(decideRelease(books, { hold: released, label: label('release') }, moment))
  reserve(5)
  reserve(1)
  apply(decideReverse(books, { grant: first, amount: units(3), label: label('reverse') }, moment))
  return numbered({ ...books, entries })
}

/** A copy in which entries are named by their sequence. */
function numbered({ account, entries, holds, grants }: Books & Pick<Ledger, 'entries'>): Ledger {
  const names = new Map(entries.map(({ id, sequence }) => [id, `entry_${sequence}`]))
  return {
    account: renameTexts(account, names),
    entries: renameTexts(entries, names),
    holds: new Map(renameTexts([...holds], names)),
    grants: new Map(renameTexts([...grants], names)),
  }
}

function problemsOf({ account, entries, holds, grants }: Ledger): readonly Problem[] {
  const recomputed = new Recomputed(account)
  for (const entry of entries) if (!recomputed.add(entry)) return recomputed.problems
  recomputed.finish()
  for (const [id, sums] of recomputed.takeWhole()) recomputed.compareHold(id, sums, holds.get(id) ?? null)
  for (const id of recomputed.grants.keys()) recomputed.compareGrant(id, grants.get(id) ?? null)
  return recomputed.problems
}

const entryOf = ({ entries }: Ledger, kind: EntryKind) => entries.find((entry) => entry.kind === kind)!
const holdOf = ({ holds }: Ledger, id: string) => holds.get(id)!
const liveGrant = ({ account }: Ledger, id: string) => account.grants.find((grant) => grant.id === id)!

/** What is changed in the books, and the problems that this makes: code, whose it is, and words of its message. */
const tampering: readonly (readonly [
  string,
  (ledger: Ledger) => void,
  readonly (readonly [string, string, string])[],
])[] = [
  [
    'available credits that no entry gave',
    ({ account }) => {
      account.available += 1
    },
    [
      ['after_mismatch', 'entry_10', 'left available at 20, what follows found 21'],
      ['balance_mismatch', 'user/ada', 'available is 21, its entries say 20'],
    ],
  ],
  [
    'held credits that no entry set aside',
    ({ account }) => {
      account.held += 1
    },
    [
      ['after_mismatch', 'entry_10', 'left held at 6, what follows found 7'],
      ['balance_mismatch', 'user/ada', 'held is 7, its entries say 6'],
    ],
  ],
  [
    'a debt that no entry made',
    ({ account }) => {
      account.debt += 1
    },
    [
      ['after_mismatch', 'entry_10', 'left debt at 0, what follows found 1'],
      ['balance_mismatch', 'user/ada', 'debt is 1, its entries say 0'],
    ],
  ],
  [
    'a grant with more free',
    (ledger) => {
      liveGrant(ledger, 'second').free += 1
    },
    [['grant_mismatch', 'second', 'free is 21, its entries say 20']],
  ],
  [
    'a grant with more held',
    (ledger) => {
      liveGrant(ledger, 'second').held += 1
    },
    [['grant_mismatch', 'second', 'held is 1, its entries say 0']],
  ],
  [
    'a reversal that no longer waits',
    (ledger) => {
      liveGrant(ledger, 'first').reversing = 0
    },
    [['grant_mismatch', 'first', 'reversing is 0, its entries say 3']],
  ],
  [
    'a grant in the account that no entry gave',
    ({ account }) => void account.grants.push({ ...account.grants[0]!, id: 'third' }),
    [['grant_mismatch', 'third', 'no entry gave it']],
  ],
  [
    'a grant that went missing in the account',
    ({ account }) => void account.grants.pop(),
    [
      ['grant_overdrawn', 'second', 'less than nothing before entry "entry_2"'],
      ['grant_mismatch', 'second', 'free is 0, its entries say 20'],
    ],
  ],
  [
    'an open hold that the account does not list',
    ({ account }) => void account.holds.pop(),
    [['hold_mismatch', 'user/ada', 'its open holds']],
  ],
  [
    'a hold that the account lists and that has ended',
    ({ account }) => void account.holds.push({ id: 'settled', expiresAt: END }),
    [['hold_mismatch', 'user/ada', 'its open holds']],
  ],
  [
    'an entry of somebody else',
    ({ entries }) => {
      entries[1]!.holder = 'user/grace'
    },
    [['sequence_gap', 'entry_9', 'entry 9 stands where entry 9 should']],
  ],
  [
    'an entry that is gone',
    ({ entries }) => void entries.splice(1, 1),
    [['sequence_gap', 'entry_8', 'entry 8 stands where entry 9 should']],
  ],
  [
    'a history without its beginning',
    ({ entries }) => void entries.pop(),
    [
      ['sequence_gap', 'user/ada', 'begins with entry 2'],
      ['after_mismatch', 'user/ada', 'left available at 0, what follows found 10'],
      ['balance_mismatch', 'user/ada', 'available is 20, its entries say 10'],
      ['grant_mismatch', 'first', 'free is 0, its entries say -10'],
      ['grant_mismatch', 'first', 'amount is 10, its entries say 0'],
      ['grant_overdrawn', 'first', 'more than 0 was reversed'],
    ],
  ],
  [
    'an entry that says it left less than nothing',
    ({ entries }) => {
      entries[0]!.after.held = -1
    },
    [
      ['below_zero', 'entry_10', 'held falls to -1'],
      ['after_mismatch', 'entry_10', 'left held at -1, what follows found 6'],
      ['after_mismatch', 'entry_9', 'left held at 6, what follows found -1'],
    ],
  ],
  [
    'postings that do not sum to zero',
    (ledger) => {
      entryOf(ledger, 'spend').postings[1]!.amount += 3
    },
    [
      ['entry_unbalanced', 'entry_4', 'sum to 3'],
      ['hold_mismatch', 'settled', 'what was spent is 4, its entries say 7'],
    ],
  ],
  [
    'an entry that gave back more than was held',
    (ledger) => {
      const [held, consumed] = entryOf(ledger, 'spend').postings
      Object.assign(held!, { amount: -10 })
      Object.assign(consumed!, { account: 'available', amount: 10 })
    },
    [
      ['grant_overdrawn', 'first', 'before entry "entry_4"'],
      ['after_mismatch', 'entry_3', 'left available at 24, what follows found 14'],
      ['after_mismatch', 'entry_3', 'left held at 6, what follows found 14'],
      ['grant_overdrawn', 'first', 'before entry "entry_1"'],
      ['balance_mismatch', 'user/ada', 'available is 20, its entries say 30'],
      ['balance_mismatch', 'user/ada', 'held is 6, its entries say -2'],
      ['grant_mismatch', 'first', 'free is 0, its entries say 10'],
      ['grant_mismatch', 'first', 'held is 6, its entries say -2'],
      ['hold_mismatch', 'settled', 'what is held is 0, its entries say -8'],
      ['hold_mismatch', 'settled', 'what was spent is 4, its entries say 2'],
    ],
  ],
  [
    'an entry that took more of a grant than it held',
    ({ entries }) => void entries[0]!.postings.push({ account: 'held', amount: 7, grant: 'second' }),
    [
      ['entry_unbalanced', 'entry_10', 'sum to 7'],
      ['grant_overdrawn', 'second', 'before entry "entry_10"'],
      ['after_mismatch', 'entry_9', 'left held at 6, what follows found -1'],
      ['grant_overdrawn', 'second', 'before entry "entry_2"'],
      ['balance_mismatch', 'user/ada', 'held is 6, its entries say 13'],
      ['grant_mismatch', 'second', 'held is 0, its entries say 7'],
    ],
  ],
  [
    'a grant whose document has another amount',
    ({ grants }) => {
      grants.get('first')!.amount = 11
    },
    [['grant_mismatch', 'first', 'amount is 11, its entries say 10']],
  ],
  [
    'a grant whose document forgot a reversal',
    ({ grants }) => {
      grants.get('first')!.reversed = 0
    },
    [['grant_mismatch', 'first', 'reversed is 0, its entries say 3']],
  ],
  [
    'a grant whose document says that some expired',
    ({ grants }) => {
      grants.get('second')!.expired = 1
    },
    [['grant_mismatch', 'second', 'expired is 1, its entries say 0']],
  ],
  [
    'a grant whose document is gone',
    ({ grants }) => void grants.delete('second'),
    [['grant_missing', 'second', 'entries name it']],
  ],
  [
    'a grant of which more was reversed than it had',
    (ledger) => {
      entryOf(ledger, 'reverse').grant!.reversed = 11
      ledger.grants.get('first')!.reversed = 11
      liveGrant(ledger, 'first').reversing = 11
    },
    [['grant_overdrawn', 'first', 'more than 10 was reversed']],
  ],
  [
    'a hold whose document has another status',
    (ledger) => {
      holdOf(ledger, 'released').status = 'open'
    },
    [['hold_mismatch', 'released', 'status is open, its entries say released']],
  ],
  [
    'a hold whose document has another maximum',
    (ledger) => {
      holdOf(ledger, 'open').max = 6
    },
    [['hold_mismatch', 'open', 'max is 6, its entries say 5']],
  ],
  [
    'a hold whose document has another sum spent',
    (ledger) => {
      holdOf(ledger, 'settled').spent = 3
    },
    [['hold_mismatch', 'settled', 'spent is 3, its entries say 4']],
  ],
  [
    'a hold whose document has another end',
    (ledger) => {
      holdOf(ledger, 'open').expiresAt = NOW
    },
    [['hold_mismatch', 'open', `expiresAt is ${NOW}, its entries say ${END}`]],
  ],
  [
    'a hold whose document names another entry as its newest',
    (ledger) => {
      holdOf(ledger, 'settled').newest = 'entry_4'
    },
    [['hold_mismatch', 'settled', 'newest is entry_4, its entries say entry_5']],
  ],
  [
    'a hold whose document counts fewer entries, and has a mark that is none',
    (ledger) => {
      Object.assign(holdOf(ledger, 'settled'), { moves: 2, mark: 'entry_3' })
    },
    [
      ['hold_mismatch', 'settled', 'moves is 2, its entries say 3'],
      ['hold_mismatch', 'settled', 'mark is entry_3, its entries say null'],
    ],
  ],
  [
    'an entry of a hold that leaves out the one before it',
    (ledger) => {
      entryOf(ledger, 'settle').hold!.previous = 'entry_3'
    },
    [['hold_mismatch', 'settled', 'what came after entry "entry_4" does not name it so']],
  ],
  [
    'an entry of a hold that is counted twice',
    (ledger) => {
      entryOf(ledger, 'spend').hold!.moves = 3
    },
    [
      ['hold_mismatch', 'settled', 'what came after entry "entry_4" does not name it so'],
      ['hold_mismatch', 'settled', 'what came after entry "entry_3" does not name it so'],
    ],
  ],
  [
    'an entry that makes a hold and names one before it',
    ({ entries }) => {
      const first = entries.find(({ kind, hold }) => kind === 'reserve' && hold?.id === 'settled')
      first!.hold!.previous = 'entry_2'
    },
    [['hold_mismatch', 'settled', 'entry "entry_3" is not its first']],
  ],
  [
    'a hold whose document is gone',
    ({ holds }) => void holds.delete('open'),
    [['hold_missing', 'open', 'entries name it']],
  ],
  [
    'a hold that paid more than its maximum',
    (ledger) => {
      entryOf(ledger, 'settle').hold!.max = 3
      holdOf(ledger, 'settled').max = 3
    },
    [['hold_overdrawn', 'settled', '4 was spent of 3']],
  ],
  [
    'a hold that no entry set aside',
    ({ entries }) => {
      for (const { kind, hold } of entries)
        if (kind === 'reserve' && hold?.id === 'open') Object.assign(hold, { id: 'other' })
      const chain = { moves: 2, previous: null, mark: null }
      entries[0]!.hold = { id: 'open', status: 'open', max: 5, spent: 0, expiresAt: END, ...chain }
    },
    [
      ['hold_mismatch', 'open', 'no entry set it aside'],
      ['hold_mismatch', 'user/ada', 'its open holds'],
      ['hold_missing', 'other', 'entries name it'],
    ],
  ],
]

describe('the books of a holder', () => {
  it('are what their entries say, whatever happened', () => {
    expect(problemsOf(history())).toEqual([])
  })

  it('may list open holds in any order', () => {
    const ledger = history()
    ledger.account.holds.reverse()
    expect(problemsOf(ledger)).toEqual([])
  })

  it.each(tampering)('tell %s, and nothing else', (_, tamper, expected) => {
    const ledger = history()
    tamper(ledger)
    const problems = problemsOf(ledger)
    expect(problems).toEqual(
      expected.map(([code, id, words]) => ({ code, id, message: expect.stringContaining(words) })),
    )
  })
})
