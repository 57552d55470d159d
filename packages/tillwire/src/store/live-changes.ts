import { type Backoff, backoffDelay, type Logger } from '../core/index.ts'
import type { StoredChange } from './driver.ts'
import { CursorExpired } from './errors.ts'
import type { StoredFilter } from './query/filter.ts'
import { matches } from './query/match.ts'
import type { SteadyDriver } from './steady-driver.ts'

/** How many changes are read from the engine at a time. */
export const READ_CHANGES = 256
/** How many changes may wait for one watcher; one that falls further behind reads for itself again. */
const MAX_QUEUED = 256
/** How long after a failure the feed is read again. */
export const FEED_BACKOFF: Backoff = { first: 50, most: 5_000 }

/** What a change means to a watcher: see `Change`. */
export interface ToldChange {
  readonly type: 'append' | 'update' | 'remove'
  readonly change: StoredChange
}

/** What a filter makes of a change; null when it is none of its business. */
export function tell(change: StoredChange, filter: StoredFilter): ToldChange | null {
  const did = change.before !== null && matches(change.before, filter)
  const does = change.after !== null && matches(change.after, filter)
  if (!did && !does) return null
  return { type: !did ? 'append' : does ? 'update' : 'remove', change }
}

/** Which documents a watcher wants to hear of, by their ids. */
export type About = (id: string) => boolean

/** A watcher's place at the live end of a table's changes. */
export class Subscription {
  /** Every change after this position comes through `next`. */
  readonly from: number
  readonly filter: StoredFilter
  readonly about: About
  readonly #queue: ToldChange[] = []
  #lostAt: number | null = null
  #wake = Promise.withResolvers<void>()

  constructor(from: number, filter: StoredFilter, about: About) {
    this.from = from
    this.filter = filter
    this.about = about
  }

  /** Where to read on from, once it fell too far behind. */
  get lostAt(): number | null {
    return this.#lostAt
  }

  offer(change: StoredChange): void {
    const told = tell(change, this.filter)
    if (!told || this.#lostAt !== null) return
    if (this.#queue.length === MAX_QUEUED) this.lose(change.position - 1)
    else this.#queue.push(told)
    this.wake()
  }

  /** Nothing comes any more; what is after `position` is to be read. */
  lose(position: number): void {
    if (this.#lostAt !== null) return
    const [first] = this.#queue.splice(0)
    this.#lostAt = first ? first.change.position - 1 : position
    this.wake()
  }

  wake(): void {
    this.#wake.resolve()
  }

  /** The next change; null after a wake without one. */
  async next(): Promise<ToldChange | null> {
    const queued = this.#queue.shift()
    if (queued) return queued
    await this.#wake.promise
    this.#wake = Promise.withResolvers<void>()
    return this.#queue.shift() ?? null
  }
}

/** Reads the new changes of one table once, however many watch it. What fails is tried again where it was. */
export class LiveChanges {
  readonly driver: SteadyDriver
  readonly table: string
  readonly #logger: Logger
  /** Subscriptions by the id that they are about; those of any id under null. */
  readonly #subscriptions = new Map<string | null, Set<Subscription>>()
  #users = 0
  #start: Promise<void> | null = null
  #position = 0
  #stopListening: (() => void) | null = null
  #pumping = false
  #woken = false
  #failures = 0
  #retry: NodeJS.Timeout | undefined

  constructor(driver: SteadyDriver, table: string, logger: Logger) {
    this.driver = driver
    this.table = table
    this.#logger = logger
  }

  async subscribe(filter: StoredFilter, about: About): Promise<Subscription> {
    this.#users++
    try {
      this.#stopListening ??= this.driver.onChange(() => void this.#pump())
      this.#start ??= this.driver.head().then((head) => {
        this.#position = head
      })
      await this.#start
    } catch (error) {
      this.#start = null
      this.#leave()
      throw error
    }
    const subscription = new Subscription(this.#position, filter, about)
    for (const id of idsOf(filter)) {
      const group = this.#subscriptions.get(id) ?? new Set()
      this.#subscriptions.set(id, group.add(subscription))
    }
    return subscription
  }

  unsubscribe(subscription: Subscription): void {
    for (const id of idsOf(subscription.filter)) {
      const group = this.#subscriptions.get(id)
      group?.delete(subscription)
      if (group?.size === 0) this.#subscriptions.delete(id)
    }
    this.#leave()
  }

  #leave(): void {
    if (--this.#users > 0) return
    this.#stopListening?.()
    this.#stopListening = null
    this.#start = null
    clearTimeout(this.#retry)
  }

  async #pump(): Promise<void> {
    this.#woken = true
    if (this.#pumping) return
    this.#pumping = true
    try {
      while (this.#woken && this.#start) {
        this.#woken = false
        await this.#start
        const { changes, upTo } = await this.driver.changes(this.table, this.#position, READ_CHANGES, (id) =>
          this.#isWanted(id),
        )
        this.#failures = 0
        if (upTo > this.#position) this.#woken = true
        this.#position = upTo
        for (const change of changes) this.#deliver(change)
      }
    } catch (error) {
      this.#onFailure(error)
    } finally {
      this.#pumping = false
    }
  }

  /** Each watcher goes on from where it is when this has fallen out of the feed; else this goes on. */
  #onFailure(err: unknown): void {
    if (this.#users === 0) return
    if (CursorExpired.is(err)) {
      this.#start = null
      for (const group of this.#subscriptions.values()) for (const one of group) one.lose(this.#position)
      return
    }
    this.#failures++
    this.#logger.warn({ err, collection: this.table, failures: this.#failures }, 'The feed could not be read')
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => void this.#pump(), backoffDelay(FEED_BACKOFF, this.#failures))
    this.#retry.unref()
  }

  #isWanted(id: string): boolean {
    return this.#watchersOf(id).some(({ about }) => about(id))
  }

  #deliver(change: StoredChange): void {
    for (const subscription of this.#watchersOf(change.id)) {
      if (subscription.about(change.id)) subscription.offer(change)
    }
  }

  #watchersOf(id: string): Subscription[] {
    return [...(this.#subscriptions.get(id) ?? []), ...(this.#subscriptions.get(null) ?? [])]
  }
}

/** The ids that a filter is limited to; null stands for any. */
function idsOf(filter: StoredFilter): readonly (string | null)[] {
  if (filter.kind === 'and') return filter.filters.map(idsOf).find((ids) => !ids.includes(null)) ?? [null]
  if (filter.kind !== 'in' || filter.path.column !== 'id' || filter.insensitive) return [null]
  return [...new Set(filter.values.filter((value) => typeof value === 'string'))]
}
