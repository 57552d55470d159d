import { describe, expect, it } from 'vitest'
import { InvalidDocument, NotFound, UniqueViolation, UnknownCollection, VersionConflict } from '../errors.ts'
import { insert, remove, replace, requireVersion } from '../writes.ts'
import { counters, people } from './collections.ts'
import { rejection } from './expect-error.ts'
import type { StoreHarness } from './harness.ts'
import { useDatabases } from './use-database.ts'

export function describeCommit(harness: StoreHarness): void {
  describe('commit', () => {
    const createDatabase = useDatabases(harness)

    async function openPair() {
      const store = await (await createDatabase()).open([people, counters])
      return { store, c: store.collection(people), n: store.collection(counters) }
    }

    it('writes several collections at once', async () => {
      const { store, c, n } = await openPair()
      const ada = await c.insert({ name: 'Ada' })
      const old = await n.insert({ count: 1 })
      await store.commit({
        writes: [
          insert(counters, { id: 'new', count: 5 }),
          replace(people, ada.id, { name: 'Bea' }, { ifVersion: 1 }),
          remove(counters, old.id, { ifVersion: 1 }),
        ],
        requires: [requireVersion(people, ada.id, 1), requireVersion(people, 'none', 0)],
      })
      expect(await n.get('new')).toMatchObject({ count: 5, version: 1 })
      expect(await c.get(ada.id)).toMatchObject({ name: 'Bea', version: 2, createdAt: ada.createdAt })
      expect(await n.get(old.id)).toBeNull()
    })

    it('refuses all when one requirement does not hold, and says which', async () => {
      const { store, c, n } = await openPair()
      const ada = await c.insert({ name: 'Ada' })
      const attempt = (id: string, version: number) =>
        store.commit({
          writes: [insert(counters, { count: 1 })],
          requires: [requireVersion(people, ada.id, 1), requireVersion(people, id, version)],
        })
      const at = { list: 'requires', index: 1 }
      expect((await rejection(VersionConflict, attempt(ada.id, 2))).details).toMatchObject({
        expected: 2,
        actual: 1,
        at,
      })
      expect((await rejection(VersionConflict, attempt(ada.id, 0))).details).toMatchObject({
        expected: 0,
        actual: 1,
        at,
      })
      expect((await rejection(VersionConflict, attempt('none', 1))).details).toMatchObject({
        expected: 1,
        actual: 0,
        at,
      })
      expect(await n.count()).toBe(0)
    })

    it('refuses all when one write fails, and says which', async () => {
      const { store, c, n } = await openPair()
      const ada = await c.insert({ name: 'Ada', email: 'ada@x' })
      const good = insert(counters, { count: 1 })
      const at = { list: 'writes', index: 1 }
      const refusals = [
        [InvalidDocument, insert(people, { name: '' })],
        [UniqueViolation, insert(people, { name: 'A', email: 'ada@x' })],
        [UniqueViolation, insert(people, { name: 'A', id: ada.id })],
        [VersionConflict, replace(people, ada.id, { name: 'B' }, { ifVersion: 7 })],
        [VersionConflict, remove(people, ada.id, { ifVersion: 7 })],
        [NotFound, replace(people, 'none', { name: 'B' }, { ifVersion: 1 })],
        [NotFound, remove(people, 'none', { ifVersion: 1 })],
      ] as const
      for (const [type, write] of refusals)
        expect((await rejection(type, store.commit({ writes: [good, write] }))).details.at).toEqual(at)
      expect(await n.count()).toBe(0)
      expect(await c.get(ada.id)).toEqual(ada)
    })

    it('judges requirements before writes, and both in the order of their lists', async () => {
      const { store, c, n } = await openPair()
      const ada = await c.insert({ name: 'Ada', email: 'ada@x' })
      const taken = insert(people, { name: 'A', email: 'ada@x' })
      const gone = remove(counters, 'none', { ifVersion: 1 })
      const refused = async (commit: Parameters<typeof store.commit>[0]) => {
        const error = await store.commit(commit).catch((reason: unknown) => reason)
        return error instanceof Error && 'details' in error
          ? { code: 'code' in error && error.code, ...(error.details as object) }
          : error
      }
      const unmet = [
        requireVersion(people, ada.id, 1),
        requireVersion(people, ada.id, 5),
        requireVersion(people, 'x', 6),
      ]
      const first = { list: 'requires', index: 1 }
      expect(await refused({ writes: [taken, gone], requires: unmet })).toMatchObject({ expected: 5, at: first })
      const at = (index: number) => ({ list: 'writes', index })
      expect(await refused({ writes: [taken, gone] })).toMatchObject({ code: 'unique_violation', at: at(0) })
      expect(await refused({ writes: [gone, taken] })).toMatchObject({ code: 'not_found', at: at(0) })
      expect(await refused({ writes: [taken] })).toMatchObject({ code: 'unique_violation', at: at(0) })
      expect([await n.count(), await c.count()]).toEqual([0, 1])
    })

    it('applies writes in order: one document may be written twice', async () => {
      const { store, c } = await openPair()
      await store.commit({
        writes: [
          insert(people, { id: 'a', name: 'A', email: 'x' }),
          replace(people, 'a', { name: 'B' }, { ifVersion: 1 }),
          insert(people, { id: 'b', name: 'C', email: 'x' }),
          remove(people, 'a', { ifVersion: 2 }),
        ],
      })
      expect((await c.find()).items).toMatchObject([{ id: 'b', email: 'x', version: 1 }])
    })

    it('answers commits that wait together each for itself', async () => {
      const { store, c } = await openPair()
      const results = await Promise.allSettled(
        Array.from({ length: 60 }, (_, i) =>
          store.commit({
            writes: [insert(counters, { count: i }), insert(people, { name: 'P', email: `e${i % 40}` })],
          }),
        ),
      )
      const refused = results.filter(({ status }) => status === 'rejected')
      expect(refused).toHaveLength(20)
      for (const one of refused)
        expect((one as PromiseRejectedResult).reason).toMatchObject({ code: 'unique_violation' })
      expect(await c.count()).toBe(40)
      expect(await store.collection(counters).count()).toBe(40)
    })

    it('lets exactly one of many win a version', async () => {
      const { store, n } = await openPair()
      const { id } = await n.insert({ count: 0 })
      const results = await Promise.allSettled(
        Array.from({ length: 20 }, (_, i) =>
          store.commit({ writes: [replace(counters, id, { count: i }, { ifVersion: 1 })] }),
        ),
      )
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      expect((await n.get(id))?.version).toBe(2)
    })

    it('takes requirements alone, and nothing at all', async () => {
      const { store, c } = await openPair()
      const ada = await c.insert({ name: 'Ada' })
      await store.commit({ writes: [], requires: [requireVersion(people, ada.id, 1)] })
      await store.commit({ writes: [] })
      await rejection(VersionConflict, store.commit({ writes: [], requires: [requireVersion(people, ada.id, 2)] }))
    })

    it('refuses a collection it does not know', async () => {
      const store = await (await createDatabase()).open([people])
      await rejection(UnknownCollection, store.commit({ writes: [insert(counters, { count: 1 })] }))
      await rejection(UnknownCollection, store.commit({ writes: [], requires: [requireVersion(counters, 'a', 0)] }))
    })
  })
}
