import type { AnyCollection, DocumentOf, Store, WhereOf } from '../../store/index.ts'
import { MOST_ITEMS } from './timeline.ts'

/** The newest documents that a timeline has room for, and how many older ones there are. */
export async function newest<C extends AnyCollection>(
  store: Store,
  collection: C,
  where: WhereOf<C>,
): Promise<{ readonly items: DocumentOf<C>[]; readonly unread: number }> {
  const documents = store.collection(collection)
  const { items, next } = await documents.find({ where, orderBy: { id: 'desc' }, limit: MOST_ITEMS })
  return { items, unread: next === null ? 0 : (await documents.count(where)) - items.length }
}
