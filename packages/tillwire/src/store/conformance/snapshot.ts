import { describe, expect, it } from 'vitest'
import { InvalidQuery, UnknownCollection } from '../errors.ts'
import { count, find, get, getMany } from '../reads.ts'
import { counters, people } from './collections.ts'
import { rejection } from './expect-error.ts'
import type { StoreHarness } from './harness.ts'
import { useDatabases } from './use-database.ts'

export function describeSnapshot(harness: StoreHarness): void {
  describe('snapshot', () => {
    const createDatabase = useDatabases(harness)

    it('answers documents, pages and counts of several collections under their names', async () => {
      const store = await (await createDatabase()).open([counters, people])
      await store.collection(counters).insertMany([1, 2, 3].map((n) => ({ id: `n${n}`, count: n })))
      await store.collection(people).insert({ id: 'ada', name: 'Ada' })
      const { ada, nobody, two, page, above, all } = await store.snapshot({
        ada: get(people, 'ada'),
        nobody: get(people, 'bea'),
        two: getMany(counters, ['n3', 'n9', 'n1']),
        page: find(counters, { orderBy: { count: 'desc' }, limit: 2 }),
        above: count(counters, { count: { gt: 1 } }),
        all: count(counters),
      })
      expect(ada?.initial()).toBe('A')
      expect(nobody).toBeNull()
      expect(two.map((one) => one?.count ?? null)).toEqual([3, null, 1])
      expect(page.items.map((one) => one.count)).toEqual([3, 2])
      const { rest } = await store.snapshot({
        rest: find(counters, { orderBy: { count: 'desc' }, limit: 2, after: page.next ?? '' }),
      })
      expect(rest).toMatchObject({ items: [{ count: 1 }], next: null })
      expect([above, all]).toEqual([2, 3])
      expect(await store.snapshot({})).toEqual({})
    })

    it('refuses what a single read would refuse, and more reads than it has', async () => {
      const store = await (await createDatabase()).open([counters])
      await rejection(UnknownCollection, store.snapshot({ ada: get(people, 'ada') }))
      await rejection(InvalidQuery, store.snapshot({ some: count(counters, { nope: 1 } as object) }))
      await rejection(InvalidQuery, store.snapshot({ some: find(counters, { limit: 0 }) }))
      const many = (length: number) =>
        Object.fromEntries(Array.from({ length }, (_, i) => [`n${i}`, get(counters, `n${i}`)]))
      expect(Object.keys(await store.snapshot(many(100)))).toHaveLength(100)
      await rejection(InvalidQuery, store.snapshot(many(101)))
    })
  })
}
