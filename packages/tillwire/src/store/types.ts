import type { z } from 'zod'
import type { Clock, Duration, Logger } from '../core/index.ts'
import type { Collection } from './collection.ts'

/** What the store itself keeps beside a document's own fields. Times are ISO-8601 UTC. */
export interface SystemFields {
  readonly id: string
  /** 1 when inserted, one more with each write. */
  readonly version: number
  readonly createdAt: string
  readonly updatedAt: string
}

export type AnyCollection = Collection<z.ZodObject, object>
/** A stored document of a collection. */
export type DocumentOf<C extends AnyCollection> = Readonly<z.output<C['schema']>> & SystemFields & MethodsOf<C>
/** What `insert` takes: the schema's input; an id and times of its own when they come from elsewhere. */
export type InsertOf<C extends AnyCollection> = z.input<C['schema']> & {
  id?: string
  createdAt?: string
  updatedAt?: string
}
/** What `update` takes as a patch: top-level fields, `undefined` removes one. */
export type PatchOf<C extends AnyCollection> = {
  [K in keyof z.input<C['schema']>]?: z.input<C['schema']>[K] | undefined
}
/** The fields of a document without the system's. */
export type FieldsOf<C extends AnyCollection> = z.output<C['schema']>
export type MethodsOf<C extends AnyCollection> =
  C extends Collection<z.ZodObject, infer M>
    ? { readonly [K in keyof M]: M[K] extends (doc: never) => infer R ? () => R : never }
    : object

export type Scalar = string | number | boolean | null
/** Operators on one path. A bare value means `eq`. All that are given must hold. */
export interface Operators {
  eq?: Scalar
  ne?: Scalar
  in?: readonly Scalar[]
  notIn?: readonly Scalar[]
  lt?: string | number
  lte?: string | number
  gt?: string | number
  gte?: string | number
  exists?: boolean
  contains?: string
  startsWith?: string
  endsWith?: string
  /** How text is compared by eq, ne, in, notIn, contains, startsWith and endsWith. */
  mode?: 'sensitive' | 'insensitive'
}
/** A condition: paths (dotted for nested fields) to operators, and `and`, `or`, `not`. */
export interface Where {
  readonly and?: readonly Where[]
  readonly or?: readonly Where[]
  readonly not?: Where
  readonly [path: string]: Scalar | Operators | readonly Where[] | Where | undefined
}
export interface OrderBy {
  readonly [path: string]: 'asc' | 'desc' | undefined
}
export interface FindOptions {
  readonly where?: Where
  /** Ties are broken by id, so pages are stable. Default: by id. */
  readonly orderBy?: OrderBy
  /** 1 to 1000; 100 by default. */
  readonly limit?: number
  /** The `next` of the page before. */
  readonly after?: string
  /** Told of each document of the page that cannot be read, which is left out; without it, the first one is thrown. */
  readonly setAside?: (id: string, error: unknown) => void
}
/** The paths of a collection that types can tell: its top-level fields, the system's, and anything dotted below a field. */
export type PathOf<C extends AnyCollection> = FieldOf<C> | keyof SystemFields | `${FieldOf<C>}.${string}`
type FieldOf<C extends AnyCollection> = keyof z.output<C['schema']> & string
/** A `Where` whose paths are those of a collection. */
export type WhereOf<C extends AnyCollection> = { readonly [path in PathOf<C>]?: Scalar | Operators } & {
  readonly and?: readonly WhereOf<C>[]
  readonly or?: readonly WhereOf<C>[]
  readonly not?: WhereOf<C>
}
export interface FindOptionsOf<C extends AnyCollection> extends FindOptions {
  readonly where?: WhereOf<C>
  readonly orderBy?: { readonly [path in PathOf<C>]?: 'asc' | 'desc' }
}
export interface Page<D> {
  readonly items: D[]
  /** Pass as `after` for the next page; null on the last one. */
  readonly next: string | null
}

export interface IfVersion {
  /** Write only when the document is at this version, else `VersionConflict`. */
  readonly ifVersion?: number
}

