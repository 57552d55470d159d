import { setTimeout as delay } from 'node:timers/promises'
import { backoffDelay, type Clock, type Logger, type Turns } from '../core/index.ts'
import type { Batch, StoredDocument, StoredRead } from './driver.ts'
import { NotFound, TransactionConflict, VersionConflict } from './errors.ts'
import { decodeCursor, follow } from './feed.ts'
import type { LiveChanges } from './live-changes.ts'
import type { Pipeline, Taken } from './pipeline.ts'
import { type PreparedRead, prepareCount, prepareFind, prepareGet, prepareGetMany, readStored } from './prepare-read.ts'
import { parseId, parseWhere } from './query/filter.ts'
import type { SteadyDriver } from './steady-driver.ts'
import { keyOf } from './transaction.ts'
import type {
  AnyCollection,
  Change,
  CollectionHandle,
  CommitPlace,
  DocumentOf,
  FieldsOf,
  FindOptions,
  IfVersion,
  InsertOf,
  Page,
  PatchOf,
  Where,
} from './types.ts'

/** How often `update` without a version is tried while other processes write the same document. */
const UPDATE_ATTEMPTS = 50
const UPDATE_BACKOFF = { first: 1, most: 50 }

/** What a handle needs of its store. */
export interface StorePort {
  readonly driver: SteadyDriver
  readonly clock: Clock
  readonly logger: Logger
  readonly turns: Turns
  readonly closing: AbortSignal
  /** The changes of a table, shared by its watchers. */
  liveChanges(table: string): LiveChanges
  /** Throws when a transaction is open here, or the store is closed. */
  checkWrite(): void
  checkOpen(): void
}

/** A collection of an open store. */
export class StoreCollection<C extends AnyCollection> implements CollectionHandle<C> {
  readonly #store: StorePort
  readonly #pipeline: Pipeline
  readonly #table: string

  constructor(store: StorePort, pipeline: Pipeline) {
    this.#store = store
    this.#pipeline = pipeline
    this.#table = pipeline.table.name
  }

  get(id: string): Promise<DocumentOf<C> | null> {
    return this.#read(() => prepareGet<C>(this.#pipeline, id))
  }

  getMany(ids: readonly string[]): Promise<(DocumentOf<C> | null)[]> {
    return this.#read(() => prepareGetMany<C>(this.#pipeline, ids))
  }

  async findOne(where: Where): Promise<DocumentOf<C> | null> {
    return (await this.find({ where, limit: 1 })).items[0] ?? null
  }

  find(options: FindOptions = {}): Promise<Page<DocumentOf<C>>> {
    return this.#read(() => prepareFind<C>(this.#pipeline, options))
  }

  count(where: Where = {}): Promise<number> {
    return this.#read(() => prepareCount(this.#pipeline, where))
  }

  async insert(document: InsertOf<C>): Promise<DocumentOf<C>> {
    const [inserted] = await this.insertMany([document])
    return inserted as DocumentOf<C>
  }

  async insertMany(documents: readonly InsertOf<C>[]): Promise<DocumentOf<C>[]> {
    const pipeline = this.#pipeline
    this.#store.checkWrite()
    const now = this.#now()
    const place = (index: number): CommitPlace => ({ list: 'writes', index })
    const taken = documents.map((document, index) => pipeline.takeAtOnce(document, place(index)))
    const inputs = pipeline.hashes
      ? await Promise.all(taken.map((document, index) => pipeline.hash(document, null, place(index))))
      : taken
    const prepared = inputs.map((input, index) => pipeline.insert(input, now, place(index)))
    await this.#store.driver.commit({
      writes: prepared.map(({ stored, claims }) => ({ op: 'insert', table: this.#table, document: stored, claims })),
      requires: [],
    })
    return prepared.map((one) => pipeline.present(one) as DocumentOf<C>)
  }

  async update(
    id: string,
    change: PatchOf<C> | ((document: DocumentOf<C>) => FieldsOf<C>),
    options: IfVersion = {},
  ): Promise<DocumentOf<C>> {
    const pipeline = this.#pipeline
    if (typeof change === 'function')
      return this.#rewrite(id, options, (current) =>
        pipeline.takeAtOnce(change(pipeline.load(current) as DocumentOf<C>)),
      )
    const patch = pipeline.take(change)
    return this.#rewrite(id, options, (current) => pipeline.patched(current, patch))
  }

