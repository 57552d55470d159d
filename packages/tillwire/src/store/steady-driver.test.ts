import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { manualClock } from '../core/index.ts'
import { counters } from './conformance/collections.ts'
import { rejection } from './conformance/expect-error.ts'
import { UnsteadyDriver } from './conformance/unsteady-driver.ts'
import { CursorExpired, StoreUnavailable, VersionConflict } from './errors.ts'
import { openStoreOn } from './open-store.ts'
import { SqliteDriver } from './sqlite/sqlite-driver.ts'
import type { Change, CollectionHandle, Store } from './types.ts'

const STEADY = { late: 0, lost: 0 }
let inner: SqliteDriver
let driver: UnsteadyDriver
let store: Store
let n: CollectionHandle<typeof counters>
const clock = manualClock()

beforeEach(async () => {
  inner = await SqliteDriver.open(':memory:')
  driver = new UnsteadyDriver(inner, STEADY)
  store = await openStoreOn(
    { driver, release: () => inner.close() },
    { url: 'memory:', collections: [counters], clock, feed: { changes: 100 } },
  )
  n = store.collection(counters)
})
afterEach(() => store.close())

function reading(watching: AsyncIterable<Change<typeof counters>>) {
  const changes = watching[Symbol.asyncIterator]()
  return async (count: number) => {
    const counts: (number | undefined)[] = []
    while (counts.length < count) counts.push((await changes.next()).value?.document?.count)
    return counts
  }
}

describe('a watch', () => {
  it.each([['changes'], ['changes', 'head', 'read']] as const)(
    'goes on from where it was after %s failed, as do those that begin meanwhile',
    async (...methods) => {
      const from = await store.cursor()
      const before = reading(n.watch())
      const first = before(1)
      await n.insert({ count: 0 })
      expect(await first).toEqual([0])
      for (const method of methods) driver.failing.add(method)
      const failing = expect.poll(() => driver.failed, { timeout: 10_000 })
      const meanwhile = reading(n.watch({ from }))(3)
      for (const count of [1, 2]) await n.insert({ count })
      const next = before(2)
      await failing.toBeGreaterThan(2)
      driver.failing.clear()
      expect(await next).toEqual([1, 2])
      expect(await meanwhile).toEqual([0, 1, 2])
      const after = reading(n.watch())(1)
      await n.insert({ count: 3 })
      expect(await after).toEqual([3])
    },
  )

  it.each(['now', 'a cursor'])(
    'that begins from %s while the end of the feed cannot be read goes on',
    async (place) => {
      const from = place === 'now' ? undefined : await store.cursor()
      driver.failing.add('head')
      const told = reading(n.watch({ from }))(1)
      await expect.poll(() => driver.failed).toBeGreaterThan(1)
      driver.failing.clear()
      let counts: unknown
      void told.then((found) => {
        counts = found
      })
      await expect
        .poll(async () => {
          await n.insert({ count: 7 })
          return counts
        })
        .toEqual([7])
    },
  )

  it('that fell out of the feed while it could not be read is told that its cursor has expired', async () => {
    const told = reading(n.watch())
    const first = told(1)
    await n.insert({ count: 0 })
    await first
    driver.failing.add('changes')
    const next = told(1)
    next.catch(() => undefined)
    await n.insertMany(Array.from({ length: 500 }, (_, count) => ({ count })))
    await n.insert({ count: 500 })
    await store.sweep()
    driver.failing.clear()
    await rejection(CursorExpired, next)
    const again = reading(n.watch())(1)
    await n.insert({ count: 501 })
    expect(await again).toEqual([501])
  })

  it('ends at once when its store closes while it waits to go on', async () => {
    driver.failing.add('changes')
    const told = n.watch()[Symbol.asyncIterator]().next()
    await expect.poll(() => driver.failed).toBeGreaterThan(2)
    await store.close()
    expect(await told).toMatchObject({ done: true })
  })
})

describe('a commit whose answer was lost', () => {
  it.each(['before', 'after'] as const)('%s it took place is done once', async (when) => {
    for (let round = 0; round < 20; round++) {
      driver.losing.push({ method: 'commit', when })
      const { id } = await n.insert({ count: 1 })
      driver.losing.push({ method: 'commit', when }, { method: 'tookPlace', when })
      expect(await n.update(id, ({ count }) => ({ count: count + 1 }))).toMatchObject({ count: 2, version: 2 })
      driver.losing.push({ method: 'commit', when })
      await n.delete(id)
      expect(await n.get(id)).toBeNull()
    }
    expect(driver.losing).toEqual([])
  })

  it('is not done again when what it made is gone since', async () => {
    driver.losing.push({ method: 'commit', when: 'after' })
    const inserting = n.insert({ id: 'a', count: 1 })
    await expect
      .poll(() => inner.read({ op: 'count', table: 'counters', filter: { kind: 'and', filters: [] } }))
      .toEqual([1])
    const direct = { id: 'other', at: 0, known: new Map(), requires: [] }
    await inner.commit({ ...direct, writes: [{ op: 'remove', table: 'counters', id: 'a', version: 1 }] })
    await inserting
    expect(await n.count()).toBe(0)
  })

  it('is refused when others were faster, and not before it was looked for', async () => {
    await n.insert({ id: 'a', count: 1 })
    driver.losing.push({ method: 'commit', when: 'before' })
    const updating = n.update('a', { count: 2 }, { ifVersion: 1 })
    const [[stored]] = await inner.read({ op: 'get', table: 'counters', ids: ['a'] })
    const document = { ...stored!, version: 2, fields: { count: 3 } }
    await inner.commit({
      id: 'other',
      at: 0,
      known: new Map(),
      requires: [],
      writes: [{ op: 'replace', table: 'counters', document }],
    })
    await rejection(VersionConflict, updating)
  })

  it('is told as such when nothing can be found out, within a bound', async () => {
    for (let times = 0; times < 100; times++) driver.losing.push({ method: 'commit', when: 'after' })
    driver.failing.add('tookPlace')
    const error = await rejection(StoreUnavailable, n.insert({ id: 'a', count: 1 }))
    expect(error.details.lost).toBe(true)
    driver.failing.clear()
    driver.losing.splice(0)
    expect(await n.get('a')).toMatchObject({ count: 1 })
  })
})
