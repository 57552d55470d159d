import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Entry, holderOf, ledgerEntries } from '../../credits/index.ts'
import { explain, type Timeline } from './index.ts'
import { type History, playHistory, steps } from './testing/play-history.ts'

const RUNS = 60

const partsOf = ({ store, credits }: History) => ({ store, credits, findUser: async () => null })

/** Every entry of the user, by the ledger's own list. */
async function entriesOf({ credits, userId }: History): Promise<Entry[]> {
  const { items, next } = await credits.entries(holderOf(userId), { limit: 1_000 })
  expect(next).toBeNull()
  return items
}

function sumOf(entries: readonly Entry[], account: string, grant?: string): number {
  const postings = entries.flatMap((entry) => entry.postings)
  const mine = postings.filter((posting) => posting.account === account && (!grant || posting.grant === grant))
  return mine.reduce((sum, { amount }) => sum + amount, 0) + 0
}

function expectTold({ items, problems }: Timeline): Readonly<Record<string, number>> {
  expect(problems).toEqual([])
  const times = items.map(({ at }) => at)
  expect(times).toEqual(times.toSorted())
  const last = items.at(-1)!
  expect([last.kind, last.says]).toEqual(['sum', expect.stringMatching(/they agree$/)])
  for (const { amounts = {} } of items) expect(Object.values(amounts).every(Number.isSafeInteger)).toBe(true)
  return last.amounts!
}

describe('a timeline', () => {
  it('is in the order of time, and its sum is the naive one, whatever happened', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (played) => {
        await using history = await playHistory(played)
        const parts = partsOf(history)
        const entries = await entriesOf(history)
        expect(expectTold(await explain(parts, history.userId))).toEqual({
          available: sumOf(entries, 'available'),
          held: sumOf(entries, 'held'),
          debt: 0 - sumOf(entries, 'debt'),
        })
        for (const payment of history.payments) {
          const { grant = '' } = (await history.credits.findPurchase(payment)) ?? {}
          const debt = sumOf(entries, 'debt', grant)
          expect(expectTold(await explain(parts, payment))).toEqual({
            granted: 0 - sumOf(entries, 'issued', grant),
            takenBack: sumOf(entries, 'reversed', grant),
            free: sumOf(entries, 'available', grant),
            held: sumOf(entries, 'held', grant),
            spent: sumOf(entries, 'consumed', grant),
            ended: sumOf(entries, 'expired', grant),
            repaid: Math.max(0, debt),
            debt: Math.max(0, 0 - debt),
          })
        }
        for (const [id, { hold, text }] of history.answers) {
          const timeline = await explain(parts, id)
          const mine = entries.filter(({ refs }) => refs.hold === hold)
          // What we bore ourselves was consumed and not spent.
          expect(expectTold(timeline).entries).toBe(sumOf(mine, 'consumed') + sumOf(mine, 'absorbed'))
          expect(timeline.items.at(-2)).toMatchObject({ kind: 'text', content: text })
          expect(await explain(parts, hold)).toEqual(timeline)
        }
      }),
      { numRuns: RUNS },
    )
  })

  it('tells of any posting that was tampered with', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.nat(), async (played, which) => {
        await using history = await playHistory(played)
        const entries = (await entriesOf(history)).filter(({ postings }) => postings.length > 0)
        const entry = entries[which % entries.length]
        if (!entry) return
        const [first, ...others] = entry.postings
        const postings = [{ ...first!, amount: first!.amount + 1 }, ...others]
        await history.store.collection(ledgerEntries).update(entry.id, { postings })
        const parts = partsOf(history)
        expect((await explain(parts, history.userId)).problems).not.toEqual([])
        const answer = [...history.answers].find(([, { hold }]) => hold === entry.refs.hold)
        if (answer) expect((await explain(parts, answer[0])).problems).not.toEqual([])
      }),
      { numRuns: RUNS },
    )
  })
})
