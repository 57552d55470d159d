import type { Microcredits, Tillwire } from 'tillwire'
import { type Entry, holderOf } from 'tillwire/credits'
import { expect } from 'vitest'

const PAGE = 100
let gifts = 0

type Whole = { readonly tillwire: Tillwire }

/** Gives a user credits, as an operator would. */
export async function give({ tillwire }: Whole, userId: string, amount: Microcredits): Promise<void> {
  gifts += 1
  const source = { kind: 'manual' } as const
  await tillwire.credits.grant({ holder: holderOf(userId), amount, key: `gift-${gifts}`, source })
}

/** Every movement of a user's credits, newest first. */
export async function entriesOf({ tillwire }: Whole, userId: string): Promise<Entry[]> {
  const entries: Entry[] = []
  for (let after: string | undefined; ; ) {
    const page = await tillwire.credits.entries(holderOf(userId), { limit: PAGE, after })
    entries.push(...page.items)
    if (page.next === null) return entries
    after = page.next
  }
}

/** What a user has, has done with it, and has to show for it. */
export async function moneyOf(whole: Whole, userId: string) {
  const { available, held, debt, version } = await whole.tillwire.credits.balance(holderOf(userId))
  const { items: answers, next } = await whole.tillwire.answers.list({ userId, limit: PAGE })
  if (next !== null) throw new Error('more answers than one page shows')
  return { available, held, debt, version, answers }
}

/**
 * Of what this user was given, exactly what the receipts say is gone: nothing is held, no balance was ever
 * below zero, and the ledger sums.
 */
export async function expectSquare(whole: Whole, userId: string, given: number): Promise<void> {
  const { available, held, debt, answers } = await moneyOf(whole, userId)
  expect(answers.filter(({ outcome }) => outcome === 'streaming')).toEqual([])
  let receipted = 0
  for (const { receiptId, spent } of answers) {
    if (receiptId === null) expect(spent).toBe(0)
    else receipted += (await whole.tillwire.answers.receipt({ userId, receiptId })).spent
  }
  expect({ available, held, debt }).toEqual({ available: given - receipted, held: 0, debt: 0 })
  for (const { after } of await entriesOf(whole, userId)) {
    expect(Math.min(after.available, after.held, after.debt)).toBeGreaterThanOrEqual(0)
  }
  expect((await whole.tillwire.credits.check()).problems).toEqual([])
}
