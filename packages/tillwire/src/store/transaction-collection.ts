import { copyJson } from './codec/json.ts'
import { ID_PATH } from './codec/resolve-path.ts'
import type { StoredDocument } from './driver.ts'
import { NotFound, VersionConflict } from './errors.ts'
import type { Pipeline, Prepared, Taken } from './pipeline.ts'
import { loadPage } from './prepare-read.ts'
import { parseId, parseWhere, type StoredFilter } from './query/filter.ts'
import { compareOrder, matches, orderValues } from './query/match.ts'
import { decodeAfter, encodeAfter, parseLimit, parseOrder } from './query/page.ts'
import type { Entry, TransactionScope } from './transaction.ts'
import type {
  AnyCollection,
  CollectionWriter,
  DocumentOf,
  FieldsOf,
  FindOptions,
  IfVersion,
  InsertOf,
  Page,
  PatchOf,
  Where,
} from './types.ts'

/** A collection inside a transaction: committed documents under the transaction's own writes. */
export class TransactionCollection<C extends AnyCollection> implements CollectionWriter<C> {
  readonly #scope: TransactionScope
  readonly #pipeline: Pipeline

  constructor(scope: TransactionScope, pipeline: Pipeline) {
    this.#scope = scope
    this.#pipeline = pipeline
  }

  get(id: string): Promise<DocumentOf<C> | null> {
    return this.#scope.operate(async () => this.#load((await this.#scope.read(this.#pipeline, parseId(id))).current))
  }

