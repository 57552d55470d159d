import { AsyncLocalStorage } from 'node:async_hooks'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { milliseconds, silentLogger, systemClock } from '../core/index.ts'
import type { Driver } from './driver.ts'
import { InvalidStoreOptions, InvalidStoreUrl } from './errors.ts'
import { SqliteDriver } from './sqlite/sqlite-driver.ts'
import { DocumentStore } from './store.ts'
import type { TransactionScope } from './transaction.ts'
import type { FeedRetention, Store, StoreOptions } from './types.ts'

interface Opened {
  readonly driver: Promise<Driver>
  users: number
}
/** Shared by all copies of this module in the process: bundlers load it twice. */
interface Shared {
  readonly opened: Map<string, Opened>
  readonly current: AsyncLocalStorage<TransactionScope>
}
const DEFAULT_FEED: FeedRetention = { after: '1h', changes: 1_000_000 }
const SHARED = Symbol.for('tillwire.stores')

function shared(): Shared {
  const holder = globalThis as { [SHARED]?: Shared }
  holder[SHARED] ??= { opened: new Map(), current: new AsyncLocalStorage() }
  return holder[SHARED]
}

/**
 * Opens a store: `file:PATH` (its folder is made; several processes may share it) or `memory:` (a new
 * one each time, gone when closed). Makes tables and indexes, and upgrades documents of older schema
 * versions. A process opens one connection a file, however often this is called; it closes when the
 * last of them does. Calling it again with more collections adds them.
 * One that is refused changes nothing.
 * @throws InvalidStoreUrl, InvalidStoreOptions, InvalidEncryptionKeys, NewerSchema, UpgradeFailed, UniqueViolation
 * (existing documents break a new unique index), StoreUnavailable
 * @example
 * await using store = await openStore({ url: 'file:./data/app.db', collections: [notes] })
 * const note = await store.collection(notes).insert({ title: 'Hello' })
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const path = pathOf(options.url)
  return openStoreOn(path === ':memory:' ? await openMemory() : await openFile(path), options)
}

/** A driver, and how to give it back. */
export interface Lease {
  readonly driver: Driver
  readonly release: () => Promise<void>
}

/** Opens a store on a driver that is there already. */
export async function openStoreOn({ driver, release }: Lease, options: StoreOptions): Promise<Store> {
  const { url, keys, clock = systemClock, logger = silentLogger, migrate = true, onUpgrade } = options
  const feed = checkFeed({ ...DEFAULT_FEED, ...options.feed })
  const store = new DocumentStore({
    url,
    driver,
    clock,
    keys,
    logger,
    feed,
    migrate,
    onUpgrade,
    current: shared().current,
    release,
  })
  try {
    await store.register(options.collections)
    return store
  } catch (error) {
    await store.close()
    throw error
  }
}

async function openMemory(): Promise<Lease> {
  const driver = await SqliteDriver.open(':memory:')
  return { driver, release: () => driver.close() }
}

async function openFile(path: string): Promise<Lease> {
  const { opened } = shared()
  let entry = opened.get(path)
  if (!entry) {
    entry = { driver: SqliteDriver.open(path), users: 0 }
    opened.set(path, entry)
  }
  const { driver } = entry
  entry.users++
  const forget = () => {
    entry.users--
    if (entry.users === 0 && opened.get(path) === entry) opened.delete(path)
    return entry.users === 0
  }
  try {
    const ready = await driver
    const release = async () => {
      if (forget()) await ready.close()
    }
    return { driver: ready, release }
  } catch (error) {
    forget()
    throw error
  }
}

function pathOf(url: string): string {
  if (url === 'memory:') return ':memory:'
  const [scheme = ''] = url.split(':', 1)
  if (!url.includes(':') || scheme !== 'file') {
    const told = url.includes(':') ? `"${scheme}:" is not supported` : 'it has no scheme'
    throw new InvalidStoreUrl(`${told}; this version opens file:PATH and memory: only`)
  }
  if (url.startsWith('file://')) return fileURLToPath(url)
  const path = url.slice('file:'.length)
  if (path === '') throw new InvalidStoreUrl('file: needs a path, as in file:./data/app.db')
  return resolve(path)
}

function checkFeed(feed: FeedRetention): FeedRetention {
  const { after, changes } = feed
  if (!Number.isSafeInteger(changes) || changes < 1)
    throw new InvalidStoreOptions('feed.changes', 'a whole number from 1')
  if (milliseconds(after) < 1) throw new InvalidStoreOptions('feed.after', 'a duration from 1ms')
  return feed
}
