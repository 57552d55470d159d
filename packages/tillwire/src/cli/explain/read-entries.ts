import { type Credits, EntryMissing, type Holder, ledgerEntries } from '../../credits/index.ts'
import type { Store } from '../../store/index.ts'
import type { Entry } from './ledger-item.ts'
import type { Problem } from './timeline.ts'

const PAGE = 1_000

/** What entries are read from. */
export interface Ledger {
  readonly store: Store
  readonly credits: Pick<Credits, 'entries'>
}

/**
 * Hands over a holder's entries as they are kept, newest first, until `add` wants no more. Page by page: all
 * of them need not fit into memory.
 * @returns what kept it from reading on
 */
export async function readEntries(
  { store, credits }: Ledger,
  holder: Holder,
  add: (entry: Entry) => boolean,
): Promise<Problem[]> {
  try {
    for (let after: string | undefined; ; ) {
      const { items, next } = await credits.entries(holder, { after, limit: PAGE })
      for (const entry of await store.collection(ledgerEntries).getMany(items.map(({ id }) => id)))
        if (entry && !add(entry)) return []
      if (next === null) return []
      after = next
    }
  } catch (error) {
    if (!EntryMissing.is(error)) throw error
    return [{ code: error.code, id: String(error.details.entry), message: error.message }]
  }
}
