import type { AsyncLocalStorage } from 'node:async_hooks'
import { type Clock, type Logger, Turns } from '../core/index.ts'
import { checkDocuments } from './check-documents.ts'
import type { Driver, SchemaRecord, StoredWrite, TableSpec } from './driver.ts'
import { InvalidQuery, NewerSchema, StoreUnavailable, UnknownCollection, WriteOutsideTransaction } from './errors.ts'
import { encodeCursor } from './feed.ts'
import { LiveChanges } from './live-changes.ts'
import { Pipeline, type Taken } from './pipeline.ts'
import { prepareRead, readStored } from './prepare-read.ts'
import { parseId } from './query/filter.ts'
import { runTransaction } from './run-transaction.ts'
import { SteadyDriver } from './steady-driver.ts'
import { StoreCollection, type StorePort } from './store-collection.ts'
import { sweepCollections } from './sweep.ts'
import { TellOnce } from './tell-once.ts'
import type { TransactionScope } from './transaction.ts'
import type {
  AnyCollection,
  CollectionHandle,
  Commit,
  CommitPlace,
  EncryptionKeys,
  FeedRetention,
  Read,
  Snapshot,
  Store,
  StoreCheck,
  StoreOptions,
  Sweep,
  Transaction,
  TransactionOptions,
  Write,
} from './types.ts'
import { judgeUpgrade, upgradeDocuments } from './upgrade.ts'

/** A write whose document is as it was at the call. */
type TakenWrite = Write & ({ readonly op: 'remove' } | { readonly document: Taken })

/** How many reads one snapshot answers: it is one block of work of the engine. */
const MAX_SNAPSHOT_READS = 100

export interface DocumentStoreOptions {
  readonly url: string
  readonly driver: Driver
  readonly clock: Clock
  readonly keys: EncryptionKeys | undefined
  readonly logger: Logger
  readonly feed: FeedRetention
  readonly migrate: boolean
  readonly onUpgrade: StoreOptions['onUpgrade']
  /** The transaction that is open where the code runs; one for the process. */
  readonly current: AsyncLocalStorage<TransactionScope>
  /** Gives the driver back. */
  readonly release: () => Promise<void>
}

/** The store over any driver: every rule that does not depend on the engine. */
export class DocumentStore implements Store {
  readonly url: string
  readonly #options: DocumentStoreOptions
  readonly #driver: SteadyDriver
  readonly #turns = new Turns()
  readonly #closing = new AbortController()
  readonly #registered = new Map<string, Pipeline>()
  readonly #pipelines = new WeakMap<AnyCollection, Pipeline>()
  readonly #telling: TellOnce
  readonly #live = new Map<string, LiveChanges>()
  readonly #port: StorePort

