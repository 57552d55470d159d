import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { type Backoff, backoffDelay, type Clock, type Logger, milliseconds } from '../core/index.ts'
import type {
  AnswerTo,
  Batch,
  Driver,
  KnownSchemas,
  SchemaRecord,
  StoredChange,
  StoredCommit,
  StoredRead,
  TableSpec,
} from './driver.ts'
import { StoreUnavailable } from './errors.ts'
import type { FeedRetention } from './types.ts'

/** How often something is asked whose answer was lost: for about four seconds. */
const ATTEMPTS = 8
const BACKOFF: Backoff = { first: 20, most: 1_000 }
/** How long a commit waits for watches that begin before it. */
const BEGIN_MS = 1_000
/** After how many writes of this store the feed is looked over. */
const TRIM_EVERY = 1_000

interface Surroundings {
  readonly clock: Clock
  readonly logger: Logger
  readonly feed: FeedRetention
  readonly closing: AbortSignal
}

/**
 * The driver as a store uses it. What is asked is asked again when its answer was lost, and a commit whose answer
 * was lost is first looked for by its id, so that it is done once or not at all. A watch begins before every commit
 * that this store begins after it.
 */
export class SteadyDriver {
  readonly #driver: Driver
  readonly #surroundings: Surroundings
  /** Names of commits: of this store and no other, and cheap. */
  readonly #prefix = randomBytes(9).toString('base64url')
  #commits = 0
  /** What the program knows of schemas: told with each commit. */
  known: KnownSchemas = new Map()
  readonly #beginning = new Set<Promise<unknown>>()
  #sinceTrim = 0
  #trimming: Promise<void> | null = null

  constructor(driver: Driver, surroundings: Surroundings) {
    this.#driver = driver
    this.#surroundings = surroundings
  }

  get id(): string {
    return this.#driver.id
  }

  judgeTables(tables: readonly TableSpec[]): Promise<void> {
    return this.#asking(() => this.#driver.judgeTables(tables))
  }

  ensureTables(tables: readonly TableSpec[]): Promise<void> {
    return this.#asking(() => this.#driver.ensureTables(tables))
  }

  ensureIndexes(tables: readonly TableSpec[]): Promise<void> {
    return this.#asking(() => this.#driver.ensureIndexes(tables))
  }

  schemaRecords(): Promise<ReadonlyMap<string, SchemaRecord>> {
    return this.#asking(() => this.#driver.schemaRecords())
  }

  recordSchema(table: string, record: SchemaRecord): Promise<void> {
    return this.#asking(() => this.#driver.recordSchema(table, record))
  }

  hasTable(name: string): boolean {
    return this.#driver.hasTable(name)
  }

  verify(): Promise<string[]> {
    return this.#asking(() => this.#driver.verify())
  }

  read<R extends readonly StoredRead[]>(...reads: R): Promise<{ -readonly [K in keyof R]: AnswerTo<R[K]> }> {
    return this.#asking(() => this.#driver.read(...reads))
  }

  /**
   * All writes if all requirements hold; see `Driver`.
   * @throws StoreUnavailable, with `lost` when it could not be found out whether it took place.
   */
  async commit({ writes, requires }: Batch): Promise<void> {
    const at = this.#surroundings.clock.now().getTime()
    const commit: StoredCommit = {
      id: `${this.#prefix}${(++this.#commits).toString(36)}`,
      at,
      known: this.known,
      writes,
      requires,
    }
    if (this.#beginning.size > 0) await this.#begun()
    try {
      await this.#driver.commit(commit)
    } catch (error) {
      if (!isLost(error)) throw error
      await this.#resolve(commit, error)
    }
    this.#sinceTrim += writes.length
    if (this.#sinceTrim >= TRIM_EVERY) void this.trim()
  }

  head(): Promise<number> {
    return this.#asking(() => this.#driver.head())
  }

  changes(
    table: string,
    after: number,
    limit: number,
    wanted: (id: string) => boolean,
  ): Promise<{ changes: StoredChange[]; upTo: number }> {
    return this.#asking(() => this.#driver.changes(table, after, limit, wanted))
  }

  onChange(listener: () => void): () => void {
    return this.#driver.onChange(listener)
  }

  /** Where a watch begins that is asked for now. */
  begin(): Promise<number> {
    const head = this.head()
    const settled = head.catch(() => undefined).finally(() => this.#beginning.delete(settled))
    this.#beginning.add(settled)
    return head
  }

  /** Lets go of what the feed need not keep any more, in small steps between commits; never rejects. */
  trim(): Promise<void> {
    this.#trimming ??= this.#trim().finally(() => {
      this.#trimming = null
    })
    return this.#trimming
  }

  async #trim(): Promise<void> {
    const { clock, logger, feed, closing } = this.#surroundings
    this.#sinceTrim = 0
    const bounds = { before: clock.now().getTime() - milliseconds(feed.after), changes: feed.changes }
    try {
      let more = true
      while (more && !closing.aborted) more = await this.#driver.trim(bounds)
    } catch (err) {
      // The next look is in a thousand writes, or at the next sweep.
      if (!closing.aborted) logger.warn({ err }, 'Old changes could not be let go')
    }
  }

  /** Resolves when it has taken place, by the first attempt or by another. */
  async #resolve(commit: StoredCommit, first: unknown): Promise<void> {
    let lost = first
    let refusal: { readonly error: unknown } | null = null
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      await this.#pause(attempt, lost)
      try {
        if (await this.#driver.tookPlace(commit.id)) return
        // An earlier attempt may have come through only after it was looked for: hence the look before this.
        if (refusal) break
        await this.#driver.commit(commit)
        return
      } catch (error) {
        if (StoreUnavailable.is(error)) lost = isLost(error) ? error : lost
        else refusal = { error }
      }
    }
    throw refusal ? refusal.error : lost
  }

  async #asking<T>(ask: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await ask()
      } catch (error) {
        if (!isLost(error) || attempt === ATTEMPTS) throw error
        await this.#pause(attempt, error)
      }
    }
  }

  /** Throws `reason` when the store closes meanwhile. */
  async #pause(attempt: number, reason: unknown): Promise<void> {
    const { closing } = this.#surroundings
    await delay(backoffDelay(BACKOFF, attempt), undefined, { signal: closing }).catch(() => {
      throw reason
    })
  }

  async #begun(): Promise<void> {
    const given = new AbortController()
    const limit = delay(BEGIN_MS, undefined, { signal: given.signal }).catch(() => undefined)
    await Promise.race([Promise.all(this.#beginning), limit])
    given.abort()
  }
}

function isLost(error: unknown): boolean {
  return StoreUnavailable.is(error) && error.details.lost === true
}
