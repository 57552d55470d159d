import { microcredits } from '../core/index.ts'
import type { Store } from '../store/index.ts'
import { brandSums } from './read-balance.ts'
import { type EntryRecord, ledgerEntries } from './schema.ts'
import type { Credits, Entry, Holder } from './types.ts'

const DEFAULT_LIMIT = 50

/** A page of a holder's entries, newest first. */
export async function listEntries(
  store: Store,
  holder: Holder,
  { after, limit = DEFAULT_LIMIT }: { after?: string; limit?: number } = {},
): ReturnType<Credits['entries']> {
  const { items, next } = await store
    .collection(ledgerEntries)
    .find({ where: { holder }, orderBy: { sequence: 'desc' }, limit, ...(after === undefined ? {} : { after }) })
  return { items: items.map(entryOf), next }
}

/** An entry as the public sees it. Its references name the hold and the grant it is about. */
function entryOf(record: EntryRecord): Entry {
  const { id, at, kind, key, description, after } = record
  return {
    id,
    at,
    holder: record.holder as Holder,
    kind,
    key,
    postings: record.postings.map((posting) => ({ ...posting, amount: microcredits(posting.amount) })),
    after: brandSums(after),
    description,
    refs: {
      ...record.refs,
      ...(record.hold ? { hold: record.hold.id } : {}),
      ...(record.grant ? { grant: record.grant.id } : {}),
    },
  }
}
