import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { collection } from '../collection.ts'
import { InvalidCollection, InvalidDocument, NewerSchema } from '../errors.ts'
import { readStored } from '../prepare-read.ts'
import { rejection } from './expect-error.ts'
import type { StoreHarness } from './harness.ts'
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
      expect(await database.driver.schemaVersions()).toEqual(new Map([['users', 1]]))
      expect(await old.get(id)).toMatchObject({ name: 'Ada Lovelace' })
    })

    it('are told as they go, and are known to be done from one record', async () => {
      const database = await createDatabase()
      const old = (await database.open([first])).collection(first)
      await old.insertMany(Array.from({ length: 450 }, (_, i) => ({ name: `N${i} L${i}` })))
      const told: number[] = []
      await database.open([third], { onUpgrade: ({ documents }) => void told.push(documents) })
      expect(told).toEqual([200, 400, 450])
      expect(await database.driver.schemaVersions()).toEqual(new Map([['users', 3]]))

      const { id } = await old.insert({ name: 'Late Comer' })
      const again = await database.open([third], { onUpgrade: ({ documents }) => void told.push(documents) })
      expect(told).toHaveLength(3)
      expect(await again.collection(third).get(id)).toMatchObject({ first: 'Late' })
    })

    it('refuses a program that knows only an older version, before it writes anything', async () => {
      const database = await createDatabase()
      await database.open([third])
      const other = collection({ name: 'others', schema: z.object({}) })
      const error = await rejection(NewerSchema, database.open([other, first]))
      expect(error.details).toEqual({ collection: 'users', reached: 3, known: 1 })
      expect([...(await database.driver.schemaVersions()).keys()]).toEqual(['users'])
    })

    it('upgrades what an older program still writes when it is read', async () => {
      const database = await createDatabase()
      const old = (await database.open([first])).collection(first)
      const c = (await database.open([second])).collection(second)
      const { id } = await old.insert({ name: 'Ada Lovelace' })
      expect(await c.get(id)).toMatchObject({ first: 'Ada', last: 'Lovelace', version: 1 })
      expect(await c.update(id, { first: 'A.' })).toMatchObject({ first: 'A.', last: 'Lovelace', version: 2 })
      expect((await rejection(InvalidDocument, old.get(id))).details.reason).toMatch(/version 2/)
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
