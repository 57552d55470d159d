import {
  type AnyCollection,
  type DocumentOf,
  type InsertOf,
  insert,
  replace,
  type Store,
  type Write,
} from '../store/index.ts'

/** A write, and the command whose fault it is when it is refused; null: another process was faster. */
export interface OwnedWrite {
  readonly write: Write
  readonly by: number | null
}

/** Documents of one collection in memory: read once, changed in turn, written under the versions that were read. */
export class Records<C extends AnyCollection, R extends InsertOf<C> & { readonly id: string }> {
  readonly #collection: C
  readonly #toRecord: (document: DocumentOf<C>) => R
  readonly #current = new Map<string, R>()
  readonly #versions = new Map<string, number>()
  /** The command that changed a record first. */
  readonly #changed = new Map<string, number | null>()

  constructor(collection: C, toRecord: (document: DocumentOf<C>) => R) {
    this.#collection = collection
    this.#toRecord = toRecord
  }

  get current(): ReadonlyMap<string, R> {
    return this.#current
  }

  /** Reads those that are not here yet. */
  async read(store: Store, ids: Iterable<string>): Promise<void> {
    const missing = [...new Set(ids)].filter((id) => !this.#current.has(id))
    if (missing.length === 0) return
    for (const document of await store.collection(this.#collection).getMany(missing)) {
      if (!document) continue
      this.#current.set(document.id, this.#toRecord(document))
      this.#versions.set(document.id, document.version)
    }
  }

  set(record: R, by: number | null): void {
    this.#current.set(record.id, record)
    if (!this.#changed.has(record.id)) this.#changed.set(record.id, by)
  }

  /** A new document is the fault of the command that made it; a version that moved on is nobody's. */
  *writes(): Iterable<OwnedWrite> {
    for (const [id, by] of this.#changed) {
      const record = this.#current.get(id)
      const version = this.#versions.get(id)
      if (!record) continue
      yield version === undefined
        ? { write: insert(this.#collection, record), by }
        : { write: replace(this.#collection, id, record, { ifVersion: version }), by: null }
    }
  }
}
