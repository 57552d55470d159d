import type { KnownSchemas, SchemaRecord, StoredRead, StoredWrite } from '../driver.ts'
import { NewerSchema, UpgradeNeeded } from '../errors.ts'
import type { Connection } from './connection.ts'
import { schemaRecords } from './tables.ts'

/** For how long reads trust a look: one costs as much as a small read. */
const LOOK_EVERY_MS = 20
/** How long whoever records what is needed waits until every read, of any process, has looked again. */
export const HEEDED_MS = 2 * LOOK_EVERY_MS

interface Refusals {
  readonly newer: NewerSchema | null
  readonly behind: UpgradeNeeded | null
}

/**
 * Refuses programs whose schemas are not those of the database, whoever has changed what is recorded meanwhile. A look
 * is one integer, and the records only where another connection has written since; a commit is then one comparison.
 */
export class SchemaGuard {
  readonly #connection: Connection
  #dataVersion: number | null = null
  #lookedAt = Number.NEGATIVE_INFINITY
  #recorded: ReadonlyMap<string, SchemaRecord> = new Map()
  #judged = new WeakMap<KnownSchemas, Refusals>()

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Looks at what is recorded: in each transaction that writes, and now and then after what was read. */
  look(): void {
    const now = performance.now()
    const dataVersion = this.#connection.dataVersion()
    if (dataVersion !== this.#dataVersion) {
      this.#recorded = schemaRecords(this.#connection)
      this.#judged = new WeakMap()
      this.#dataVersion = dataVersion
    }
    this.#lookedAt = now
  }

  /** This connection changes what is recorded, which no data version tells it. */
  forget(): void {
    this.#dataVersion = null
    this.#lookedAt = Number.NEGATIVE_INFINITY
  }

  /**
   * By the last look. A rewrite is what upgrades, and so no matter of what is behind.
   * @throws NewerSchema, UpgradeNeeded
   */
  checkWrites(known: KnownSchemas, writes: readonly Pick<StoredWrite, 'op'>[]): void {
    const refusals = this.#judged.get(known) ?? this.#judge(known)
    if (refusals.newer) throw refusals.newer
    if (refusals.behind && writes.some(({ op }) => op !== 'rewrite')) throw refusals.behind
  }

  /**
   * After the reads: nothing newer is written until `HEEDED_MS` after it is recorded, so none of it was read.
   * @throws NewerSchema where a search would miss documents, or a count not count them
   */
  checkReads(reads: readonly StoredRead[]): void {
    if (reads.every((read) => read.op === 'get' || read.known === undefined)) return
    if (performance.now() - this.#lookedAt > LOOK_EVERY_MS) this.look()
    for (const read of reads) {
      if (read.op === 'get' || read.known === undefined) continue
      const needed = this.#recorded.get(read.table)?.needed ?? 0
      if (needed > read.known) throw new NewerSchema({ collection: read.table, reached: needed, known: read.known })
    }
  }

  #judge(known: KnownSchemas): Refusals {
    let newer: NewerSchema | null = null
    let behind: UpgradeNeeded | null = null
    for (const [collection, version] of known) {
      const { reached, needed } = this.#recorded.get(collection) ?? { reached: version, needed: version }
      if (needed > version) newer ??= new NewerSchema({ collection, reached: needed, known: version })
      if (reached < version) behind ??= new UpgradeNeeded({ collection, reached, known: version })
    }
    const refusals = { newer, behind }
    this.#judged.set(known, refusals)
    return refusals
  }
}
