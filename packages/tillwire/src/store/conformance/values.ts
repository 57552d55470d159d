import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { isPlainText } from '../../core/index.ts'
import { collection } from '../collection.ts'
import { InvalidDocument, InvalidQuery } from '../errors.ts'
import type { AnyCollection, InsertOf, Store } from '../types.ts'
import { insert, remove, replace, requireVersion } from '../writes.ts'
import { people } from './collections.ts'
import { rejection } from './expect-error.ts'
import type { StoreHarness } from './harness.ts'
import { useDatabases } from './use-database.ts'

/** Passwords are hashed, so that each of its writes waits before it is committed. */
const members = collection({
  name: 'members',
  schema: z.object({ name: z.string(), password: z.string(), meta: z.record(z.string(), z.unknown()).optional() }),
  hashed: ['password'],
})
/** Its schema makes all that it yields anew, so that what is given need not be copied first. */
const lists = collection({ name: 'lists', schema: z.object({ of: z.array(z.object({ n: z.int() })) }) })
/** Names that every object has on its prototype, at the top and below, absent at times. */
const odd: AnyCollection = collection({
  name: 'odd',
  schema: z.object({
    constructor: z.string().optional(),
    valueOf: z.number().optional(),
    toString: z.string().optional(),
    hasOwnProperty: z.boolean().optional(),
    below: z.object({ constructor: z.number().optional(), isPrototypeOf: z.string().optional() }).optional(),
    any: z.record(z.string(), z.number()).optional(),
  }),
  unique: [['constructor']],
  indexes: [['valueOf'], ['below.constructor']],
})
const secrets: AnyCollection = collection({
  name: 'secrets',
  schema: z.object({ constructor: z.string().optional(), valueOf: z.string().optional(), toString: z.string() }),
  unique: [['constructor']],
  encrypted: { constructor: 'searchable', valueOf: 'opaque' } as never,
})

type PersonInput = InsertOf<typeof people>
/** Every way by which a document comes in. */
const WAYS: Readonly<Record<string, (store: Store, id: string, document: PersonInput) => Promise<unknown>>> = {
  insert: (store, _, document) => store.collection(people).insert(document),
  insertMany: (store, _, document) => store.collection(people).insertMany([{ name: 'B' }, document]),
  replace: (store, id, document) => store.collection(people).replace(id, document),
  'update by a patch': (store, id, document) => store.collection(people).update(id, document),
  'update by a function': (store, id, document) => store.collection(people).update(id, () => document as never),
  'a commit that inserts': (store, _, document) => store.commit({ writes: [insert(people, document)] }),
  'a commit that replaces': (store, id, document) =>
    store.commit({ writes: [replace(people, id, document, { ifVersion: 1 })] }),
  'a transaction that inserts': (store, _, document) =>
    store.transaction((tx) => tx.collection(people).insert(document)),
  'a transaction that replaces': (store, id, document) =>
    store.transaction((tx) => tx.collection(people).replace(id, document)),
  'a transaction that patches': (store, id, document) =>
    store.transaction((tx) => tx.collection(people).update(id, document)),
  'a transaction that updates by a function': (store, id, document) =>
    store.transaction((tx) => tx.collection(people).update(id, () => document as never)),
}

const sparse = [1, 2]
delete sparse[0]
const symbol = Symbol('s')
/** What would be stored as something else, or not found again. */
const LOST: Readonly<Record<string, unknown>> = {
  'a date': new Date(0),
  'a bigint': 1n,
  'a map': new Map([['a', 1]]),
  'a set': new Set([1]),
  bytes: new Uint8Array(2),
  'an error': new Error('x'),
  'a boxed text': Object('text'),
  'an instance of a class': new (class {
    a = 1
  })(),
  'a list that is an instance of a class': class extends Array {}.of(1, 2),
  'not a number': Number.NaN,
  infinity: Number.POSITIVE_INFINITY,
  '-0': -0,
  'a function': () => 1,
  'a symbol': symbol,
  'undefined in an array': undefined,
  'an object with toJSON': { a: 1, toJSON: () => 2 },
  'a member named __proto__': JSON.parse('{"__proto__": {"x": 1}}'),
  'a member by a symbol': { [symbol]: 1 },
  'a hidden member': Object.defineProperty({}, 'a', { value: 1 }),
  'a hole in an array': sparse,
  'a member beside the items of an array': Object.assign([1], { more: 2 }),
  'a text with NUL': 'a\0b',
  'half of a surrogate pair': 'a\ud800',
  'a name with NUL': { 'a\0': 1 },
  'a name with half of a surrogate pair': { 'a\udc00': 1 },
}

