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
  readonly indexes: readonly IndexSpec[]
}

export interface StoredQuery {
  readonly filter: StoredFilter
  readonly order: readonly StoredOrder[]
  /** Values of the order's paths in the last document of the page before. */
  readonly after: readonly Scalar[] | null
  readonly limit: number
}

/** A question to the engine. `get` answers in the order of `ids`, null where there is none. */
export type StoredRead =
  | { readonly op: 'get'; readonly table: string; readonly ids: readonly string[] }
  | { readonly op: 'find'; readonly table: string; readonly query: StoredQuery }
  | { readonly op: 'count'; readonly table: string; readonly filter: StoredFilter }
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
export interface StoredCommit {
  readonly writes: readonly StoredWrite[]
  readonly requires: readonly StoredRequirement[]
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
 * written once above it. A method rejects with `StoreUnavailable` when the engine cannot answer.
 */
export interface Driver {
  /** Names this database among others; part of each cursor. */
  readonly id: string
  /** Makes tables; what exists stays. Safe when several processes do it at once. */
  ensureTables(tables: readonly TableSpec[]): Promise<void>
  /** Makes the indexes of these tables exactly those. Safe when several processes do it at once. */
  ensureIndexes(tables: readonly TableSpec[]): Promise<void>
  hasTable(name: string): boolean

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
  /** Calls back when there may be new changes, of this or another process; returns how to stop. */
  onChange(listener: () => void): () => void

  /** The engine's own check of its files; a line a problem. */
  verify(): Promise<string[]>
  close(): Promise<void>
}
