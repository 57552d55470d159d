import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { collection } from '../collection.ts'
import { InvalidCollection, InvalidDocument, NewerSchema, UniqueViolation, UpgradeNeeded } from '../errors.ts'
import { openStoreOn } from '../open-store.ts'
import { readStored } from '../prepare-read.ts'
import { count } from '../reads.ts'
import type { CollectionWriter } from '../types.ts'
import { remove } from '../writes.ts'
import { rejection } from './expect-error.ts'
import type { StoreHarness } from './harness.ts'
import { rewriteStored } from './rewrite-stored.ts'
import { first, second, third } from './upgrade-collections.ts'
import { useDatabases } from './use-database.ts'

export function describeUpgrades(harness: StoreHarness): void {
  describe('upgrades', () => {
    const createDatabase = useDatabases(harness)

    it('brings documents of all older versions up at open, without counting as a write', async () => {
      const database = await createDatabase()
      const one = await (await database.open([first])).collection(first).insert({ name: 'Ada Lovelace' })
      const two = await (await database.open([second])).collection(second).insert({ first: 'Bea', last: 'Bauer' })
      const store = await database.open([third])
      const c = store.collection(third)
      expect(await c.get(one.id)).toEqual({
        first: 'Ada',
        last: 'Lovelace',
        plan: 'free',
        id: one.id,
        version: 1,
        createdAt: one.createdAt,
        updatedAt: one.updatedAt,
      })
      expect((await c.find({ where: { plan: 'free' }, orderBy: { last: 'asc' } })).items.map(({ id }) => id)).toEqual([
        two.id,
        one.id,
      ])
      expect((await readStored(database.driver, 'users', one.id))?.schemaVersion).toBe(3)
      expect(await store.check()).toEqual({ documents: 2, problems: [] })
    })

    it('brings up more documents than fit one batch', async () => {
      const database = await createDatabase()
      const old = await database.open([first])
      await old.collection(first).insertMany(Array.from({ length: 450 }, (_, i) => ({ name: `N${i} L${i}` })))
      const store = await database.open([third])
      expect(await store.collection(third).count({ plan: 'free' })).toBe(450)
    })

    it('are left alone by whoever opens without them, who reads documents as they would be', async () => {
      const database = await createDatabase()
      const old = (await database.open([first])).collection(first)
      const { id } = await old.insert({ name: 'Ada Lovelace' })
      const store = await database.open([third], { migrate: false })
      expect(await store.collection(third).get(id)).toMatchObject({ first: 'Ada', plan: 'free', version: 1 })
      expect((await readStored(database.driver, 'users', id))?.schemaVersion).toBe(1)
      expect(await database.driver.schemaRecords()).toEqual(new Map([['users', { reached: 1, needed: 1 }]]))
      expect(await old.get(id)).toMatchObject({ name: 'Ada Lovelace' })
    })

    it('are told as they go, and are known to be done from one record', async () => {
      const database = await createDatabase()
      const old = (await database.open([first])).collection(first)
      await old.insertMany(Array.from({ length: 450 }, (_, i) => ({ name: `N${i} L${i}` })))
      const told: number[] = []
      await database.open([third], { onUpgrade: ({ documents }) => void told.push(documents) })
      expect(told).toEqual([200, 400, 450])
      expect(await database.driver.schemaRecords()).toEqual(new Map([['users', { reached: 3, needed: 3 }]]))

      await database.open([third], { onUpgrade: ({ documents }) => void told.push(documents) })
      expect(told).toHaveLength(3)
    })

    it('refuses a program that knows only an older version, before it writes anything', async () => {
      const database = await createDatabase()
      await database.open([third])
      const other = collection({ name: 'others', schema: z.object({}) })
      const error = await rejection(NewerSchema, database.open([other, first]))
      expect(error.details).toEqual({ collection: 'users', reached: 3, known: 1 })
      expect([...(await database.driver.schemaRecords()).keys()]).toEqual(['users'])
    })

    it('shut out a program of before that is still open: what it writes, and what it would not find', async () => {
      const database = await createDatabase()
      const store = await database.open([first])
      const old = store.collection(first)
      const { id } = await old.insert({ name: 'Ada Lovelace' })
      await database.open([second])
      const inTransaction = (body: (tx: CollectionWriter<typeof first>) => Promise<unknown>) =>
        store.transaction((tx) => body(tx.collection(first)))
      for (const refused of [
        () => old.insert({ name: 'Bea Bauer' }),
        () => old.replace(id, { name: 'Bea Bauer' }),
        () => store.commit({ writes: [remove(first, id, { ifVersion: 1 })] }),
        () => old.find(),
        () => old.count({ name: 'Ada Lovelace' }),
        () => store.snapshot({ all: count(first) }),
        () => inTransaction((tx) => tx.insert({ name: 'Bea Bauer' })),
        () => inTransaction((tx) => tx.find()),
        () => inTransaction((tx) => tx.count()),
      ]) {
        const error = await rejection(NewerSchema, refused())
        expect(error.details).toEqual({ collection: 'users', reached: 2, known: 1 })
        expect(error.retryable).toBe(false)
      }
      expect((await rejection(InvalidDocument, old.get(id))).details.reason).toMatch(/version 2/)
      expect(await (await database.open([second])).check()).toEqual({ documents: 1, problems: [] })
    })

    it('shut it out from before the first document is upgraded, and in whatever process', async () => {
      const database = await createDatabase()
      const store = await database.open([first])
      const old = store.collection(first)
      await old.insertMany(Array.from({ length: 250 }, (_, i) => ({ name: `N${i} L${i}` })))
      const outcomes: Promise<unknown>[] = []
      const others = { driver: database.driver, release: async () => undefined }
      const onUpgrade = () => void outcomes.push(rejection(NewerSchema, old.insert({ name: 'Late Comer' })))
      await openStoreOn(others, { url: 'memory:', collections: [third], onUpgrade })
      expect(outcomes).toHaveLength(2)
      await Promise.all(outcomes)
      await rejection(NewerSchema, old.count())
    })

    it('come before the first write of a program that knows more, which reads until then', async () => {
      const database = await createDatabase()
      const old = (await database.open([first])).collection(first)
      const { id } = await old.insert({ name: 'Ada Lovelace' })
      const store = await database.open([second], { migrate: false })
      const c = store.collection(second)
      const error = await rejection(UpgradeNeeded, c.update(id, { first: 'A.' }))
      expect(error.details).toEqual({ collection: 'users', reached: 1, known: 2 })
      await rejection(UpgradeNeeded, c.insert({ first: 'Bea', last: 'Bauer' }))
      await rejection(UpgradeNeeded, c.delete(id))
      expect(await store.check()).toEqual({ documents: 1, problems: [] })
      expect(await old.update(id, { name: 'Ada King' })).toMatchObject({ version: 2 })
      await database.open([second])
      expect(await c.update(id, { first: 'A.' })).toMatchObject({ first: 'A.', last: 'King', version: 3 })
    })

    it('leave no document behind or ahead of its collection that check does not name', async () => {
      const database = await createDatabase()
      const store = await database.open([third])
      const ids = ['behind', 'ahead', 'right']
      await store.collection(third).insertMany(ids.map((id) => ({ id, first: id, last: id, plan: 'free' })))
      for (const [id, schemaVersion] of [
        ['behind', 2],
        ['ahead', 4],
      ] as const) {
        const stored = await readStored(database.driver, 'users', id)
        if (stored) await rewriteStored(database.driver, 'users', { ...stored, schemaVersion })
      }
      expect((await store.check()).problems).toMatchObject(
        [
          { id: 'users/ahead', code: 'wrong_schema_version', message: /version 4.*only 3/ },
          { id: 'users/behind', code: 'wrong_schema_version', message: /version 2.*reached 3/ },
        ].map((problem) => ({ ...problem, message: expect.stringMatching(problem.message) })),
      )
    })

    it('go on where a process ended amid them', async () => {
      const database = await createDatabase()
      const old = (await database.open([first])).collection(first)
      await old.insertMany(Array.from({ length: 250 }, (_, i) => ({ name: `N${i} L${i}` })))
      const interrupted = () => {
        throw new Error('the process ends here')
      }
      await expect(database.open([third], { onUpgrade: interrupted })).rejects.toThrow('ends here')
      expect(await database.driver.schemaRecords()).toEqual(new Map([['users', { reached: 1, needed: 3 }]]))
      await rejection(NewerSchema, database.open([second]))
      const store = await database.open([third])
      expect(await store.collection(third).count({ plan: 'free' })).toBe(250)
      expect((await store.check()).problems).toEqual([])
      await rejection(UniqueViolation, store.collection(third).insert({ first: 'x', last: 'L1', plan: 'free' }))
    })

    it('is done once when several open at the same time', async () => {
      const database = await createDatabase()
      const old = await database.open([first])
      await old.collection(first).insertMany(Array.from({ length: 30 }, (_, i) => ({ name: `N${i} L${i}` })))
      const stores = await Promise.all([1, 2, 3].map(() => database.open([third])))
      for (const store of stores) expect(await store.collection(third).count({ plan: 'free' })).toBe(30)
    })

    it('needs a step for every version', () => {
      const define = () =>
        collection({ name: 'users', schema: z.object({}), schemaVersion: 3, upgrades: { 2: (doc) => doc } })
      expect(define).toThrow(expect.objectContaining({ code: InvalidCollection.code }))
    })
  })
}