export function describeValues(harness: StoreHarness): void {
  describe('values', () => {
    const createDatabase = useDatabases(harness)

    async function openAda() {
      const store = await (await createDatabase()).open([people])
      return { store, ada: await store.collection(people).insert({ name: 'Ada' }) }
    }

    it.each(Object.keys(LOST))(
      'are refused by name and path where they would be lost, on every way in: %s',
      async (name) => {
        const { store, ada } = await openAda()
        for (const write of Object.values(WAYS)) {
          const error = await rejection(
            InvalidDocument,
            write(store, ada.id, { name: 'A', anything: { deep: [LOST[name]] } }),
          )
          expect(error.details).toMatchObject({
            collection: 'people',
            path: expect.stringMatching(/^anything\.deep(\.0)?/),
          })
          expect(error.details.reason).not.toBe('')
        }
        expect((await store.collection(people).find()).items).toEqual([ada])
      },
    )

    it('named __proto__ are refused also where the schema would drop them', async () => {
      const store = await (await createDatabase()).open([members, people])
      const given = JSON.parse('{"__proto__": {"x": 1}}')
      const member = { name: 'A', password: 'p', meta: given }
      const { details } = await rejection(InvalidDocument, store.collection(members).insert(member))
      expect(details.path).toBe('meta.__proto__')
      const other = await rejection(
        InvalidDocument,
        store.collection(people).insert({ name: 'A', ...JSON.parse('{"scores": {"__proto__": 1}}') }),
      )
      expect(other.details.path).toBe('scores.__proto__')
    })

    it('are told by a path and a text of bounded length, and never end in a full stack', async () => {
      const { store, ada } = await openAda()
      const circle: Record<string, unknown> = {}
      circle.self = circle
      let deep: unknown = 1
      for (let i = 0; i < 20_000; i++) deep = { ['name'.repeat(50)]: deep }
      const long = { ['x'.repeat(1_000_000)]: [Number.NaN] }
      for (const write of Object.values(WAYS)) {
        for (const anything of [circle, deep, long]) {
          const error = await rejection(InvalidDocument, write(store, ada.id, { name: 'A', anything }))
          expect(String(error.details.path).length).toBeLessThanOrEqual(200)
          expect(error.message.length).toBeLessThanOrEqual(2_000)
        }
      }
    })

    it('come back exactly as they were given, whatever JSON it is', async () => {
      const { store } = await openAda()
      const c = store.collection(people)
      await fc.assert(
        fc.asyncProperty(arbitraryJson, fc.string({ unit: 'binary' }).filter(isPlainText), async (json, text) => {
          const inserted = await c.insert({ name: `n${text}`, anything: json })
          expect(inserted).toMatchObject({ name: `n${text}` })
          expect(inserted.anything).toStrictEqual(json)
          expect((await c.get(inserted.id))?.anything).toStrictEqual(json)
        }),
        { numRuns: 80 },
      )
    })

    it('that are undefined members, or fields that the schema does not know, are left out', async () => {
      const { store } = await openAda()
      const input = {
        name: 'Ada',
        age: undefined,
        nickname: 'A',
        anything: { a: undefined, b: [1], c: { d: undefined } },
      }
      const ada = await store.collection(people).insert(input)
      expect(Object.keys(ada).sort()).toEqual(
        ['active', 'anything', 'createdAt', 'id', 'name', 'plan', 'updatedAt', 'version'].sort(),
      )
      expect(ada.anything).toStrictEqual({ b: [1], c: {} })
    })

    it.each(Object.keys(WAYS).filter((way) => !way.includes('function')))(
      'are those of the call, whatever the caller does to its object later: %s',
      async (way) => {
        const { store, ada } = await openAda()
        const c = store.collection(people)
        const input = { id: way.includes('insert') ? 'new' : ada.id, name: 'Changed', anything: { list: [1] } }
        const writing = WAYS[way]!(store, ada.id, input)
        input.anything.list.push(2)
        input.name = 'Later'
        const written = await writing
        input.anything.list.push(3)
        for (const seen of [await c.get(input.id), written ?? { name: 'Changed', anything: { list: [1] } }])
          expect([seen].flat().at(-1)).toMatchObject({ name: 'Changed', anything: { list: [1] } })
      },
    )

    it('are those of the call also while a field is being hashed', async () => {
      const store = await (await createDatabase()).open([members])
      const c = store.collection(members)
      const input = { id: 'a', name: 'A', password: 'p', meta: { list: [1] } }
      const inserting = c.insert(input)
      const committing = store.commit({ writes: [insert(members, Object.assign(input, { id: 'b' }))] })
      input.meta.list.push(2)
      input.name = 'Later'
      await inserting
      await committing
      for (const id of ['a', 'b']) expect(await c.get(id)).toMatchObject({ name: 'A', meta: { list: [1] } })
    })

    it('are those of the call where the schema leaves nothing as it was given', async () => {
      const store = await (await createDatabase()).open([lists, members])
      const c = store.collection(lists)
      await c.insert({ id: 'old', of: [] })
      const hashed = insert(members, { name: 'A', password: 'p' })
      const ways: Record<string, (document: { id: string; of: { n: number }[] }) => Promise<unknown>> = {
        inserted: (document) => c.insert(document),
        old: (document) => c.replace('old', document),
        committed: (document) => store.commit({ writes: [insert(lists, document)] }),
        plain: (document) => store.commit({ writes: [insert(lists, document, { isPlain: true })] }),
        'before one that waits': (document) =>
          store.commit({ writes: [insert(lists, document, { isPlain: true }), hashed] }),
        'after one that waits': (document) => store.commit({ writes: [hashed, insert(lists, document)] }),
        transacted: (document) => store.transaction((tx) => tx.collection(lists).insert(document)),
      }
      for (const [id, way] of Object.entries(ways)) {
        const document = { id, of: [{ n: 1 }] }
        const writing = way(document)
        document.of[0]!.n = 2
        document.of.push({ n: 3 })
        const written = await writing
        for (const seen of [written ?? { of: [{ n: 1 }] }, await c.get(id)])
          expect(seen, id).toMatchObject({ of: [{ n: 1 }] })
      }
    })

    it('that a transaction was given or gave are not its own', async () => {
      const { store } = await openAda()
      const input = { id: 'a', name: 'A', anything: { list: [1] } }
      const seen = await store.transaction(async (tx) => {
        const c = tx.collection(people)
        const inserted = await c.insert(input)
        input.anything.list.push(2)
        list(inserted).push(3)
        list(await c.get('a')).push(4)
        list((await c.find({ where: { id: 'a' } })).items[0]!).push(5)
        list(await c.update('a', { age: 1 })).push(6)
        list(await c.update('a', (person) => ({ ...person, age: 2 }))).push(7)
        return c.get('a')
      })
      list(seen).push(8)
      expect(list(await store.collection(people).get('a'))).toEqual([1])
    })

    it('that one watcher changes are not what another sees', async () => {
      const { store } = await openAda()
      const c = store.collection(people)
      const from = await store.cursor()
      const watchers = [c.watch({ from }), c.watch({ from })].map((changes) => changes[Symbol.asyncIterator]())
      // Both are at the live end before there is anything to tell, so that they share what is read.
      const firsts = watchers.map((changes) => changes.next())
      await c.insert({ id: 'a', name: 'A', anything: { list: [1] } })
      for (const first of firsts) {
        const { value } = await first
        expect(list(value?.document ?? null)).toEqual([1])
        list(value?.document ?? null).push(2)
      }
      for (const changes of watchers) await changes.return?.(undefined)
    })

    it('may have the names of what every object has', async () => {
      const store = await (await createDatabase()).open([odd])
      const c = store.collection(odd)
      const bare = await c.insert({ id: 'bare', below: {} } as Record<string, unknown>)
      expect(JSON.parse(JSON.stringify(bare))).toMatchObject({ below: {} })
      expect(Object.keys(bare)).not.toContain('constructor')
      const full = {
        constructor: 'x',
        valueOf: 5,
        toString: 'text',
        hasOwnProperty: true,
        below: { constructor: 7, isPrototypeOf: 'y' },
        any: { constructor: 1, toString: 2 },
      }
      const { id } = await c.insert(full)
      expect({ ...(await c.get(id)) }).toMatchObject(full)
      expect(Object.entries((await c.get(id)) ?? {}).length).toBe(10)
      expect((await c.findOne({ constructor: 'x' }))?.id).toBe(id)
      expect(await c.count({ constructor: { exists: false } })).toBe(1)
      expect((await c.findOne({ valueOf: { gt: 4 } }))?.id).toBe(id)
      expect((await c.findOne({ 'below.constructor': 7 }))?.id).toBe(id)
      expect((await c.findOne({ 'any.toString': 2 }))?.id).toBe(id)
      expect((await c.find({ orderBy: { valueOf: 'asc' } as never })).items.map((one) => one.id)).toEqual(['bare', id])
      await c.update('bare', { valueOf: 1 })
      expect(await c.count({ constructor: null })).toBe(1)
      await expect(c.insert({ constructor: 'x' })).rejects.toMatchObject({ code: 'unique_violation' })
      await expect(c.find({ where: { isPrototypeOf: 1 } as never })).rejects.toMatchObject({ code: 'invalid_query' })
      await expect(c.find({ where: { valueOf: { toString: 1 } } as never })).rejects.toMatchObject({
        code: 'invalid_query',
      })
    })

    it('may have such names also where they are encrypted', async () => {
      const keys = [{ id: 'k', key: new Uint8Array(32) }]
      const store = await (await createDatabase()).open([secrets], { keys })
      const c = store.collection(secrets)
      await c.insert({ id: 'bare', toString: 'x' })
      await c.insert({ id: 'full', constructor: 'c', valueOf: 'v', toString: 'y' })
      expect(await c.findOne({ constructor: 'c' })).toMatchObject({ id: 'full', valueOf: 'v' })
      expect(Object.keys((await c.get('bare')) ?? {})).not.toContain('constructor')
    })

    it('that no document can hold are not asked for: in queries, ids, paths and cursors', async () => {
      const { store, ada } = await openAda()
      const c = store.collection(people)
      const order = { name: 'asc' } as const
      const forged = (text: string) => Buffer.from(JSON.stringify(['+name,+id', text, 'a'])).toString('base64url')
      expect((await c.find({ orderBy: order, after: forged('A') })).items).toHaveLength(1)
      for (const text of ['a\0b', '\ud800']) {
        for (const asked of [
          () => c.get(text),
          () => c.getMany(['a', text]),
          () => c.update(text, { age: 1 }),
          () => c.replace(text, { name: 'A' }),
          () => c.delete(text),
          () => store.commit({ writes: [remove(people, text, { ifVersion: 1 })] }),
          () => store.commit({ writes: [replace(people, text, { name: 'A' }, { ifVersion: 1 })] }),
          () => store.commit({ writes: [], requires: [requireVersion(people, text, 0)] }),
          () => store.transaction((tx) => tx.collection(people).get(text)),
          () => store.transaction((tx) => tx.collection(people).getMany([text])),
          () => store.transaction((tx) => tx.collection(people).delete(text)),
          () => c.find({ where: { name: text } }),
          () => c.count({ name: { ne: text } }),
          () => c.count({ name: { in: ['a', text] } }),
          () => c.count({ name: { gt: text } }),
          () => c.count({ name: { startsWith: text } }),
          () => c.count({ id: text }),
          () => c.count({ [`scores.${text}`]: 1 }),
          () => c.find({ orderBy: { [`scores.${text}`]: 'asc' } as never }),
          () => c.find({ orderBy: order, after: forged(text) }),
        ])
          await rejection(InvalidQuery, asked())
      }
      await rejection(InvalidQuery, c.find({ after: 5 as unknown as string }))
      await rejection(InvalidQuery, c.get(undefined as unknown as string))
      expect(await c.get(ada.id)).toEqual(ada)
    })
  })
}

function list(document: { anything?: unknown } | null): number[] {
  return (document!.anything as { list: number[] }).list
}

const arbitraryJson = fc.jsonValue({ noUnicodeString: false, maxDepth: 4 }).filter(isStorable)

function isStorable(value: unknown): boolean {
  if (typeof value === 'string') return isPlainText(value)
  if (Object.is(value, -0)) return false
  if (typeof value !== 'object' || value === null) return true
  return Object.entries(value).every(([key, member]) => key !== '__proto__' && isPlainText(key) && isStorable(member))
}
