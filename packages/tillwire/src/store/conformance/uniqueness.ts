import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { collection } from '../collection.ts'
import { UniqueViolation } from '../errors.ts'
import { people } from './collections.ts'
import { rejection } from './expect-error.ts'
import type { StoreHarness } from './harness.ts'
import { useDatabases } from './use-database.ts'

const keys = collection({
  name: 'keys',
  schema: z.object({ operation: z.string(), holder: z.string().optional(), meta: z.object({ key: z.string() }) }),
  unique: [
    ['operation', 'holder', 'meta.key'],
    ['meta.key', 'createdAt'],
  ],
})

export function describeUniqueness(harness: StoreHarness): void {
  describe('uniqueness', () => {
    const createDatabase = useDatabases(harness)

    it('holds for inserts, updates and replacements, and names the fields', async () => {
      const store = await (await createDatabase()).open([people])
      const c = store.collection(people)
      await c.insert({ name: 'A', email: 'a@x' })
      const b = await c.insert({ name: 'B', email: 'b@x' })
      for (const write of [
        c.insert({ name: 'C', email: 'a@x' }),
        c.update(b.id, { email: 'a@x' }),
        c.replace(b.id, { name: 'B', email: 'a@x' }),
      ]) {
        const { details } = await rejection(UniqueViolation, write)
        expect(details).toMatchObject({ collection: 'people', fields: ['email'] })
      }
      expect(await c.get(b.id)).toEqual(b)
    })

    it('holds for the id', async () => {
      const store = await (await createDatabase()).open([people])
      await store.collection(people).insert({ id: 'a', name: 'A' })
      const { details } = await rejection(UniqueViolation, store.collection(people).insert({ id: 'a', name: 'B' }))
      expect(details).toMatchObject({ collection: 'people', fields: ['id'] })
    })

    it('leaves documents free that lack the value or have null', async () => {
      const store = await (await createDatabase()).open([people])
      const c = store.collection(people)
      await c.insertMany([{ name: 'A' }, { name: 'B' }, { name: 'C', email: null }, { name: 'D', email: null }])
      expect(await c.count({ email: null })).toBe(4)
    })

    it('holds for values together, also nested ones', async () => {
      const store = await (await createDatabase()).open([keys])
      const c = store.collection(keys)
      const one = { operation: 'grant', holder: 'a', meta: { key: 'k' } }
      await c.insert({ ...one, createdAt: '2026-01-01T00:00:00.000Z' })
      await c.insert({ ...one, holder: 'b', createdAt: '2026-01-03T00:00:00.000Z' })
      await c.insert({ operation: 'grant', meta: { key: 'k' }, createdAt: '2026-01-02T00:00:00.000Z' })
      const { details } = await rejection(UniqueViolation, c.insert(one))
      expect(details.fields).toEqual(['operation', 'holder', 'meta.key'])
      const other = await rejection(
        UniqueViolation,
        c.insert({ ...one, holder: 'c', createdAt: '2026-01-01T00:00:00Z' }),
      )
      expect(other.details.fields).toEqual(['meta.key', 'createdAt'])
    })

    it('frees a value when its document goes or changes', async () => {
      const store = await (await createDatabase()).open([people])
      const c = store.collection(people)
      const a = await c.insert({ name: 'A', email: 'a@x' })
      await c.update(a.id, { email: 'other@x' })
      const b = await c.insert({ name: 'B', email: 'a@x' })
      await c.delete(b.id)
      await c.insert({ name: 'C', email: 'a@x' })
    })

    it('lets exactly one of many in', async () => {
      const store = await (await createDatabase()).open([people])
      const c = store.collection(people)
      const results = await Promise.allSettled(Array.from({ length: 30 }, () => c.insert({ name: 'A', email: 'a@x' })))
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    })

    it('is refused at open when documents break it already', async () => {
      const database = await createDatabase()
      const loose = collection({ name: 'things', schema: z.object({ code: z.string() }) })
      const store = await database.open([loose])
      await store.collection(loose).insertMany([{ code: 'x' }, { code: 'x' }])
      const strict = collection({ name: 'things', schema: z.object({ code: z.string() }), unique: [['code']] })
      const { details } = await rejection(UniqueViolation, database.open([strict]))
      expect(details).toMatchObject({ collection: 'things', fields: ['code'] })
    })

    it('ends when a definition no longer asks for it', async () => {
      const database = await createDatabase()
      const strict = collection({ name: 'things', schema: z.object({ code: z.string() }), unique: [['code']] })
      await (await database.open([strict])).collection(strict).insert({ code: 'x' })
      const loose = collection({ name: 'things', schema: z.object({ code: z.string() }), indexes: [['code']] })
      await (await database.open([loose])).collection(loose).insert({ code: 'x' })
    })
  })
}
