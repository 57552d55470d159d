import type { Batch, Claim, StoredDocument, StoredRequirement, StoredWrite } from './driver.ts'
import { NotFound, TransactionConflict, UniqueViolation, VersionConflict } from './errors.ts'
import type { Pipeline, Prepared } from './pipeline.ts'
import { readStored } from './prepare-read.ts'
import type { SteadyDriver } from './steady-driver.ts'

/** What a transaction knows of one document. */
export interface Entry {
  readonly pipeline: Pipeline
  readonly id: string
  /** As it was read: null when it was absent, undefined when it was written without a look. */
  base: StoredDocument | null | undefined
  /** As the transaction has it now; null when absent. */
  current: StoredDocument | null
  claims: readonly Claim[]
  written: boolean
  /** Removed and inserted anew: its version starts again. */
  recreated: boolean
}

/**
 * What one run of a transaction's body has read and written. Reads are remembered with their
 * versions, writes are kept back; `toCommit` is both as one conditional batch.
 */
export class TransactionScope {
  readonly driver: SteadyDriver
  readonly now: string
  /** The first error of any operation; the run ends with it even if the body swallowed it. */
  doom: { readonly error: unknown } | null = null
  /** The document that another transaction changed under this one. */
  lost: string | null = null
  readonly #entries = new Map<string, Entry>()
  #ended: Error | null = null

  constructor(driver: SteadyDriver, now: string) {
    this.driver = driver
    this.now = now
  }

  get isOpen(): boolean {
    return this.#ended === null
  }

  end(reason: string): void {
    this.#ended ??= new TransactionConflict(reason)
  }

  /** Runs one operation of the body; its error dooms the run. */
  async operate<T>(operation: () => Promise<T>): Promise<T> {
    try {
      if (this.doom) throw this.doom.error
      if (this.#ended) throw this.#ended
      const result = await operation()
      if (this.#ended) throw this.#ended
      return result
    } catch (error) {
      this.doom ??= { error }
      throw error
    }
  }

  /** Remembers what was read; a document that was already read must not have changed since. */
  observe(pipeline: Pipeline, stored: StoredDocument): Entry {
    return this.#observe(pipeline, stored.id, stored)
  }

  #observe(pipeline: Pipeline, id: string, stored: StoredDocument | null): Entry {
    const key = keyOf(pipeline.table.name, id)
    const known = this.#entries.get(key)
    if (!known) {
      const entry = { pipeline, id, base: stored, current: stored, claims: [], written: false, recreated: false }
      this.#entries.set(key, entry)
      return entry
    }
    if (known.base === undefined) return known
    if (known.base?.revision !== stored?.revision) {
      this.lost = key
      throw new TransactionConflict(`"${id}" of "${pipeline.table.name}" changed between two reads`)
    }
    return known
  }

  async read(pipeline: Pipeline, id: string): Promise<Entry> {
    const known = this.#entries.get(keyOf(pipeline.table.name, id))
    if (known) return known
    return this.#observe(pipeline, id, await readStored(this.driver, pipeline.table.name, id))
  }

  async readMany(pipeline: Pipeline, ids: readonly string[]): Promise<Entry[]> {
    const table = pipeline.table.name
    const unread = ids.filter((id) => !this.#entries.has(keyOf(table, id)))
    const [found] = await this.driver.read({ op: 'get', table, ids: unread })
    for (const [i, id] of unread.entries()) this.#observe(pipeline, id, found[i] ?? null)
    return Promise.all(ids.map((id) => this.read(pipeline, id)))
  }

  /** Documents of a collection that this transaction has written. */
  written(pipeline: Pipeline): Entry[] {
    return [...this.#entries.values()].filter(
      (entry) => entry.written && entry.pipeline.table.name === pipeline.table.name,
    )
  }

  insert(pipeline: Pipeline, { stored, claims }: Prepared): void {
    const key = keyOf(pipeline.table.name, stored.id)
    const known = this.#entries.get(key)
    if (known?.current) throw new UniqueViolation({ collection: pipeline.table.name, fields: ['id'] })
    const recreated = Boolean(known?.base)
    this.#entries.set(key, {
      pipeline,
      id: stored.id,
      base: known?.base,
      current: stored,
      claims,
      written: true,
      recreated,
    })
  }

  replace(entry: Entry, { stored, claims }: Prepared): void {
    entry.current = { ...stored, createdAt: entry.current?.createdAt ?? stored.createdAt }
    entry.claims = claims
    entry.written = true
  }

  remove(entry: Entry): void {
    entry.current = null
    entry.written = true
  }

  /** Removals come first, so that what they free can be taken by the other writes. */
  toCommit(): Batch {
    const removals: StoredWrite[] = []
    const writes: StoredWrite[] = []
    const requires: StoredRequirement[] = []
    for (const { pipeline, id, base, current: document, claims, written, recreated } of this.#entries.values()) {
      const table = pipeline.table.name
      if (base !== undefined) requires.push({ table, id, version: base?.version ?? 0, revision: base?.revision })
      if (!written) continue
      if (base && (document === null || recreated)) removals.push({ op: 'remove', table, id, version: base.version })
      if (document) writes.push({ op: base && !recreated ? 'replace' : 'insert', table, document, claims })
    }
    return { writes: [...removals, ...writes], requires }
  }

  /** Whether something that was read has changed since. */
  async isStale(): Promise<boolean> {
    if (this.lost !== null) return true
    const { requires } = this.toCommit()
    if (requires.length === 0) return false
    try {
      await this.driver.commit({ writes: [], requires })
      return false
    } catch (error) {
      return this.noteLost(error)
    }
  }

  /** Whether an error of `commit` says that another transaction was faster. */
  noteLost(error: unknown): boolean {
    if (!VersionConflict.is(error) && !NotFound.is(error)) return false
    this.lost = keyOf(String(error.details.collection), String(error.details.id))
    return true
  }
}

export function keyOf(table: string, id: string): string {
  return `${table}/${id}`
}
