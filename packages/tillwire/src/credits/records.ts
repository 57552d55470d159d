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

/** Where records may be known from without reading them. */
export interface Memory<R> {
  get(id: string): { readonly record: R; readonly version: number } | undefined
  set(record: R, version: number): void
}

/** Documents of one collection in memory: read once, changed in turn, written under the versions that were read. */
export class Records<C extends AnyCollection, R extends InsertOf<C> & { readonly id: string }> {
  readonly #collection: C
  readonly #toRecord: (document: DocumentOf<C>) => R
  readonly #current = new Map<string, R>()
  readonly #versions = new Map<string, number>()
  readonly #memory: Memory<R> | undefined
  /** Whether any of them was known from memory, and not read. */
  recalled = false
  /** The command that changed a record first. */
  readonly #changed = new Map<string, number | null>()

  constructor(collection: C, toRecord: (document: DocumentOf<C>) => R, memory?: Memory<R>) {
    this.#collection = collection
    this.#toRecord = toRecord
    this.#memory = memory
  }

  get current(): ReadonlyMap<string, R> {
    return this.#current
  }

  /** Reads those that are neither here yet nor remembered. */
  async read(store: Store, ids: Iterable<string>): Promise<void> {
    const missing = [...new Set(ids)].filter((id) => !this.#current.has(id) && !this.#recall(id))
    if (missing.length === 0) return
    for (const document of await store.collection(this.#collection).getMany(missing)) {
      if (!document) continue
      this.#current.set(document.id, this.#toRecord(document))
      this.#versions.set(document.id, document.version)
    }
  }

  /** After the writes were committed: what they left is remembered. */
  remember(memory: Memory<R>): void {
    for (const id of this.#changed.keys()) {
      const record = this.#current.get(id)
      if (record) memory.set(record, (this.#versions.get(id) ?? 0) + 1)
    }
  }

  #recall(id: string): boolean {
    const known = this.#memory?.get(id)
    if (!known) return false
    this.#current.set(id, known.record)
    this.#versions.set(id, known.version)
    this.recalled = true
    return true
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
