import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { manualClock } from '../../core/index.ts'
import { collection } from '../collection.ts'
import {
  InvalidDocument,
  NotFound,
  StoreUnavailable,
  UniqueViolation,
  UnknownCollection,
  VersionConflict,
} from '../errors.ts'
import { readStored } from '../prepare-read.ts'
import { counters, people } from './collections.ts'
import { rejection } from './expect-error.ts'
import type { StoreHarness } from './harness.ts'
import { rewriteStored } from './rewrite-stored.ts'
import { useDatabases } from './use-database.ts'

export function describeDocuments(harness: StoreHarness): void {
  describe('documents', () => {
    const createDatabase = useDatabases(harness)

    it('inserts with defaults, an id, version 1 and times, and reads the same back', async () => {
      const clock = manualClock('2026-03-01T10:00:00.000Z')
      const store = await (await createDatabase()).open([people], { clock })
      const ada = await store.collection(people).insert({ name: 'Ada', age: 36 })
      expect(ada).toMatchObject({ name: 'Ada', age: 36, active: true, plan: 'free', version: 1 })
      expect(ada.createdAt).toBe('2026-03-01T10:00:00.000Z')
      expect(ada.updatedAt).toBe(ada.createdAt)
      expect(ada.id).toMatch(/^people_/)
      expect(await store.collection(people).get(ada.id)).toEqual(ada)
    })

    it('keeps an id and times that are given', async () => {
      const store = await (await createDatabase()).open([people])
      const given = { id: 'ada', createdAt: '2020-01-01T00:00:00.000Z', updatedAt: '2021-01-01T00:00:00Z' }
      const ada = await store.collection(people).insert({ name: 'Ada', ...given })
      expect(ada).toMatchObject({ ...given, updatedAt: '2021-01-01T00:00:00.000Z' })
      expect(await store.collection(people).get('ada')).toEqual(ada)
    })

    it.each([
      [{ id: '' }, 'id'],
      [{ id: 'a\0b' }, 'id'],
      [{ id: 'a\ud800' }, 'id'],
      [{ id: 'x'.repeat(256) }, 'id'],
      [{ createdAt: 'yesterday' }, 'createdAt'],
      [{ updatedAt: '2026-03-01T10:00:00+01:00' }, 'updatedAt'],
    ])('refuses the system fields %j', async (system, path) => {
      const store = await (await createDatabase()).open([people])
      const error = await rejection(InvalidDocument, store.collection(people).insert({ name: 'Ada', ...system }))
      expect(error.details).toMatchObject({ collection: 'people', path })
    })

    it('tells path and reason of an invalid document, never the value, and writes nothing', async () => {
      const store = await (await createDatabase()).open([people])
      const c = store.collection(people)
      const wrong = { name: 'Ada', address: { city: 'secret' as unknown as string, zip: 12345 as unknown as string } }
      const error = await rejection(InvalidDocument, c.insert(wrong))
      expect(error.details).toMatchObject({ collection: 'people', path: 'address.zip' })
      expect(JSON.stringify([error.message, error.details])).not.toMatch(/12345|secret/)
      expect(await c.count()).toBe(0)
    })

    it('reads several in the order asked for, null where there is none', async () => {
      const store = await (await createDatabase()).open([people])
      const c = store.collection(people)
      const [a, b] = await c.insertMany([{ name: 'A' }, { name: 'B' }])
      expect(await c.getMany([b!.id, 'none', a!.id, b!.id])).toEqual([b, null, a, b])
      expect(await c.getMany([])).toEqual([])
      expect(await c.get('none')).toBeNull()
    })

    it('inserts many or none, and says which one was refused', async () => {
      const store = await (await createDatabase()).open([people])
      const c = store.collection(people)
      await c.insert({ name: 'Ada', email: 'ada@x' })
      const error = await rejection(
        UniqueViolation,
        c.insertMany([{ name: 'B' }, { name: 'C', email: 'ada@x' }, { name: 'D' }]),
      )
      expect(error.details.at).toEqual({ list: 'writes', index: 1 })
      const invalid = await rejection(InvalidDocument, c.insertMany([{ name: 'B' }, { name: '' }]))
      expect(invalid.details.at).toEqual({ list: 'writes', index: 1 })
      expect(await c.count()).toBe(1)
      expect(await c.insertMany([])).toEqual([])
    })

    it('updates by a patch of top-level fields, undefined removes one', async () => {
      const clock = manualClock()
      const store = await (await createDatabase()).open([people], { clock })
      const c = store.collection(people)
      const ada = await c.insert({ name: 'Ada', age: 36, email: 'ada@x' })
      clock.advance('1m')
      const updated = await c.update(ada.id, { plan: 'pro', age: undefined })
      expect(updated).toMatchObject({ name: 'Ada', email: 'ada@x', plan: 'pro', version: 2, createdAt: ada.createdAt })
      expect(updated).not.toHaveProperty('age')
      expect(Date.parse(updated.updatedAt) - Date.parse(ada.updatedAt)).toBe(60_000)
      expect(await c.get(ada.id)).toEqual(updated)
    })

    it('updates by a function, and loses no update of many at once', async () => {
      const store = await (await createDatabase()).open([counters])
      const c = store.collection(counters)
      const { id } = await c.insert({ count: 0 })
      await Promise.all(Array.from({ length: 40 }, () => c.update(id, ({ count }) => ({ count: count + 1 }))))
      expect(await c.get(id)).toMatchObject({ count: 40, version: 41 })
    })

    it('replaces all fields and keeps id and createdAt', async () => {
      const store = await (await createDatabase()).open([people])
      const c = store.collection(people)
      const ada = await c.insert({ name: 'Ada', age: 36 })
      const other = await c.replace(ada.id, { name: 'Grace', id: 'other', createdAt: '2000-01-01T00:00:00.000Z' })
      expect(other).toMatchObject({ id: ada.id, name: 'Grace', version: 2, createdAt: ada.createdAt })
      expect(other).not.toHaveProperty('age')
      expect(await c.get(ada.id)).toEqual(other)
    })

    it('deletes, and finds nothing to change afterwards', async () => {
      const store = await (await createDatabase()).open([people])
      const c = store.collection(people)
      const { id } = await c.insert({ name: 'Ada' })
      await c.delete(id)
      expect(await c.get(id)).toBeNull()
      for (const change of [c.delete(id), c.update(id, { age: 1 }), c.replace(id, { name: 'X' })])
        expect((await rejection(NotFound, change)).details).toMatchObject({ collection: 'people', id })
      expect(await c.insert({ id, name: 'Ada again' })).toMatchObject({ version: 1 })
    })

    it('writes only at the version that the caller names', async () => {
      const store = await (await createDatabase()).open([people])
      const c = store.collection(people)
      const { id } = await c.insert({ name: 'Ada' })
      await c.update(id, { age: 1 }, { ifVersion: 1 })
      for (const stale of [
        () => c.update(id, { age: 2 }, { ifVersion: 1 }),
        () => c.replace(id, { name: 'X' }, { ifVersion: 1 }),
        () => c.delete(id, { ifVersion: 1 }),
      ]) {
        const { details } = await rejection(VersionConflict, stale())
        expect(details).toMatchObject({ collection: 'people', id, expected: 1, actual: 2 })
      }
      await c.delete(id, { ifVersion: 2 })
    })

    it('offers methods on every document, and keeps them out of what is stored', async () => {
      const store = await (await createDatabase()).open([people])
      const c = store.collection(people)
      const ada = await c.insert({ name: 'Ada' })
      expect(ada.initial()).toBe('A')
      expect((await c.findOne({ name: 'Ada' }))?.initial()).toBe('A')
      expect((await c.update(ada.id, (person) => ({ ...person, name: 'Bea' }))).initial()).toBe('B')
      expect(Object.keys(ada)).not.toContain('initial')
    })

    it('runs beforeSave on defaults, validates what it leaves, and afterLoad on what is read', async () => {
      const notes = collection({
        name: 'notes',
        schema: z.object({ title: z.string().max(10), slug: z.string().default(''), shown: z.string().optional() }),
        hooks: {
          beforeSave(draft, context) {
            if (draft.title === 'forbidden') throw new Error('refused by the hook')
            draft.slug = `${context.operation}-${draft.title.toLowerCase()}`
            if (draft.title === 'Long') draft.title = 'far too long a title'
          },
          afterLoad(document) {
            document.shown = `${document.title}!`
          },
        },
      })
      const store = await (await createDatabase()).open([notes])
      const c = store.collection(notes)
      const note = await c.insert({ title: 'Hello' })
      expect(note).toMatchObject({ slug: 'insert-hello', shown: 'Hello!' })
      expect(await c.get(note.id)).toEqual(note)
      expect(await c.update(note.id, { title: 'Bye' })).toMatchObject({ slug: 'replace-bye', shown: 'Bye!' })
      expect((await rejection(InvalidDocument, c.insert({ title: 'Long' }))).details.path).toBe('title')
      await expect(c.insert({ title: 'forbidden' })).rejects.toThrow('refused by the hook')
      expect(await c.count()).toBe(1)
    })

    it('asks beforeDelete, which may refuse', async () => {
      const notes = collection({
        name: 'notes',
        schema: z.object({ kept: z.boolean() }),
        hooks: {
          beforeDelete(note) {
            if (note.kept) throw new Error('this one is kept')
          },
        },
      })
      const store = await (await createDatabase()).open([notes])
      const c = store.collection(notes)
      const [kept, other] = await c.insertMany([{ kept: true }, { kept: false }])
      await expect(c.delete(kept!.id)).rejects.toThrow('this one is kept')
      await c.delete(other!.id)
      expect(await c.count()).toBe(1)
    })

    it('refuses a collection that it was not opened with, until it is registered', async () => {
      const store = await (await createDatabase()).open([people])
      expect(() => store.collection(counters)).toThrow(expect.objectContaining({ code: UnknownCollection.code }))
      await store.register([counters])
      await store.register([counters])
      expect(await store.collection(counters).insert({ count: 1 })).toMatchObject({ count: 1 })
    })

    it('takes a collection anew with more fields', async () => {
      const store = await (await createDatabase()).open([counters])
      const { id } = await store.collection(counters).insert({ count: 1 })
      const wider = collection({
        name: 'counters',
        schema: z.object({ count: z.number(), label: z.string().optional() }),
        indexes: [['label']],
      })
      await store.register([wider])
      await store.collection(wider).update(id, { label: 'x' })
      expect(await store.collection(wider).findOne({ label: 'x' })).toMatchObject({ id, count: 1 })
    })

    it('refuses everything once it is closed', async () => {
      const store = await (await createDatabase()).open([people])
      const c = store.collection(people)
      await store.close()
      await store.close()
      for (const call of [() => c.get('x'), () => c.insert({ name: 'A' }), () => c.find(), () => store.cursor()])
        expect((await rejection(StoreUnavailable, call())).retryable).toBe(false)
    })

    it('checks every document', async () => {
      const database = await createDatabase()
      const store = await database.open([people])
      const [ada] = await store.collection(people).insertMany([{ name: 'Ada' }, { name: 'Bea' }])
      expect(await store.check()).toEqual({ documents: 2, problems: [] })
      const stored = await readStored(database.driver, 'people', ada!.id)
      const damaged = { ...stored!, fields: { ...stored!.fields, name: 5 } }
      await rewriteStored(database.driver, 'people', damaged)
      const { problems } = await store.check()
      expect(problems).toMatchObject([{ code: 'invalid_document', id: `people/${ada!.id}` }])
    })
  })
}