  getMany(ids: readonly string[]): Promise<(DocumentOf<C> | null)[]> {
    return this.#scope.operate(async () => {
      const entries = await this.#scope.readMany(this.#pipeline, ids.map(parseId))
      return entries.map(({ current }) => this.#load(current))
    })
  }

  async findOne(where: Where): Promise<DocumentOf<C> | null> {
    return (await this.find({ where, limit: 1 })).items[0] ?? null
  }

  find(options: FindOptions = {}): Promise<Page<DocumentOf<C>>> {
    return this.#scope.operate(async () => {
      const { resolver, table } = this.#pipeline
      const filter = parseWhere(options.where ?? {}, resolver)
      const order = parseOrder(options.orderBy, resolver)
      const limit = parseLimit(options.limit)
      const after = options.after === undefined ? null : decodeAfter(options.after, order)

      const known = this.#scope.written(this.#pipeline)
      const query = { filter: exceptFor(known, filter), order, after, limit: limit + 1 }
      const [committed] = await this.#scope.driver.read({
        op: 'find',
        table: table.name,
        query,
        known: table.schemaVersion,
      })
      const others = committed.filter((stored) => !this.#scope.observe(this.#pipeline, stored).written)

      const mine = this.#scope.written(this.#pipeline)
      const found = [
        ...others,
        ...mine.flatMap(({ current }) => (current && matches(current, filter) ? [current] : [])),
      ]
        .map((stored) => ({ stored, values: orderValues(stored, order) }))
        .filter(({ values }) => after === null || compareOrder(values, after, order) > 0)
        .sort((a, b) => compareOrder(a.values, b.values, order))
      const page = found.slice(0, limit)
      const last = page.at(-1)
      return {
        items: loadPage<C>(
          (stored) => this.#pipeline.loadCopy(stored),
          page.map(({ stored }) => stored),
          options.setAside,
        ),
        next: found.length > limit && last ? encodeAfter(order, last.values) : null,
      }
    })
  }

  count(where: Where = {}): Promise<number> {
    return this.#scope.operate(async () => {
      const filter = parseWhere(where, this.#pipeline.resolver)
      const mine = this.#scope.written(this.#pipeline)
      const table = this.#pipeline.table.name
      const [others] = await this.#scope.driver.read({
        op: 'count',
        table,
        filter: exceptFor(mine, filter),
        known: this.#pipeline.table.schemaVersion,
      })
      return others + mine.filter(({ current }) => current && matches(current, filter)).length
    })
  }

  async insert(document: InsertOf<C>): Promise<DocumentOf<C>> {
    const [inserted] = await this.insertMany([document])
    return inserted as DocumentOf<C>
  }

  insertMany(documents: readonly InsertOf<C>[]): Promise<DocumentOf<C>[]> {
    return this.#scope.operate(async () => {
      const pipeline = this.#pipeline
      const inserted: DocumentOf<C>[] = []
      for (const taken of documents.map((document) => pipeline.takeAtOnce(document))) {
        const input = pipeline.hashes ? await pipeline.hash(taken, null) : taken
        const prepared = pipeline.insert(input, this.#scope.now)
        this.#scope.insert(pipeline, prepared)
        inserted.push(this.#present(prepared))
      }
      return inserted
    })
  }

  update(
    id: string,
    change: PatchOf<C> | ((document: DocumentOf<C>) => FieldsOf<C>),
    options: IfVersion = {},
  ): Promise<DocumentOf<C>> {
    return this.#scope.operate(async () => {
      const pipeline = this.#pipeline
      const patch = typeof change === 'function' ? null : pipeline.take(change)
      const { entry, current } = await this.#existing(id, options)
      if (patch !== null) return this.#write(entry, current, pipeline.patched(current, patch))
      const decide = change as (document: DocumentOf<C>) => FieldsOf<C>
      return this.#write(entry, current, pipeline.takeAtOnce(decide(this.#load(current) as DocumentOf<C>)))
    })
  }

  replace(id: string, document: InsertOf<C>, options: IfVersion = {}): Promise<DocumentOf<C>> {
    return this.#scope.operate(async () => {
      const taken = this.#pipeline.take(document)
      const { entry, current } = await this.#existing(id, options)
      return this.#write(entry, current, taken)
    })
  }

  delete(id: string, options: IfVersion = {}): Promise<void> {
    return this.#scope.operate(async () => {
      const { entry, current } = await this.#existing(id, options)
      this.#pipeline.beforeDelete(current, this.#scope.now)
      this.#scope.remove(entry)
    })
  }

  async #existing(id: string, { ifVersion }: IfVersion): Promise<{ entry: Entry; current: StoredDocument }> {
    const entry = await this.#scope.read(this.#pipeline, parseId(id))
    const { current } = entry
    const collection = this.#pipeline.table.name
    if (!current) throw new NotFound({ collection, id })
    if (ifVersion !== undefined && current.version !== ifVersion)
      throw new VersionConflict({ collection, id, expected: ifVersion, actual: current.version })
    return { entry, current }
  }

  async #write(entry: Entry, current: StoredDocument, input: Taken): Promise<DocumentOf<C>> {
    const pipeline = this.#pipeline
    const hashed = pipeline.hashes ? await pipeline.hash(input, current) : input
    // However often it is written here, it is one write when committed.
    const version = entry.base && !entry.recreated ? entry.base.version : 0
    const prepared = pipeline.replace(entry.id, hashed, version, this.#scope.now)
    this.#scope.replace(entry, prepared)
    return this.#present(prepared, current.createdAt)
  }

  /** What the body gets is its own: what it does to it does not reach what the transaction keeps. */
  #present(prepared: Prepared, createdAt?: string): DocumentOf<C> {
    return this.#pipeline.present({ ...prepared, fields: copyJson(prepared.fields) }, createdAt) as DocumentOf<C>
  }

  #load(stored: StoredDocument | null): DocumentOf<C> | null {
    return stored && (this.#pipeline.loadCopy(stored) as DocumentOf<C>)
  }
}

/** What the engine is asked for: without the documents that the transaction has its own state of. */
function exceptFor(entries: readonly Entry[], filter: StoredFilter): StoredFilter {
  if (entries.length === 0) return filter
  const mine: StoredFilter = { kind: 'in', path: ID_PATH, values: entries.map(({ id }) => id), insensitive: false }
  return { kind: 'and', filters: [filter, { kind: 'not', filter: mine }] }
}