export interface CollectionReader<C extends AnyCollection> {
  get(id: string): Promise<DocumentOf<C> | null>
  /** In the order asked for; null where there is none. */
  getMany(ids: readonly string[]): Promise<(DocumentOf<C> | null)[]>
  findOne(where: WhereOf<C>): Promise<DocumentOf<C> | null>
  find(options?: FindOptionsOf<C>): Promise<Page<DocumentOf<C>>>
  count(where?: WhereOf<C>): Promise<number>
}
export interface CollectionWriter<C extends AnyCollection> extends CollectionReader<C> {
  insert(document: InsertOf<C>): Promise<DocumentOf<C>>
  /** All or nothing. */
  insertMany(documents: readonly InsertOf<C>[]): Promise<DocumentOf<C>[]>
  update(
    id: string,
    change: PatchOf<C> | ((document: DocumentOf<C>) => FieldsOf<C>),
    options?: IfVersion,
  ): Promise<DocumentOf<C>>
  replace(id: string, document: InsertOf<C>, options?: IfVersion): Promise<DocumentOf<C>>
  delete(id: string, options?: IfVersion): Promise<void>
}
export interface CollectionHandle<C extends AnyCollection> extends CollectionWriter<C> {
  /**
   * Changes as they are committed, by any process; from now when no cursor is given. Ends when `signal` aborts or the
   * store closes. Documents that are not `about` what the watcher wants, by a first look at their ids at the time, are not read.
   */
  watch(options?: WatchOptions<C>): AsyncIterable<Change<C>>
}
export interface WatchOptions<C extends AnyCollection> {
  readonly where?: WhereOf<C>
  readonly about?: (id: string) => boolean
  readonly from?: string
  readonly signal?: AbortSignal
}
export interface Change<C extends AnyCollection> {
  /** `append`: it now matches and did not before; `update`: still matches; `remove`: no longer matches, or is gone. */
  readonly type: 'append' | 'update' | 'remove'
  readonly id: string
  readonly version: number
  /** The document at this change; null when it was deleted, and when it cannot be read, which the log and `check` tell. */
  readonly document: DocumentOf<C> | null
  readonly cursor: string
}

/** A read of a `snapshot`: made by `get`, `getMany`, `find` and `count` of this folder. */
export type Read<
  C extends AnyCollection = AnyCollection,
  Op extends keyof ReadsOf<C> = keyof ReadsOf<C>,
> = ReadsOf<C>[Op]
interface ReadsOf<C extends AnyCollection> {
  readonly get: { readonly op: 'get'; readonly collection: C; readonly id: string }
  readonly getMany: { readonly op: 'getMany'; readonly collection: C; readonly ids: readonly string[] }
  readonly find: { readonly op: 'find'; readonly collection: C; readonly options: FindOptions }
  readonly count: { readonly op: 'count'; readonly collection: C; readonly where: Where }
}
interface AnswersOf<C extends AnyCollection> {
  readonly get: DocumentOf<C> | null
  readonly getMany: (DocumentOf<C> | null)[]
  readonly find: Page<DocumentOf<C>>
  readonly count: number
}
/** The answers to the reads of a `snapshot`, under the same names. */
export type Snapshot<R extends Readonly<Record<string, Read>>> = {
  readonly [K in keyof R]: AnswersOf<R[K]['collection']>[R[K]['op']]
}

/** A write of a `commit`: made by `insert`, `replace` and `remove` of this folder. */
export type Write =
  | {
      readonly op: 'insert'
      readonly collection: AnyCollection
      readonly document: object
      readonly isPlain?: boolean | undefined
    }
  | {
      readonly op: 'replace'
      readonly collection: AnyCollection
      readonly id: string
      readonly document: object
      readonly ifVersion: number
      readonly isPlain?: boolean | undefined
    }
  | { readonly op: 'remove'; readonly collection: AnyCollection; readonly id: string; readonly ifVersion: number }
/** How a document was made. */
export interface Made {
  /**
   * By the program itself, of plain objects and arrays all through: it is not looked through for members that the
   * schema would lose without a word. All else is checked as ever.
   */
  readonly isPlain?: boolean
}
/** A version that a document must have for a commit to happen; 0: it must be absent. */
export interface Requirement {
  readonly collection: AnyCollection
  readonly id: string
  readonly version: number
}
export interface Commit {
  readonly writes: readonly Write[]
  readonly requires?: readonly Requirement[]
}
/**
 * Where in a commit an error arose: on `UniqueViolation`, `VersionConflict`, `NotFound` and
 * `InvalidDocument` as `details.at`, so that a caller who merged several commands knows whose it is.
 */
