import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { collection } from '../collection.ts'
import type { StoredDocument } from '../driver.ts'
import { UniqueViolation, UpgradeFailed } from '../errors.ts'
import { EVERYTHING } from '../query/filter.ts'
import { readAll } from '../read-all.ts'
import type { AnyCollection, Store } from '../types.ts'
import { rejection } from './expect-error.ts'
import type { StoreHarness, TestDatabase } from './harness.ts'
import { useDatabases } from './use-database.ts'

const define = (name: string, rest: object = {}) =>
  collection({ name, schema: z.object({ x: z.string() }), ...rest }) as AnyCollection
const words = define('words', { unique: [['x']] })
const marks = define('marks')
const added = define('added')
type Upgrade = (fields: Record<string, unknown>) => Record<string, unknown>
const upgraded = (upgrade: Upgrade, rest: object = { unique: [['x']] }) =>
  define('words', { schemaVersion: 2, upgrades: { 1: upgrade }, ...rest })

/** Everything that is stored, and what is recorded of it. */
async function contents({ driver }: TestDatabase) {
  const documents: StoredDocument[] = []
  for (const table of ['words', 'marks'])
    for await (const batch of readAll(driver, table, EVERYTHING)) documents.push(...batch)
  return { documents, recorded: await driver.schemaRecords() }
}

const insert = (store: Store, into: AnyCollection, values: readonly string[]) =>
  store.collection(into).insertMany(values.map((x) => ({ id: `id-${x}`, x })))
const numbered = (count: number) => Array.from({ length: count }, (_, i) => String(1000 + i))

export function describeUpgradeRefusals(harness: StoreHarness): void {
  describe('an upgrade that cannot be', () => {
    const createDatabase = useDatabases(harness)

    it('changes nothing of any collection, and lets the program of before go on', async () => {
      const database = await createDatabase()
      const old = await database.open([words, marks])
      await insert(old, words, ['a', 'b'])
      await old.collection(marks).insertMany([{ x: 'same' }, { x: 'same' }])
      const before = await contents(database)
      const broken = define('marks', { unique: [['x']] })
      const wanted = [added, upgraded(({ x }) => ({ x: `${x}!` })), broken]
      const { details } = await rejection(UniqueViolation, database.open(wanted))
      expect(details).toMatchObject({ collection: 'marks', repeated: { documents: 2 } })
      expect(await contents(database)).toEqual(before)
      await insert(await database.open([words, marks]), words, ['c'])
    })

    it.each<[string, Upgrade, RegExp]>([
      ['throws', ({ x }) => (x === '1300' ? failing() : { x }), /it is out of ink/],
      ['leaves what the schema refuses', ({ x }) => ({ x: x === '1300' ? 5 : x }), /not valid at "x"/],
      ['returns nothing', ({ x }) => (x === '1300' ? (undefined as never) : { x }), /no object of fields/],
      [
        'returns a promise',
        ({ x }) => (x === '1300' ? (Promise.resolve({ x }) as never) : { x }),
        /no object of fields/,
      ],
    ])('is named by the document at which it %s, and nothing is changed', async (_, upgrade, reason) => {
      const database = await createDatabase()
      const old = await database.open([words, marks])
      await insert(old, words, numbered(450))
      const before = await contents(database)
      const told: number[] = []
      const opening = database.open([upgraded(upgrade)], { onUpgrade: ({ documents }) => told.push(documents) })
      const error = await rejection(UpgradeFailed, opening)
      expect(error.details).toEqual({ collection: 'words', id: 'id-1300', from: 1, to: 2 })
      expect(error.message).toMatch(reason)
      expect(error.cause).toBeInstanceOf(Error)
      expect(told).toEqual([])
      expect(await contents(database)).toEqual(before)
    })

    it('is told as such where documents are upgraded as they are read, and can be set aside', async () => {
      const database = await createDatabase()
      await insert(await database.open([words]), words, ['a', 'b'])
      const wanted = upgraded(({ x }) => (x === 'b' ? failing() : { x: `${x}!` }))
      const store = await database.open([wanted], { migrate: false })
      expect((await rejection(UpgradeFailed, store.collection(wanted).get('id-b'))).details.id).toBe('id-b')
      const aside: string[] = []
      const { items } = await store.collection(wanted).find({ setAside: (id: string) => void aside.push(id) })
      expect([items.map(({ id }) => id), aside]).toEqual([['id-a'], ['id-b']])
      expect((await store.check()).problems).toMatchObject([{ id: 'words/id-b', code: 'upgrade_failed' }])
    })

    it.each([
      ['held before', [['x']]],
      ['is asked for anew', [['x'], ['createdAt', 'x']]],
    ])('says how many documents would break a uniqueness that %s, and which', async (_, unique) => {
      const database = await createDatabase()
      const old = await database.open([words, marks])
      await insert(old, words, [...'abcdefgh'])
      const before = await contents(database)
      const wanted = upgraded(({ x }) => ({ x: String(x) < 'h' ? 'same' : 'own' }), { unique })
      const error = await rejection(UpgradeFailed, database.open([wanted]))
      const repeated = { documents: 7, ids: ['id-a', 'id-b', 'id-c', 'id-d', 'id-e'] }
      expect(error.details).toMatchObject({ collection: 'words', id: 'id-a', from: 1, to: 2, repeated })
      expect(UniqueViolation.is(error.cause)).toBe(true)
      expect(await contents(database)).toEqual(before)
    })

    it('is none where unique values only change hands', async () => {
      const database = await createDatabase()
      await insert(await database.open([words]), words, [...'abc'])
      const next: Record<string, string> = { a: 'b', b: 'c', c: 'a' }
      const wanted = upgraded(({ x }) => ({ x: next[String(x)] }))
      const store = await database.open([wanted])
      expect((await store.collection(wanted).get('id-a'))?.x).toBe('b')
      await rejection(UniqueViolation, store.collection(wanted).insert({ x: 'a' }))
    })
  })
}

function failing(): never {
  throw new Error('it is out of ink')
}
