import type { StoredFilter, StoredOrder, StoredPath } from './query/filter.ts'
import type { Requirement, Scalar } from './types.ts'

/** A document as an engine keeps it: fields are plain JSON, already encrypted and hashed. */
export interface StoredDocument {
  readonly id: string
  readonly version: number
  readonly schemaVersion: number
  readonly createdAt: string
  readonly updatedAt: string
  readonly fields: Fields
  /** Set by the engine on what it reads: which write left it. Unlike a version it never comes back when an id is used again. */
  readonly revision?: number
  /** Why its text cannot be read, where it cannot: then it has no fields. */
  readonly damage?: string
}
export type Fields = Readonly<Record<string, unknown>>

export interface IndexSpec {
  /** As the collection names them, for errors. */
  readonly fields: readonly string[]
  readonly paths: readonly StoredPath[]
  readonly unique: boolean
}
/** What an engine must have ready for a collection. */
export interface TableSpec {
  readonly name: string
  /** Of the documents that are written by this program. */
  readonly schemaVersion: number
  readonly indexes: readonly IndexSpec[]
}

export interface StoredQuery {
  readonly filter: StoredFilter
  readonly order: readonly StoredOrder[]
  /** Values of the order's paths in the last document of the page before. */
  readonly after: readonly Scalar[] | null
  readonly limit: number
}

/**
 * A question to the engine. `get` answers in the order of `ids`, null where there is none. `known` is the version of the
 * schema that is searched by: `NewerSchema` where documents may have a newer one.
 */
export type StoredRead =
  | { readonly op: 'get'; readonly table: string; readonly ids: readonly string[] }
  | { readonly op: 'find'; readonly table: string; readonly query: StoredQuery; readonly known?: number }
  | { readonly op: 'count'; readonly table: string; readonly filter: StoredFilter; readonly known?: number }
export type AnswerTo<R extends StoredRead> = {
  get: (StoredDocument | null)[]
  find: StoredDocument[]
  count: number
}[R['op']]

/** A value that no document, other than the one written, may have at a path: see `StoredWrite`. */
export interface Claim {
  readonly fields: readonly string[]
  readonly filter: StoredFilter
}
/**
 * `rewrite` changes how a document is stored and not what it says: version and times stay, and no
 * change is recorded. `claims` are uniqueness that an index cannot hold by itself.
 */
export type StoredWrite =
  | {
      readonly op: 'insert' | 'replace' | 'rewrite'
      readonly table: string
      readonly document: StoredDocument
      readonly claims?: readonly Claim[]
    }
  | { readonly op: 'remove'; readonly table: string; readonly id: string; readonly version: number }

export interface StoredRequirement extends Omit<Requirement, 'collection'> {
  readonly table: string
  /** When given it must hold too. */
  readonly revision?: number
}
/** What is written together, if all of it may be. */
export interface Batch {
  readonly writes: readonly StoredWrite[]
  readonly requires: readonly StoredRequirement[]
}
/**
 * A batch with a name of its own, written beside its changes in the feed: whoever lost the answer can ask
 * whether it took place. One that changes nothing has no trace there, and may be done again.
 */
export interface StoredCommit extends Batch {
  readonly id: string
  /** By the clock of the store that makes it; milliseconds. */
  readonly at: number
  /**
   * What the program knows. Where it is less than is needed the commit is refused with `NewerSchema`; where it is more
   * than documents have reached, and the commit does more than rewrite, with `UpgradeNeeded`.
   */
  readonly known: KnownSchemas
}
/** Versions of schemas, by table. A program that comes to know more gives another map. */
export type KnownSchemas = ReadonlyMap<string, number>
/** What is recorded of a table's schema: the version that all its documents have reached, and that whoever uses it must know. */
export interface SchemaRecord {
  readonly reached: number
  readonly needed: number
}
/** How much of the feed is kept: what is older than either is let go. */
export interface FeedBounds {
  /** Changes of commits before this; milliseconds, as `StoredCommit.at`. */
  readonly before: number
  /** Changes beyond so many. */
  readonly changes: number
}

/** One committed change, in the order of the feed. `before` is null for an insert, `after` for a removal. */
export interface StoredChange {
  readonly position: number
  readonly table: string
  readonly id: string
  readonly version: number
  readonly before: StoredDocument | null
  readonly after: StoredDocument | null
}

/**
 * What an engine gives: reads, one atomic conditional batch, and the feed. Everything else is
 * written once above it.
 *
 * Each method settles within a bound of the engine's, in whatever order. It rejects with `StoreUnavailable`
 * when the engine cannot answer: with `lost` when what was asked may have been done and its answer was lost,
 * as when a connection breaks; without it, nothing was done.
 */
export interface Driver {
  /** Names this database among others; part of each cursor. */
  readonly id: string
  /** Throws what `ensureTables` or `ensureIndexes` would refuse of documents as they are. Changes nothing. */
  judgeTables(tables: readonly TableSpec[]): Promise<void>
  /** Makes tables that are missing, with their indexes; what exists stays. Safe when several processes do it at once. */
  ensureTables(tables: readonly TableSpec[]): Promise<void>
  /** Makes the indexes of these tables exactly those. Safe when several processes do it at once. */
  ensureIndexes(tables: readonly TableSpec[]): Promise<void>
  hasTable(name: string): boolean
  /** What is recorded of schemas, by table. */
  schemaRecords(): Promise<ReadonlyMap<string, SchemaRecord>>
  /** Records it; never lowers what is recorded. What is needed holds for all that any process asks once it resolves. */
  recordSchema(table: string, record: SchemaRecord): Promise<void>

  /** All answers are of one moment: no commit, of any process, lies between them. */
  read<R extends readonly StoredRead[]>(...reads: R): Promise<{ -readonly [K in keyof R]: AnswerTo<R[K]> }>

  /**
   * All writes, in order, if all requirements and versions hold; durable when it resolves. A replace
   * holds when the stored version is one below the document's.
   * Rejects with `VersionConflict`, `NotFound` or `UniqueViolation`, each with `details.at`.
   */
  commit(commit: StoredCommit): Promise<void>

  /** The position of the last change; 0 when there was none. */
  head(): Promise<number>
  /**
   * Changes of one table after a position, oldest first, and the position up to which that is all, of one moment; of
   * those that are `wanted`, by the id of their document, and nothing is read for others. `CursorExpired` when some are gone.
   */
  changes(
    table: string,
    after: number,
    limit: number,
    wanted?: (id: string) => boolean,
  ): Promise<{ changes: StoredChange[]; upTo: number }>
  /** Whether a commit took place; known for as long as the feed keeps its changes. */
  tookPlace(id: string): Promise<boolean>
  /** Lets old changes go, a bounded number of them, the newest never; resolves with whether there is more to do. */
  trim(bounds: FeedBounds): Promise<boolean>
  /** Calls back when there may be new changes, of this or another process; returns how to stop. */
  onChange(listener: () => void): () => void

  /** The engine's own check of its files; a line a problem. */
  verify(): Promise<string[]>
  close(): Promise<void>
}