  async replace(id: string, document: InsertOf<C>, options: IfVersion = {}): Promise<DocumentOf<C>> {
    const taken = this.#pipeline.take(document)
    return this.#rewrite(id, options, () => taken)
  }

  async delete(id: string, options: IfVersion = {}): Promise<void> {
    await this.#change(id, options, async (current) => {
      this.#pipeline.beforeDelete(current, this.#now())
      return { writes: [{ op: 'remove', table: this.#table, id, version: current.version }], requires: [] }
    })
  }

  watch(
    options: { where?: Where; about?: (id: string) => boolean; from?: string; signal?: AbortSignal } = {},
  ): AsyncIterable<Change<C>> {
    const { driver, closing, logger } = this.#store
    this.#store.checkOpen()
    const filter = parseWhere(options.where ?? {}, this.#pipeline.resolver)
    const { about = () => true } = options
    const start = options.from === undefined ? driver.begin() : Promise.resolve(decodeCursor(driver, options.from))
    // Told to whoever iterates; nobody may ever do so.
    start.catch(() => undefined)
    const signal = options.signal ? AbortSignal.any([options.signal, closing]) : closing
    return follow<C>(this.#store.liveChanges(this.#table), this.#pipeline, { filter, about, start, signal, logger })
  }

  async #read<R extends StoredRead, T>(prepare: () => PreparedRead<R, T>): Promise<T> {
    this.#store.checkOpen()
    const { stored, present } = prepare()
    const [answer] = await this.#store.driver.read(stored)
    return present(answer)
  }

  #rewrite(id: string, options: IfVersion, decide: (current: StoredDocument) => Taken): Promise<DocumentOf<C>> {
    const pipeline = this.#pipeline
    return this.#change(id, options, async (current) => {
      const input = decide(current)
      const hashed = pipeline.hashes ? await pipeline.hash(input, current) : input
      const prepared = pipeline.replace(id, hashed, current.version, this.#now())
      const { stored, claims } = prepared
      const commit: Batch = {
        writes: [{ op: 'replace', table: this.#table, document: stored, claims }],
        requires: [],
      }
      return Object.assign(commit, { result: pipeline.present(prepared, current.createdAt) as DocumentOf<C> })
    })
  }

  /** Reads, decides and writes one document; again when another process was faster, unless a version was asked for. */
  async #change<T>(
    asked: string,
    { ifVersion }: IfVersion,
    decide: (current: StoredDocument) => Promise<Batch & { result?: T }>,
  ): Promise<T> {
    this.#store.checkWrite()
    const id = parseId(asked)
    return this.#store.turns.take(keyOf(this.#table, id), async () => {
      for (let attempt = 1; ; attempt++) {
        const current = await readStored(this.#store.driver, this.#table, id)
        if (!current) throw new NotFound({ collection: this.#table, id })
        if (ifVersion !== undefined && current.version !== ifVersion)
          throw new VersionConflict({ collection: this.#table, id, expected: ifVersion, actual: current.version })
        const { result, ...commit } = await decide(current)
        try {
          await this.#store.driver.commit(commit)
          return result as T
        } catch (error) {
          if (ifVersion !== undefined || !VersionConflict.is(error)) throw error
          if (attempt === UPDATE_ATTEMPTS)
            throw new TransactionConflict(`"${id}" of "${this.#table}" is written by others all the time`, error)
        }
        await delay(backoffDelay(UPDATE_BACKOFF, attempt))
      }
    })
  }

  #now(): string {
    return this.#store.clock.now().toISOString()
  }
}
