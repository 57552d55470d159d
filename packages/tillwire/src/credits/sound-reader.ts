import {
  type AnyCollection,
  type DocumentOf,
  type FindOptionsOf,
  isUnreadable,
  pagesOf,
  type Store,
} from '../store/index.ts'
import type { Problem } from './recompute.ts'

/** How many documents are read at a time. */
const PAGE = 500

/** What stands for a document that is there and cannot be read. */
export const UNREADABLE = 'unreadable'

/** Reads what a check needs: documents that cannot be read are problems, and keep nothing else from being checked. */
export class SoundReader {
  readonly #store: Store
  readonly #problems: Problem[]

  constructor(store: Store, problems: Problem[]) {
    this.#store = store
    this.#problems = problems
  }

  /** All documents of a collection, page by page. Names those that cannot be read. */
  pages<C extends AnyCollection>(collection: C): AsyncIterable<DocumentOf<C>[]> {
    const setAside = (id: string, error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error)
      this.#problems.push({ code: 'document_damaged', id, message: `${collection.name}: ${reason}` })
    }
    const options: FindOptionsOf<C> = { limit: PAGE, setAside }
    return pagesOf(this.#store, collection, options)
  }

  /** In the order of `ids`, null where there is none. Each is read by itself where not all can be. */
  async getMany<C extends AnyCollection>(
    collection: C,
    ids: readonly string[],
  ): Promise<(DocumentOf<C> | null | typeof UNREADABLE)[]> {
    const documents = this.#store.collection(collection)
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
}
