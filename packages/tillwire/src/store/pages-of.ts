import type { AnyCollection, DocumentOf, FindOptionsOf, Store } from './types.ts'

/**
 * The documents that match, page by page. Those that cannot be read are left out, and stop nothing: they are named
 * in the log, or told to `setAside`. What has begun to be handled may be changed and removed meanwhile.
 * @example for await (const page of pagesOf(store, notes, { limit: 100 })) await handle(page)
 */
export async function* pagesOf<C extends AnyCollection>(
  store: Store,
  collection: C,
  options: Omit<FindOptionsOf<C>, 'after'>,
): AsyncGenerator<DocumentOf<C>[], void, undefined> {
  const setAside = options.setAside ?? store.setAside(collection)
  let after: string | null | undefined
  while (after !== null) {
    const paging = after === undefined ? {} : { after }
    const page = await store.collection(collection).find({ ...options, ...paging, setAside })
    if (page.items.length > 0) yield page.items
    after = page.next
  }
}
