import type { Store } from '../store/index.ts'
import { EntryMissing } from './errors.ts'
import { type EntryRecord, ledgerEntries } from './schema.ts'

/**
 * A holder's entries, newest first: from one of them back to their first.
 * @throws EntryMissing where the chain is broken.
 */
export async function* walkEntries(store: Store, from: string | null): AsyncGenerator<EntryRecord> {
  for (let next = from; next !== null; ) {
    const entry = await store.collection(ledgerEntries).get(next)
    if (!entry) throw new EntryMissing(next)
    yield entry
    next = entry.previous
  }
}
