import {
  type AnyCollection,
  type DocumentOf,
  type InsertOf,
  insert,
  type Made,
  replace,
  type Write,
} from '../store/index.ts'

/** A write, and the command whose fault it is when it is refused; null: another process was faster. */
export interface OwnedWrite {
  readonly write: Write
  readonly by: number | null
}

/** A record, and the version of the document that it is. */
export interface Versioned<R> {
  readonly record: R
  readonly version: number
}

/** Where records may be known from without reading them. */
export interface Memory<R> {
  get(id: string): Versioned<R> | undefined
  set(record: R, version: number): void
}

/** Documents of one collection in memory: known once, changed in turn, written under the versions that were known. */
export class Records<C extends AnyCollection, R extends InsertOf<C> & { readonly id: string }> {
  readonly #collection: C
  readonly #toRecord: (document: DocumentOf<C>) => R
  readonly #isPlain: boolean
  readonly #memory: Memory<R> | undefined
  readonly #current = new Map<string, R>()
  readonly #known = new Map<string, Versioned<R>>()
  readonly #recalled = new Set<string>()
  /** The command that changed a record first. */
  readonly #changed = new Map<string, number | null>()

  /** `isPlain`: no record has an object that a caller gave. */
  constructor(
    collection: C,
    toRecord: (document: DocumentOf<C>) => R,
    { isPlain = false, memory }: Made & { memory?: Memory<R> | undefined } = {},
  ) {
    this.#collection = collection
    this.#isPlain = isPlain
    this.#toRecord = toRecord
    this.#memory = memory
  }

  get current(): ReadonlyMap<string, R> {
    return this.#current
  }

  /** Takes over documents that were read, again if need be. */
  take(documents: readonly (DocumentOf<C> | null)[]): void {
    for (const document of documents)
      if (document) this.#know({ record: this.#toRecord(document), version: document.version })
  }

  /** Takes over what is remembered; false when nothing is. */
  recall(id: string): boolean {
    const known = this.#memory?.get(id)
    if (!known) return false
    this.#know(known)
    this.#recalled.add(id)
    return true
  }

  /** Whether it was not read, and so may be out of date. */
  isRecalled(id: string): boolean {
    return this.#recalled.has(id)
  }

  /** After the writes were committed: what they left is remembered. */
  rememberWritten(memory: Memory<R>): void {
    for (const id of this.#changed.keys()) {
      const record = this.#current.get(id)
      if (record) memory.set(record, (this.#known.get(id)?.version ?? 0) + 1)
    }
  }

  /** When nothing was written: what was read need not be read again. */
  rememberRead(memory: Memory<R>): void {
    for (const { record, version } of this.#known.values()) memory.set(record, version)
  }

  set(record: R, by: number | null): void {
    this.#current.set(record.id, record)
    if (!this.#changed.has(record.id)) this.#changed.set(record.id, by)
  }

  /** A new document is the fault of the command that made it; a version that moved on is nobody's. */
  *writes(): Iterable<OwnedWrite> {
    const isPlain = this.#isPlain
    for (const [id, by] of this.#changed) {
      const record = this.#current.get(id)
      const version = this.#known.get(id)?.version
      if (!record) continue
      yield version === undefined
        ? { write: insert(this.#collection, record, { isPlain }), by }
        : { write: replace(this.#collection, id, record, { ifVersion: version, isPlain }), by: null }
    }
  }

  #know(known: Versioned<R>): void {
    this.#current.set(known.record.id, known.record)
    this.#known.set(known.record.id, known)
  }
}
