import type { Clock, Logger } from '../../core/index.ts'
import type { Driver } from '../driver.ts'
import type { AnyCollection, EncryptionKeys, FeedRetention, Store, StoreOptions } from '../types.ts'

export interface OpenOptions {
  readonly keys?: EncryptionKeys
  readonly clock?: Clock
  readonly logger?: Logger
  readonly feed?: Partial<FeedRetention>
  readonly migrate?: boolean
  readonly onUpgrade?: StoreOptions['onUpgrade']
}

/** One empty database of an engine, for one test. */
export interface TestDatabase {
  /** Opens it, again and beside other openings if asked. */
  open(collections: readonly AnyCollection[], options?: OpenOptions): Promise<Store>
  /** A driver on the same database, to look at what is stored and to damage it. */
  readonly driver: Driver
  /** What a child process passes to `openStore`; null when only this process can reach the database. */
  readonly url: string | null
  /** Closes what was opened and removes the database. */
  remove(): Promise<void>
}

/** How the conformance suite gets databases of an engine. */
export interface StoreHarness {
  create(): Promise<TestDatabase>
}
