import { ledgerEntries } from '../../credits/index.ts'
import type { Store } from '../../store/index.ts'
import type { Entry } from './ledger-item.ts'

const PAGE = 1_000

/** A holder's entries from one to another, oldest first, page by page: all of them need not fit into memory. */
export async function* readEntries(
  store: Store,
  holder: string,
  { from, to }: { readonly from: number; readonly to: number },
): AsyncIterable<Entry> {
  for (let first = from; first <= to; ) {
    const where = { holder, sequence: { gte: first, lte: to } }
    const page = await store.collection(ledgerEntries).find({ where, orderBy: { sequence: 'asc' }, limit: PAGE })
    yield* page.items
    if (page.items.length < PAGE) return
    first = (page.items.at(-1)?.sequence ?? to) + 1
  }
}