  constructor(options: DocumentStoreOptions) {
    this.url = options.url
    this.#options = options
    const { clock, logger, feed } = options
    this.#telling = new TellOnce(logger)
    this.#driver = new SteadyDriver(options.driver, { clock, logger, feed, closing: this.#closing.signal })
    this.#port = {
      driver: this.#driver,
      clock,
      logger,
      turns: this.#turns,
      closing: this.#closing.signal,
      liveChanges: (table) => this.#liveChanges(table),
      checkWrite: () => this.#checkWrite(),
      checkOpen: () => this.#checkOpen(),
    }
  }

  async register(collections: readonly AnyCollection[]): Promise<void> {
    this.#checkOpen()
    const pipelines = collections.map((collection) => new Pipeline(collection, this.#options.keys))
    const recorded = await this.#driver.schemaRecords()
    for (const { name, schemaVersion } of pipelines.map(({ table }) => table)) {
      const found = recorded.get(name)?.needed ?? 0
      if (found > schemaVersion) throw new NewerSchema({ collection: name, reached: found, known: schemaVersion })
    }
    const { known } = this.#driver
    this.#know(pipelines)
    try {
      await this.#bringUp(pipelines, recorded)
    } catch (error) {
      this.#driver.known = known
      throw error
    }
    for (const pipeline of pipelines) {
      this.#registered.set(pipeline.table.name, pipeline)
      this.#pipelines.set(pipeline.collection, pipeline)
    }
  }

  collection<C extends AnyCollection>(collection: C): CollectionHandle<C> {
    return new StoreCollection<C>(this.#port, this.#pipelineOf(collection))
  }

  async transaction<T>(body: (tx: Transaction) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    this.#checkOpen()
    const { clock, current } = this.#options
    return runTransaction(body, options, {
      driver: this.#driver,
      clock,
      current,
      turns: this.#turns,
      pipelineOf: (collection) => this.#pipelineOf(collection),
    })
  }

  async commit({ writes, requires = [] }: Commit): Promise<void> {
    this.#checkWrite()
    const now = this.#options.clock.now().toISOString()
    const waits = writes.some((write) => this.#needsCurrent(write))
    const taken = writes.map((write, index) => this.#take(write, waits, { list: 'writes', index }))
    const ready = waits ? await this.#withCurrent(taken, now) : taken
    await this.#driver.commit({
      writes: ready.map((write, index) => this.#prepare(write, now, { list: 'writes', index })),
      requires: requires.map(({ collection, id, version }) => ({
        table: this.#pipelineOf(collection).table.name,
        id: parseId(id),
        version,
      })),
    })
  }

  async snapshot<R extends Readonly<Record<string, Read>>>(reads: R): Promise<Snapshot<R>> {
    this.#checkOpen()
    const names = Object.keys(reads)
    if (names.length > MAX_SNAPSHOT_READS)
      throw new InvalidQuery(`a snapshot has at most ${MAX_SNAPSHOT_READS} reads; getMany takes many ids`)
    const prepared = Object.values(reads).map((read) => prepareRead(this.#pipelineOf(read.collection), read))
    const answers = await this.#driver.read(...prepared.map(({ stored }) => stored))
    const entries = prepared.map(({ present }, index) => [names[index], present(answers[index] as never)])
    return Object.fromEntries(entries) as Snapshot<R>
  }

  async cursor(): Promise<string> {
    this.#checkOpen()
    return encodeCursor(this.#driver, await this.#driver.head())
  }

  async sweep({ signal }: { signal?: AbortSignal } = {}): Promise<Sweep> {
    this.#checkWrite()
    const { clock } = this.#options
    const closing = this.#closing.signal
    const ended = signal ? AbortSignal.any([signal, closing]) : closing
    await this.#driver.trim()
    return sweepCollections(
      { driver: this.#driver, clock, signal: ended, telling: this.#telling },
      this.#registered.values(),
    )
  }

  setAside({ name: collection }: AnyCollection): (id: string, error: unknown) => void {
    return (id, error) => this.#telling.tell('A document cannot be read, and is set aside', { collection, id }, error)
  }

  async check(): Promise<StoreCheck> {
    this.#checkOpen()
    return checkDocuments(this.#driver, this.#registered.values(), this.#options.clock.now())
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return
    this.#closing.abort()
    await this.#options.release()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #checkOpen(): void {
    if (this.#closing.signal.aborted) throw new StoreUnavailable('it is closed', { retryable: false })
  }

  #checkWrite(): void {
    this.#checkOpen()
    const scope = this.#options.current.getStore()
    if (scope?.isOpen && scope.driver.id === this.#driver.id) throw new WriteOutsideTransaction()
  }

  /** By name: the definition may be another instance when a bundler loads its module twice. */
  #pipelineOf(collection: AnyCollection): Pipeline {
    const known = this.#pipelines.get(collection)
    if (known) return known
    if (!this.#driver.hasTable(collection.name)) throw new UnknownCollection(collection.name)
    const pipeline = new Pipeline(collection, this.#options.keys)
    this.#pipelines.set(collection, pipeline)
    this.#know([pipeline])
    return pipeline
  }

  #know(pipelines: readonly Pipeline[]): void {
    const added = pipelines.map(({ table }) => [table.name, table.schemaVersion] as const)
    this.#driver.known = new Map([...this.#driver.known, ...added])
  }

  #liveChanges(table: string): LiveChanges {
    const known = this.#live.get(table)
    if (known) return known
    const live = new LiveChanges(this.#driver, table, this.#options.logger)
    this.#live.set(table, live)
    return live
  }

  /** `waits`: something is awaited before the write is prepared. */
  #take(write: Write, waits: boolean, at: CommitPlace): TakenWrite {
    if (write.op !== 'insert') parseId(write.id)
    if (write.op === 'remove') return write
    const pipeline = this.#pipelineOf(write.collection)
    const document = waits ? pipeline.take(write.document, at) : pipeline.takeAtOnce(write.document, at, write)
    return { ...write, document }
  }

  #needsCurrent(write: Write): boolean {
    const pipeline = this.#pipelineOf(write.collection)
    return pipeline.hashes || (write.op === 'remove' && Boolean(pipeline.collection.hooks.beforeDelete))
  }

  /** Hashes what is to be hashed and asks `beforeDelete`; a document that is not there any more is left to the commit to refuse. */
  #withCurrent(writes: readonly TakenWrite[], now: string): Promise<TakenWrite[]> {
    return Promise.all(
      writes.map(async (write, index): Promise<TakenWrite> => {
        if (!this.#needsCurrent(write)) return write
        const pipeline = this.#pipelineOf(write.collection)
        const current = write.op === 'insert' ? null : await readStored(this.#driver, pipeline.table.name, write.id)
        if (write.op !== 'remove')
          return { ...write, document: await pipeline.hash(write.document, current, { list: 'writes', index }) }
        if (current) pipeline.beforeDelete(current, now)
        return write
      }),
    )
  }

  #prepare(write: TakenWrite, now: string, at: CommitPlace): StoredWrite {
    const pipeline = this.#pipelineOf(write.collection)
    const table = pipeline.table.name
    if (write.op === 'remove') return { op: write.op, table, id: write.id, version: write.ifVersion }
    const { stored, claims } =
      write.op === 'insert'
        ? pipeline.insert(write.document, now, at)
        : pipeline.replace(write.id, write.document, write.ifVersion, now, at)
    return { op: write.op, table, document: stored, claims }
  }

  /** Makes tables and indexes, and upgrades documents, where it may. All of it is judged before any of it is done. */
  async #bringUp(pipelines: readonly Pipeline[], recorded: ReadonlyMap<string, SchemaRecord>): Promise<void> {
    const { migrate } = this.#options
    const tables = pipelines.map(({ table }) => table)
    const isOlder = ({ name, schemaVersion }: TableSpec) =>
      (recorded.get(name)?.reached ?? schemaVersion) < schemaVersion
    const older = migrate ? pipelines.filter(({ table }) => isOlder(table)) : []
    const judged = tables.map((table) => ({
      ...table,
      indexes: migrate ? table.indexes.filter(({ unique }) => !unique || !isOlder(table)) : [],
    }))
    await this.#driver.judgeTables(judged)
    for (const pipeline of older)
      await judgeUpgrade(this.#driver, pipeline, recorded.get(pipeline.table.name)?.reached ?? 0)
    await this.#driver.ensureTables(tables)
    if (!migrate) return
    for (const { table } of older)
      await this.#driver.recordSchema(table.name, { reached: 0, needed: table.schemaVersion })
    await this.#upgrade(older, judged)
    await this.#driver.ensureIndexes(tables)
    for (const { table } of older)
      await this.#driver.recordSchema(table.name, { reached: table.schemaVersion, needed: table.schemaVersion })
  }

  /** Uniqueness of what is upgraded was judged, and is that of the end: its indexes are made when all is written. */
  async #upgrade(pipelines: readonly Pipeline[], tables: readonly TableSpec[]): Promise<void> {
    const { logger, onUpgrade } = this.#options
    if (pipelines.length > 0) await this.#driver.ensureIndexes(tables)
    for (const pipeline of pipelines) {
      const { name: collection, schemaVersion } = pipeline.table
      const documents = await upgradeDocuments(this.#driver, pipeline, (so) =>
        onUpgrade?.({ collection, documents: so }),
      )
      if (documents > 0) logger.info({ collection, documents, schemaVersion }, 'documents upgraded')
    }
  }
}
