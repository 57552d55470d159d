import { isUnreadable } from './errors.ts'
import type { AnyCollection, DocumentOf, Store } from './types.ts'

/** What stands for a document that is there and cannot be read. */
export const UNREADABLE = 'unreadable'

/**
 * Documents by their ids, in that order, null where there is none: as `getMany`, but one that cannot be read costs no
 * other. Each is read by itself only where not all can be.
 */
export async function readEach<C extends AnyCollection>(
  store: Store,
  collection: C,
  ids: readonly string[],
): Promise<(DocumentOf<C> | null | typeof UNREADABLE)[]> {
  const documents = store.collection(collection)
  try {
    return await documents.getMany(ids)
  } catch (error) {
    if (!isUnreadable(error)) throw error
  }
  const each: (DocumentOf<C> | null | typeof UNREADABLE)[] = []
  for (const id of ids) {
    try {
      each.push(await documents.get(id))
    } catch (error) {
      if (!isUnreadable(error)) throw error
      each.push(UNREADABLE)
    }
  }
  return each
}
