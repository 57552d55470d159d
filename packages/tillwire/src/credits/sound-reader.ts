import {
  type AnyCollection,
  type DocumentOf,
  type FindOptionsOf,
  pagesOf,
  readEach,
  type Store,
  type UNREADABLE,
} from '../store/index.ts'
import type { Problem } from './recompute.ts'

/** How many documents are read at a time. */
const PAGE = 500

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

  /** In the order of `ids`, null where there is none. */
  getMany<C extends AnyCollection>(
    collection: C,
    ids: readonly string[],
  ): Promise<(DocumentOf<C> | null | typeof UNREADABLE)[]> {
    return readEach(this.#store, collection, ids)
  }
}
