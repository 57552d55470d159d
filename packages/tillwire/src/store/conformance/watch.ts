import { describe, expect, it } from 'vitest'
import { manualClock } from '../../core/index.ts'
import { CursorExpired, InvalidQuery } from '../errors.ts'
import { followChanges } from '../follow-changes.ts'
import type { AnyCollection, Change, CollectionHandle } from '../types.ts'
import { insert, remove, replace } from '../writes.ts'
import { counters, people } from './collections.ts'
import type { StoreHarness } from './harness.ts'
import { useDatabases } from './use-database.ts'

/** How often something is done again on an engine that loses answers. */
const ATTEMPTS = 20

export function describeWatch(harness: StoreHarness): void {
  describe('watch', () => {
    const createDatabase = useDatabases(harness)

    it('tells appends, updates and removals from the moment of the call', async () => {
      const store = await (await createDatabase()).open([people])
      const c = store.collection(people)
      await c.insert({ id: 'before', name: 'Before' })
      const watching = c.watch()
      await c.insert({ id: 'a', name: 'A' })
      await c.update('a', { age: 5 })
      await c.delete('a')
      const changes = await take(watching, 3)
      expect(changes).toMatchObject([
        { type: 'append', id: 'a', version: 1, document: { name: 'A' } },
        { type: 'update', id: 'a', version: 2, document: { name: 'A', age: 5 } },
        { type: 'remove', id: 'a', version: 2, document: null },
      ])
      expect(changes[0]?.document?.initial()).toBe('A')
    })

    it('tells a filtered watcher what starts, goes on and stops to match', async () => {
      const store = await (await createDatabase()).open([people])
      const c = store.collection(people)
      const watching = c.watch({ where: { age: { gte: 18 }, plan: 'pro' } })
      await c.insertMany([
        { id: 'a', name: 'A', age: 17, plan: 'pro' },
        { id: 'b', name: 'B', age: 20, plan: 'pro' },
        { id: 'c', name: 'C' },
      ])
      await c.update('a', { age: 18 })
      await c.update('b', { name: 'Bea' })
      await c.update('b', { plan: 'free' })
      await c.delete('b')
      await c.delete('a')
      expect((await take(watching, 5)).map(({ type, id, document }) => [type, id, document?.name])).toEqual([
        ['append', 'b', 'B'],
        ['append', 'a', 'A'],
        ['update', 'b', 'Bea'],
        ['remove', 'b', 'Bea'],
        ['remove', 'a', undefined],
      ])
    })

    it('reads nothing of documents that a first look at their ids leaves out, at the time of the look', async () => {
      const store = await (await createDatabase()).open([people])
      const c = store.collection(people)
      const wanted = new Set(['a'])
      const looked: string[] = []
      const about = (id: string) => {
        looked.push(id)
        return wanted.has(id)
      }
      const from = await store.cursor()
      await c.insertMany(['a', 'b', 'c'].map((id) => ({ id, name: id })))
      const all = c.watch({ from })
      const some = c.watch({ from, about, where: { name: { ne: 'x' } } })
      expect((await take(some, 1)).map(({ id }) => id)).toEqual(['a'])
      expect((await take(all, 3)).map(({ id }) => id)).toEqual(['a', 'b', 'c'])
      const live = c.watch({ about })
      const told = take(live, 2)
      await c.update('a', { age: 1 })
      wanted.add('c')
      await c.update('b', { age: 2 })
      await c.update('c', { age: 3 })
      expect((await told).map(({ id, document }) => [id, document?.age])).toEqual([
        ['a', 1],
        ['c', 3],
      ])
      expect(looked).toContain('b')
    })

    it('gives each document as it was at its change, however late it is read', async () => {
      const store = await (await createDatabase()).open([counters])
      const n = store.collection(counters)
      const from = await store.cursor()
      await n.insert({ id: 'a', count: 1 })
      for (let count = 2; count <= 5; count++) await n.update('a', { count })
      await n.delete('a')
      await n.insert({ id: 'a', count: 10 })
      await n.update('a', { count: 11 })
      const changes = await take(n.watch({ from }), 8)
      expect(changes.map(({ type, version, document }) => [type, version, document?.count ?? null])).toEqual([
        ['append', 1, 1],
        ['update', 2, 2],
        ['update', 3, 3],
        ['update', 4, 4],
        ['update', 5, 5],
        ['remove', 5, null],
        ['append', 1, 10],
        ['update', 2, 11],
      ])
    })

    it('gives documents as they were at each change of many, in commits of many', async () => {
      const store = await (await createDatabase()).open([counters])
      const from = await store.cursor()
      const ids = Array.from({ length: 600 }, (_, i) => `n${i}`)
      await store.commit({ writes: ids.map((id) => insert(counters, { id, count: 1 })) })
      for (const version of [1, 2])
        await store.commit({
          writes: ids.map((id) => replace(counters, id, { count: version + 1 }, { ifVersion: version })),
        })
      await store.commit({ writes: ids.slice(300).map((id) => remove(counters, id, { ifVersion: 3 })) })

      const changes = await take(store.collection(counters).watch({ from }), 2_100)
      const told = changes.map(({ type, id, version, document }) => [type, id, version, document?.count ?? null])
      expect(told).toEqual([
        ...ids.map((id) => ['append', id, 1, 1]),
        ...ids.map((id) => ['update', id, 2, 2]),
        ...ids.map((id) => ['update', id, 3, 3]),
        ...ids.slice(300).map((id) => ['remove', id, 3, null]),
      ])
    })

    it('tells large documents, and a document removed and made anew in one commit', async () => {
      const store = await (await createDatabase()).open([people])
      const p = store.collection(people)
      const from = await store.cursor()
      const name = 'x'.repeat(400_000)
      await store.commit({ writes: ['a', 'b', 'c', 'd', 'e'].map((id) => insert(people, { id, name })) })
      await store.commit({
        writes: ['a', 'b', 'c', 'd', 'e'].map((id) => replace(people, id, { name: `${id}${name}` }, { ifVersion: 1 })),
      })
      await store.transaction(async (tx) => {
        await tx.collection(people).delete('a')
        await tx.collection(people).insert({ id: 'a', name: 'new' })
      })
      const changes = await take(p.watch({ from }), 12)
      expect(changes.map(({ type, id, document }) => [type, id, document?.name.slice(0, 2) ?? null])).toEqual([
        ...['a', 'b', 'c', 'd', 'e'].map((id) => ['append', id, 'xx']),
        ...['a', 'b', 'c', 'd', 'e'].map((id) => ['update', id, `${id}x`]),
        ['remove', 'a', null],
        ['append', 'a', 'ne'],
      ])
    })

    it('resumes after any change, also in a store that was opened anew', async () => {
      const database = await createDatabase()
      const store = await database.open([counters])
      const from = await store.cursor()
      const n = store.collection(counters)
      await n.insertMany(Array.from({ length: 700 }, (_, i) => ({ count: i })))
      const all = await take(n.watch({ from }), 700)
      expect(all.map(({ document }) => document?.count)).toEqual(Array.from({ length: 700 }, (_, i) => i))
      await store.close()
      const again = (await database.open([counters])).collection(counters)
      const rest = await take(again.watch({ from: all[122]!.cursor }), 577)
      expect(rest).toEqual(all.slice(123))
    })

    it('tells one commit in the order of its writes, and nothing of one that failed', async () => {
      const store = await (await createDatabase()).open([people, counters])
      const n = store.collection(counters)
      const watching = n.watch()
      await store
        .commit({ writes: [insert(counters, { id: 'lost', count: 0 }), insert(people, { name: '' })] })
        .catch(() => undefined)
      await store
        .commit({ writes: [insert(counters, { id: 'lost', count: 0 }), remove(counters, 'none', { ifVersion: 1 })] })
        .catch(() => undefined)
      await store.commit({
        writes: [
          insert(counters, { id: 'x', count: 1 }),
          insert(people, { name: 'Other' }),
          insert(counters, { id: 'y', count: 2 }),
          replace(counters, 'x', { count: 3 }, { ifVersion: 1 }),
        ],
      })
      expect((await take(watching, 3)).map(({ id, version }) => [id, version])).toEqual([
        ['x', 1],
        ['y', 1],
        ['x', 2],
      ])
    })

    it('serves many watchers that go at their own speed', async () => {
      const store = await (await createDatabase()).open([counters])
      const n = store.collection(counters)
      const watchers = Array.from({ length: 20 }, (_, i) => take(n.watch({ where: { count: { gte: i } } }), 30 - i))
      for (let count = 0; count < 30; count++) await n.insert({ count })
      for (const [i, watcher] of watchers.entries())
        expect((await watcher).map(({ document }) => document?.count)).toEqual(
          Array.from({ length: 30 - i }, (_, k) => i + k),
        )
    })

    it('loses nothing when it reads slowly', async () => {
      const store = await (await createDatabase()).open([counters])
      const n = store.collection(counters)
      const watching = n.watch({ where: { count: { ne: 13 } } })[Symbol.asyncIterator]()
      const counts: unknown[] = []
      const read = async (times: number) => {
        for (let i = 0; i < times; i++) counts.push((await watching.next()).value?.document?.count)
      }
      for (let start = 0; start < 1_500; start += 500) {
        await n.insertMany(Array.from({ length: 500 }, (_, i) => ({ count: start + i })))
        await read(100)
      }
      await read(1_199)
      expect(counts).toEqual(Array.from({ length: 1_500 }, (_, i) => i).filter((count) => count !== 13))
      await watching.return?.()
    })

    it('tells each change once to watchers that start amid writes', async () => {
      const store = await (await createDatabase()).open([counters])
      const n = store.collection(counters)
      const from = await store.cursor()
      const watchers: Promise<Change<typeof counters>[]>[] = []
      for (let count = 0; count < 40; count++) {
        const writing = n.insert({ count })
        watchers.push(take(n.watch({ from }), 40))
        await writing
      }
      for (const watcher of watchers)
        expect((await watcher).map(({ document }) => document?.count)).toEqual(Array.from({ length: 40 }, (_, i) => i))
    })

    it('follows single documents among many watchers', async () => {
      const store = await (await createDatabase()).open([counters])
      const n = store.collection(counters)
      const watchers = Array.from({ length: 300 }, (_, i) => take(n.watch({ where: { id: `c${i}` } }), 2))
      await n.insertMany(Array.from({ length: 300 }, (_, i) => ({ id: `c${i}`, count: i })))
      await Promise.all(Array.from({ length: 300 }, (_, i) => n.update(`c${i}`, { count: i + 1 })))
      for (const [i, watcher] of watchers.entries())
        expect((await watcher).map(({ id, version }) => [id, version])).toEqual([
          [`c${i}`, 1],
          [`c${i}`, 2],
        ])
    })

    it('ends when its signal aborts, and when the store closes', async () => {
      const store = await (await createDatabase()).open([counters])
      const n = store.collection(counters)
      const controller = new AbortController()
      const ended = Promise.all([take(n.watch({ signal: controller.signal }), 1), take(n.watch(), 2)])
      await n.insert({ count: 1 })
      controller.abort()
      await store.close()
      const [first, second] = await ended
      expect(first.length).toBeLessThanOrEqual(1)
      expect(second.length).toBeLessThanOrEqual(1)
      const aborted = AbortSignal.abort()
      const other = (await (await createDatabase()).open([counters])).collection(counters)
      expect(await take(other.watch({ signal: aborted }), 1)).toEqual([])
    })

    it('refuses a cursor that is none, and one of another store', async () => {
      const store = await (await createDatabase()).open([counters])
      const other = await (await createDatabase()).open([counters])
      const n = store.collection(counters)
      for (const from of ['', 'abc', Buffer.from('x@-1').toString('base64url')])
        expect(() => n.watch({ from })).toThrow(expect.objectContaining({ code: InvalidQuery.code }))
      const foreign = await other.cursor()
      expect(() => n.watch({ from: foreign })).toThrow(expect.objectContaining({ code: CursorExpired.code }))
      expect(() => n.watch({ where: { nope: 1 } as object })).toThrow(
        expect.objectContaining({ code: InvalidQuery.code }),
      )
    })

    it('keeps so many changes at most: a cursor that fell out of them has expired', async () => {
      const store = await (await createDatabase()).open([counters], { feed: { changes: 10_000 } })
      const n = store.collection(counters)
      const start = await store.cursor()
      let recent = start
      for (let i = 0; i < 15; i++) {
        if (i === 6) recent = await store.cursor()
        await n.insertMany(Array.from({ length: 1_000 }, () => ({ count: i })))
      }
      await untilExpired(n, start, () => store.sweep())
      expect(await take(n.watch({ from: recent }), 1)).toMatchObject([{ type: 'append', document: { count: 6 } }])
    })

    it('keeps them for so long at most, and the newest for ever', async () => {
      const clock = manualClock()
      const store = await (await createDatabase()).open([counters], { clock })
      const n = store.collection(counters)
      const start = await store.cursor()
      await n.insert({ count: 1 })
      const first = await store.cursor()
      clock.advance('30m')
      await n.insert({ count: 2 })
      clock.advance('31m')
      await untilExpired(n, start, () => store.sweep())
      expect(await take(n.watch({ from: first }), 1)).toMatchObject([{ document: { count: 2 } }])
      clock.advance('7d')
      await store.sweep()
      const last = await store.cursor()
      await n.insert({ count: 3 })
      expect(await take(n.watch({ from: last }), 1)).toMatchObject([{ document: { count: 3 } }])
    })

    it('is followed without an end: what the feed has let go of is to be read anew', async () => {
      const clock = manualClock()
      const store = await (await createDatabase()).open([counters], { clock })
      const n = store.collection(counters)
      const controller = new AbortController()
      const start = await store.cursor()
      const follower = followChanges(store, counters, { where: { count: { gt: 0 } }, signal: controller.signal })
      const next = async () => (await follower.next()).value
      expect(await next()).toEqual({ type: 'read-anew' })
      await n.insert({ count: 1 })
      expect(await next()).toMatchObject({ type: 'append', document: { count: 1 } })
      await n.insertMany(Array.from({ length: 1_000 }, () => ({ count: 2 })))
      clock.advance('2h')
      await n.insert({ count: 3 })
      await untilExpired(n, start, () => store.sweep())
      let told = await next()
      // Those that waited for it already are told.
      while (told?.type === 'append') told = await next()
      expect(told).toEqual({ type: 'read-anew' })
      await n.insert({ count: 4 })
      expect(await next()).toMatchObject({ type: 'append', document: { count: 4 } })
      const end = follower.next()
      controller.abort()
      expect(await end).toMatchObject({ done: true })
    })

    it('lets many changes go while it is written to, without an end to either', async () => {
      const store = await (await createDatabase()).open([counters], { feed: { changes: 100 } })
      const n = store.collection(counters)
      const start = await store.cursor()
      await Promise.all(Array.from({ length: 8_000 }, (_, i) => n.insert({ count: i })))
      await untilExpired(n, start, () => n.insertMany(Array.from({ length: 1_000 }, () => ({ count: 0 }))))
      const last = await store.cursor()
      await n.insert({ count: 8_000 })
      expect(await take(n.watch({ from: last }), 1)).toMatchObject([{ document: { count: 8_000 } }])
      expect((await store.check()).problems).toEqual([])
    })
  })
}

/** Does something, again where its answer was lost, until a cursor has expired. */
async function untilExpired(n: CollectionHandle<typeof counters>, from: string, act: () => Promise<unknown>) {
  for (let attempts = 0; attempts < ATTEMPTS; attempts++) {
    await act()
    const seen = await take(n.watch({ from }), 1).catch((error) => error)
    if (CursorExpired.is(seen)) return
  }
  expect.fail(`the cursor had not expired after ${ATTEMPTS} attempts`)
}

/** The first changes of a watcher, or all if it ends before. */
async function take<C extends AnyCollection>(watching: AsyncIterable<Change<C>>, count: number): Promise<Change<C>[]> {
  const changes: Change<C>[] = []
  for await (const change of watching) {
    changes.push(change)
    if (changes.length === count) break
  }
  return changes
}