export interface CommitPlace {
  readonly list: 'writes' | 'requires'
  readonly index: number
}

export interface TransactionOptions {
  /** How often a body is run again after losing a race; 10 by default. */
  readonly retries?: number
  /** After this it is given up with `TransactionConflict`; 2s by default. */
  readonly deadline?: Duration
}
export interface Transaction {
  collection<C extends AnyCollection>(collection: C): CollectionWriter<C>
}

export interface StoreOptions {
  /** `file:PATH` or `memory:`. */
  readonly url: string
  readonly collections: readonly AnyCollection[]
  /** Needed when a collection has encrypted fields. See `parseEncryptionKeys`. */
  readonly keys?: EncryptionKeys
  readonly clock?: Clock
  readonly logger?: Logger
  /**
   * Whether documents of older schema versions are upgraded, and indexes changed that are there, when it opens: true
   * when left out. Without it only what is missing is made, older documents are upgraded as they are read, and nothing is written
   * (`UpgradeNeeded`) while there may be some.
   */
  readonly migrate?: boolean
  /** Told after each batch of documents that was upgraded. */
  readonly onUpgrade?: (progress: { readonly collection: string; readonly documents: number }) => void
  /** An hour and a million changes when left out. */
  readonly feed?: Partial<FeedRetention>
}
/** How far back changes are kept for watchers: whichever is less. */
export interface FeedRetention {
  readonly after: Duration
  readonly changes: number
}
/** The first key encrypts, all decrypt. */
export type EncryptionKeys = readonly { readonly id: string; readonly key: Uint8Array }[]

export interface Store extends AsyncDisposable {
  readonly url: string
  /** Adds collections, or newer definitions of known ones: tables, indexes, upgrades. Safe to repeat. */
  register(collections: readonly AnyCollection[]): Promise<void>
  /** @throws UnknownCollection when no collection of this name was registered. */
  collection<C extends AnyCollection>(collection: C): CollectionHandle<C>
  /** Optimistic: see the folder's README. A call inside another's body joins it. */
  transaction<T>(body: (tx: Transaction) => Promise<T>, options?: TransactionOptions): Promise<T>
  /** All or nothing, durable when it resolves. */
  commit(commit: Commit): Promise<void>
  /**
   * Answers several reads from one moment: no commit, of any process, lies between them.
   * At most 100 reads.
   * @throws UnknownCollection, InvalidQuery, StoreUnavailable
   * @example
   * const { note, newest, total } = await store.snapshot({
   *   note: get(notes, id),
   *   newest: find(notes, { orderBy: { createdAt: 'desc' }, limit: 10 }),
   *   total: count(notes),
   * })
   */
  snapshot<R extends Readonly<Record<string, Read>>>(reads: R): Promise<Snapshot<R>>
  /** The feed's end: pass it as `from` to follow everything after this moment. */
  cursor(): Promise<string>
  /**
   * Removes what is past the `retention` of its collection, in batches, by conditional writes: any number
   * of processes may sweep; and changes that the feed need not keep. A document that cannot be removed is told in the log and by `check`, and stays.
   * Ends early when `signal` aborts.
   * @throws StoreUnavailable
   */
  sweep(options?: { signal?: AbortSignal }): Promise<Sweep>
  /** What a sweep gives to `find`: names each document of a collection that cannot be read in the log, once. */
  setAside(collection: AnyCollection): (id: string, error: unknown) => void
  /** Reads and decodes every document, and checks indexes against documents. */
  check(): Promise<StoreCheck>
  close(): Promise<void>
}
export interface Sweep {
  readonly removed: number
  /** Past their retention, and still there. */
  readonly setAside: number
}
export interface StoreCheck {
  readonly documents: number
  readonly problems: readonly { readonly code: string; readonly id: string; readonly message: string }[]
}
