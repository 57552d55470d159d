import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { collection } from '../collection.ts'
import { InvalidDocument, UniqueViolation } from '../errors.ts'
import type { Write } from '../types.ts'
import { insert, remove, replace } from '../writes.ts'
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

const pairs = collection({
  name: 'pairs',
  schema: z.object({ a: z.string().nullable(), b: z.string().nullable() }),
  unique: [['a'], ['b']],
})

/** The ids of those that have a value in common with another. */
function clashes(documents: readonly { id: string; a: string | null; b: string | null }[]): Set<string> {
  const same = (field: 'a' | 'b') =>
    documents.filter((one) => one[field] !== null && documents.some((two) => two !== one && two[field] === one[field]))
  return new Set([...same('a'), ...same('b')].map(({ id }) => id))
}

export function describeUniqueness(harness: StoreHarness): void {
  describe('uniqueness', () => {
    const createDatabase = useDatabases(harness)

    it('holds for inserts, updates and replacements, and names the fields', async () => {
      const store = await (await createDatabase()).open([people])
      const c = store.collection(people)
      await c.insert({ name: 'A', email: 'a@x' })
      const b = await c.insert({ name: 'B', email: 'b@x' })
      for (const write of [
        () => c.insert({ name: 'C', email: 'a@x' }),
        () => c.update(b.id, { email: 'a@x' }),
        () => c.replace(b.id, { name: 'B', email: 'a@x' }),
      ]) {
        const { details } = await rejection(UniqueViolation, write())
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

    it('is judged at the end of a commit: values change hands in a chain, a circle, and by a removal in any order', async () => {
      const store = await (await createDatabase()).open([people])
      const c = store.collection(people)
      const emails = async () => (await c.find()).items.map(({ id, email }) => `${id} ${email}`)
      await c.insertMany(['a', 'b', 'c'].map((id) => ({ id, name: id, email: `${id}@x` })))
      const put = (id: string, email: string, ifVersion: number) =>
        replace(people, id, { name: id, email }, { ifVersion })
      await store.commit({ writes: [put('a', 'b@x', 1), put('b', 'a@x', 1)] })
      expect(await emails()).toEqual(['a b@x', 'b a@x', 'c c@x'])
      await store.commit({ writes: [put('a', 'a@x', 2), put('b', 'c@x', 2), put('c', 'b@x', 1)] })
      expect(await emails()).toEqual(['a a@x', 'b c@x', 'c b@x'])
      await store.commit({
        writes: [insert(people, { id: 'd', name: 'd', email: 'a@x' }), remove(people, 'a', { ifVersion: 3 })],
      })
      await store.commit({
        writes: [remove(people, 'd', { ifVersion: 1 }), insert(people, { id: 'e', name: 'e', email: 'a@x' })],
      })
      await store.commit({ writes: [put('e', 'new@x', 1), insert(people, { id: 'f', name: 'f', email: 'a@x' })] })
      await store.commit({ writes: [insert(people, { id: 'g', name: 'g', email: 'new@x' }), put('e', 'newer@x', 2)] })
      expect(await emails()).toEqual(['b c@x', 'c b@x', 'e newer@x', 'f a@x', 'g new@x'])
    })

    it('lets a transaction exchange two values', async () => {
      const store = await (await createDatabase()).open([people])
      const c = store.collection(people)
      const [a, b] = await c.insertMany([
        { name: 'A', email: 'a@x' },
        { name: 'B', email: 'b@x' },
      ])
      await store.transaction(async (tx) => {
        await tx.collection(people).update(a!.id, { email: 'b@x' })
        await tx.collection(people).update(b!.id, { email: 'a@x' })
      })
      expect((await c.getMany([a!.id, b!.id])).map((one) => one?.email)).toEqual(['b@x', 'a@x'])
    })

    it('tells watchers of an exchange what there was before and after', async () => {
      const store = await (await createDatabase()).open([people])
      const c = store.collection(people)
      await c.insertMany(['a', 'b'].map((id) => ({ id, name: id, email: `${id}@x` })))
      const from = await store.cursor()
      const put = (id: string, email: string, ifVersion: number) =>
        replace(people, id, { name: id, email }, { ifVersion })
      await store.commit({ writes: [put('a', 'b@x', 1), put('b', 'a@x', 1), put('a', 'z@x', 2)] })
      const told: string[] = []
      for await (const { type, id, document } of c.watch({ from, where: { email: { ne: 'b@x' } } })) {
        told.push(`${type} ${id} ${document?.email}`)
        if (told.length === 3) break
      }
      // Of b only what it became; of a that it went out of sight for a moment.
      expect(told).toEqual(['remove a b@x', 'append b a@x', 'append a z@x'])
    })

    it('holds exactly where the documents at the end of a commit differ, and names a write that is at fault', async () => {
      const store = await (await createDatabase()).open([people, pairs])
      const c = store.collection(pairs)
      const value = fc.constantFrom(null, 'x', 'y', 'z')
      const state = fc.array(fc.record({ a: value, b: value }), { minLength: 2, maxLength: 5 })
      const change = fc.oneof(
        fc.constant<'remove' | 'keep'>('remove'),
        fc.constant('keep' as const),
        fc.record({ a: value, b: value }),
      )
      await fc.assert(
        fc.asyncProperty(
          state,
          fc.array(change, { minLength: 5, maxLength: 5 }),
          fc.array(fc.record({ a: value, b: value }), { maxLength: 3 }),
          fc.infiniteStream(fc.nat()),
          async (before, changes, added, random) => {
            fc.pre(clashes(before.map((fields, i) => ({ id: `d${i}`, ...fields }))).size === 0)
            for (const { id, version } of (await c.find()).items) await c.delete(id, { ifVersion: version })
            await c.insertMany(before.map((fields, i) => ({ id: `d${i}`, ...fields })))
            const planned: { id: string; write: Write }[] = before.flatMap((_, i) => {
              const [id, done] = [`d${i}`, changes[i]!]
              if (done === 'keep') return []
              if (done === 'remove') return [{ id, write: remove(pairs, id, { ifVersion: 1 }) }]
              return [{ id, write: replace(pairs, id, done, { ifVersion: 1 }) }]
            })
            planned.push(
              ...added.map((fields, i) => ({ id: `n${i}`, write: insert(pairs, { id: `n${i}`, ...fields }) })),
            )
            const shuffled = planned
              .map((one) => ({ one, key: random.next().value as number }))
              .sort((x, y) => x.key - y.key)
              .map(({ one }) => one)
            const after = [
              ...before.flatMap((fields, i) => {
                const done = changes[i]!
                return done === 'remove' ? [] : [{ id: `d${i}`, ...(done === 'keep' ? fields : done) }]
              }),
              ...added.map((fields, i) => ({ id: `n${i}`, ...fields })),
            ]
            const wrong = clashes(after)
            const committing = store.commit({ writes: shuffled.map(({ write }) => write) })
            if (wrong.size === 0) {
              await committing
              const found = (await c.find()).items.map(({ id, a, b }) => ({ id, a, b }))
              expect(found).toEqual(after.toSorted((x, y) => (x.id < y.id ? -1 : 1)))
            } else {
              const { at } = (await rejection(UniqueViolation, committing)).details as { at: { index: number } }
              expect(wrong).toContain(shuffled[at.index]!.id)
              expect(await c.count()).toBe(before.length)
            }
          },
        ),
        { numRuns: 150 },
      )
    })

    it('is of scalars: a list or an object is refused where the schema would let it in', async () => {
      const open = collection({
        name: 'open',
        schema: z.object({ value: z.unknown().optional() }),
        unique: [['value']],
      })
      const store = await (await createDatabase()).open([open])
      for (const value of [[1], { a: 1 }])
        expect((await rejection(InvalidDocument, store.collection(open).insert({ value }))).details.path).toBe('value')
      await store.collection(open).insertMany([{ value: 1 }, { value: true }, { value: '1' }, { value: null }, {}])
    })

    it('that documents break already is refused by name, and all is left as it was', async () => {
      const database = await createDatabase()
      const loose = collection({
        name: 'things',
        schema: z.object({ code: z.string(), tag: z.string() }),
        unique: [['tag']],
      })
      const store = await database.open([loose])
      const things = store.collection(loose)
      await things.insertMany(
        ['a', 'b', 'c', 'd'].map((id) => ({ id, code: id < 'c' ? 'x' : id < 'd' ? 'y' : 'z', tag: id })),
      )
      await things.insert({ id: 'e', code: 'y', tag: 'e' })
      const strict = collection({
        name: 'things',
        schema: z.object({ code: z.string(), tag: z.string() }),
        unique: [['code']],
        indexes: [['tag']],
      })
      const error = await rejection(UniqueViolation, database.open([strict]))
      expect(error.details).toMatchObject({
        collection: 'things',
        fields: ['code'],
        repeated: { documents: 4, ids: ['a', 'b', 'c', 'e'] },
      })
      for (const told of ['things', 'code', '4 documents', 'a, b, c, e']) expect(error.message).toContain(told)
      expect((await rejection(UniqueViolation, things.insert({ code: 'new', tag: 'a' }))).details.fields).toEqual([
        'tag',
      ])
      await things.insert({ id: 'f', code: 'x', tag: 'f' })
      const again = await database.open([loose])
      expect(await again.collection(loose).count()).toBe(6)
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
