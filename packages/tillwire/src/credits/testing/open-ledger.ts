import { type ManualClock, type Microcredits, manualClock } from '../../core/index.ts'
import { type AnyCollection, openStore, type Store } from '../../store/index.ts'
import { type Credits, creditsCollections, type Holder, openCredits } from '../index.ts'

export interface TestLedger extends AsyncDisposable {
  readonly store: Store
  readonly clock: ManualClock
  readonly credits: Credits
}

/** A ledger in memory, on a clock that stands still. */
export async function openLedger(collections: readonly AnyCollection[] = []): Promise<TestLedger> {
  const clock = manualClock()
  const store = await openStore({ url: 'memory:', collections: [...creditsCollections, ...collections], clock })
  const credits = openCredits({ store, clock })
  return {
    store,
    clock,
    credits,
    async [Symbol.asyncDispose]() {
      await credits.close()
      await store.close()
    },
  }
}

/** So many microcredits. */
export function units(amount: number): Microcredits {
  return amount as Microcredits
}

let keys = 0
/** A key that was not used before. */
export function newKey(): string {
  keys += 1
  return `key-${keys}`
}

/** Gives credits with nothing special about them; returns the grant. */
export async function give(
  credits: Credits,
  holder: Holder,
  amount: number,
  options: { expiresAt?: string; priority?: number } = {},
): Promise<string> {
  const { grant } = await credits.grant({
    holder,
    amount: units(amount),
    key: newKey(),
    source: { kind: 'manual' },
    ...options,
  })
  return grant
}

/** A balance without its details. */
export async function sums(
  credits: Credits,
  holder: Holder,
): Promise<{ available: number; held: number; debt: number }> {
  const { available, held, debt } = await credits.balance(holder)
  return { available, held, debt }
}
