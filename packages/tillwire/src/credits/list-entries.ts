import { microcredits } from '../core/index.ts'
import type { Store } from '../store/index.ts'
import { checkHolder } from './command.ts'
import { InvalidCommand } from './errors.ts'
import { brandSums } from './read-balance.ts'
import { type EntryRecord, ledgerAccounts, ledgerEntries } from './schema.ts'
import type { Credits, Entry, Holder } from './types.ts'
import { walkEntries } from './walk-entries.ts'

const DEFAULT_LIMIT = 50
const MAX_LIMIT = 1_000

/**
 * A page of a holder's entries, newest first. A page ends with the entry that the next one comes after.
 * @throws InvalidCommand when `holder` is none, or `after` is no entry of theirs; EntryMissing.
 */
export async function listEntries(
  store: Store,
  holder: Holder,
  { after, limit = DEFAULT_LIMIT }: { after?: string; limit?: number } = {},
): ReturnType<Credits['entries']> {
  checkHolder(holder)
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT)
    throw new InvalidCommand({ field: 'limit', reason: `give a whole number from 1 to ${MAX_LIMIT}` })
  const items: Entry[] = []
  for await (const record of walkEntries(store, await firstOf(store, holder, after))) {
    items.push(entryOf(record))
    if (items.length === limit) return { items, next: record.previous === null ? null : record.id }
  }
  return { items, next: null }
}

async function firstOf(store: Store, holder: Holder, after: string | undefined): Promise<string | null> {
  if (after === undefined) return (await store.collection(ledgerAccounts).get(holder))?.newest ?? null
  const last = await store.collection(ledgerEntries).get(after)
  if (last?.holder === holder) return last.previous
  throw new InvalidCommand({ field: 'after', reason: 'give the `next` of the page before' })
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
