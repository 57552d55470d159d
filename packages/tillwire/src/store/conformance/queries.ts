import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isPlainText } from '../../core/index.ts'
import { InvalidQuery } from '../errors.ts'
import type { FindOptions, OrderBy, Where } from '../types.ts'
import { people } from './collections.ts'
import { rejection } from './expect-error.ts'
import type { StoreHarness } from './harness.ts'
import { naiveCompare, naiveMatch } from './naive-filter.ts'
import { useDatabases } from './use-database.ts'

const FOLK = [
  {
    id: 'a',
    name: 'Ada',
    email: 'ada@x.org',
    age: 36,
    plan: 'pro',
    address: { city: 'London', zip: 'N1' },
    tags: ['maths', 'Poetry'],
  },
  { id: 'b', name: 'bea', email: null, age: 7, active: false, scores: { go: 3, chess: 10 }, anything: 'text' },
  { id: 'c', name: 'Çelik', age: 36, address: { city: 'İzmir' }, tags: [], anything: 1 },
  { id: 'd', name: 'O%_"\'\\', anything: true },
  { id: 'e', name: '😀 smile', email: 'E@x.org', age: -1.5, plan: 'pro', anything: { age: 36 } },
  { id: 'f', name: 'zero\u0001end', age: 0, active: false, anything: null },
] as const

export function describeQueries(harness: StoreHarness): void {
  describe('queries', () => {
    const createDatabase = useDatabases(harness)

    async function openFolk() {
      const store = await (await createDatabase()).open([people])
      const c = store.collection(people)
      await c.insertMany(FOLK.map((one) => ({ ...one, tags: 'tags' in one ? [...one.tags] : undefined })))
      return c
    }

    it('answers every operator', async () => {
      const c = await openFolk()
      const cases: [Where, string][] = [
        [{}, 'abcdef'],
        [{ name: 'Ada' }, 'a'],
        [{ age: { eq: 36 } }, 'ac'],
        [{ age: { ne: 36 } }, 'bdef'],
        [{ email: null }, 'bcdf'],
        [{ email: { ne: null } }, 'ae'],
        [{ email: { exists: true } }, 'abe'],
        [{ email: { exists: false } }, 'cdf'],
        [{ age: { in: [7, 0, null] } }, 'bdf'],
        [{ age: { in: [] } }, ''],
        [{ age: { notIn: [36, null] } }, 'bef'],
        [{ age: { notIn: [] } }, 'abcdef'],
        [{ age: { lt: 7 } }, 'ef'],
        [{ age: { lte: 7 } }, 'bef'],
        [{ age: { gt: 7, lt: 40 } }, 'ac'],
        [{ age: { gte: 7 } }, 'abc'],
        [{ name: { gte: 'bea' } }, 'bcef'],
        [{ active: false }, 'bf'],
        [{ active: true }, 'acde'],
        [{ name: { contains: 'e' } }, 'bcef'],
        [{ name: { contains: '%_' } }, 'd'],
        [{ name: { contains: '"\'\\' } }, 'd'],
        [{ name: { startsWith: '😀' } }, 'e'],
        [{ name: { startsWith: 'zero\u0001' } }, 'f'],
        [{ name: { endsWith: '\u0001end' } }, 'f'],
        [{ name: { endsWith: '' } }, 'abcdef'],
        [{ name: { eq: 'ADA', mode: 'insensitive' } }, 'a'],
        [{ name: { startsWith: 'çel', mode: 'insensitive' } }, 'c'],
        [{ email: { in: ['e@X.org'], mode: 'insensitive' } }, 'e'],
        [{ email: { ne: 'e@X.org', mode: 'insensitive' } }, 'abcdf'],
        [{ 'address.city': 'London' }, 'a'],
        [{ 'address.zip': { exists: false } }, 'bcdef'],
        [{ 'scores.chess': { gt: 9 } }, 'b'],
        [{ tags: { contains: 'maths' } }, 'a'],
        [{ tags: { contains: 'poetry' } }, ''],
        [{ tags: { contains: 'poetry', mode: 'insensitive' } }, 'a'],
        [{ anything: 1 }, 'c'],
        [{ anything: true }, 'd'],
        [{ anything: { in: ['text', 1, true] } }, 'bcd'],
        [{ 'anything.age': 36 }, 'e'],
        [{ anything: '{"age":36}' }, ''],
        [{ id: { in: ['b', 'e', 'none'] } }, 'be'],
        [{ version: 1, id: { gt: 'd' } }, 'ef'],
        [{ and: [{ age: 36 }, { plan: 'pro' }] }, 'a'],
        [{ or: [{ age: 7 }, { name: 'Ada' }] }, 'ab'],
        [{ or: [] }, ''],
        [{ not: { email: { contains: 'x' } } }, 'bcdf'],
        [{ not: { not: { age: { lt: 10 } } } }, 'bef'],
        [{ not: { or: [{ age: { gt: 0 } }, { email: null }] } }, 'e'],
      ]
      for (const [where, expected] of cases) {
        const found = (await c.find({ where })).items.map(({ id }) => id).join('')
        expect({ where, found }).toEqual({ where, found: expected })
        expect(await c.count(where)).toBe(expected.length)
      }
    })

    it('finds the first of an order, or null', async () => {
      const c = await openFolk()
      expect(await c.findOne({ age: 36 })).toMatchObject({ id: 'a' })
      expect(await c.findOne({ age: 99 })).toBeNull()
    })

    it('orders by several paths, null first, text by code point, ties by id', async () => {
      const c = await openFolk()
      const ids = async (orderBy: OrderBy) => (await c.find({ orderBy })).items.map(({ id }) => id).join('')
      expect(await ids({ age: 'asc' })).toBe('defbac')
      expect(await ids({ age: 'desc' })).toBe('cabfed')
      expect(await ids({ age: 'desc', name: 'asc' })).toBe('acbfed')
      expect(await ids({ name: 'asc' })).toBe('adbfce')
      expect(await ids({ active: 'asc', age: 'asc' })).toBe('fbdeac')
      expect(await ids({ 'address.city': 'desc', id: 'asc' })).toBe('cabdef')
    })

    it.each<[string, FindOptions]>([
      ['an unknown path', { where: { nope: 1 } }],
      ['an unknown nested path', { where: { 'address.nope': 1 } }],
      ['an unknown operator', { where: { age: { near: 1 } } as Where }],
      ['an undefined value', { where: { age: undefined } }],
      ['an undefined operand', { where: { age: { eq: undefined } } }],
      ['an object as value', { where: { address: {} } }],
      ['a list as value', { where: { age: [1] as unknown as Where } }],
      ['not a number', { where: { age: { lt: Number.NaN } } }],
      ['text for contains', { where: { name: { contains: 1 as unknown as string } } }],
      ['an unknown mode', { where: { name: { eq: 'a', mode: 'loose' as 'insensitive' } } }],
      ['or without a list', { where: { or: { age: 1 } as unknown as Where[] } }],
      ['a path with a quote', { where: { 'scores.a"b': 1 } }],
      ['an unknown order', { orderBy: { nope: 'asc' } }],
      ['an order by a list', { orderBy: { tags: 'asc' } }],
      ['an unknown direction', { orderBy: { age: 'up' as 'asc' } }],
      ['limit 0', { limit: 0 }],
      ['limit 1001', { limit: 1001 }],
      ['half a limit', { limit: 1.5 }],
      ['a made-up cursor', { after: 'abc' }],
      [
        'too deep a nesting',
        { where: Array.from({ length: 30 }).reduce<Where>((where) => ({ not: where }), { age: 1 }) },
      ],
    ])('refuses %s', async (_, options) => {
      const c = await openFolk()
      await rejection(InvalidQuery, c.find(options))
    })

    it('refuses a cursor that was made for another order', async () => {
      const c = await openFolk()
      const { next } = await c.find({ orderBy: { age: 'asc' }, limit: 1 })
      expect(next).not.toBeNull()
      await rejection(InvalidQuery, c.find({ orderBy: { age: 'desc' }, limit: 1, after: next! }))
      await rejection(InvalidQuery, c.find({ limit: 1, after: next! }))
    })

    it('never takes text from a query as a part of it', async () => {
      const c = await openFolk()
      for (const text of [`x' OR '1'='1`, `"; DROP TABLE people; --`, `') OR 1=1 --`]) {
        expect(await c.count({ name: text })).toBe(0)
        expect(await c.count({ [`scores.${text.replaceAll(/["\\]/g, '')}`]: 1 })).toBe(0)
      }
      expect(await c.count()).toBe(6)
    })

    it('keeps pages stable while others write', async () => {
      const store = await (await createDatabase()).open([people])
      const c = store.collection(people)
      await c.insertMany(Array.from({ length: 60 }, (_, i) => ({ id: `p${100 + i}`, name: 'x', age: i % 7 })))
      const seen: string[] = []
      let after: string | undefined
      for (let page = 0; ; page++) {
        const found = await c.find({ orderBy: { age: 'desc' }, limit: 7, after })
        seen.push(...found.items.map(({ id }) => id))
        if (!found.next) break
        after = found.next
        await c.delete(found.items[0]!.id)
        await c.insert({ id: `new${page}`, name: 'new', age: 6 })
      }
      const original = seen.filter((id) => id.startsWith('p'))
      expect(new Set(seen).size).toBe(seen.length)
      expect(original).toHaveLength(60)
    })

    it('finds what a naive filter finds, in its order, page by page', async () => {
      const store = await (await createDatabase()).open([people])
      const c = store.collection(people)
      await fc.assert(
        fc.asyncProperty(
          fc.array(arbitraryPerson, { maxLength: 25 }),
          fc.array(arbitraryQuery, { minLength: 5, maxLength: 5 }),
          async (folk, queries) => {
            for (const { id } of (await c.find({ limit: 1000 })).items) await c.delete(id)
            const all = await c.insertMany(folk)
            for (const { where, orderBy, limit } of queries) {
              const expected = all
                .filter((person) => naiveMatch(person, where))
                .sort((a, b) => naiveOrder(a, b, orderBy))
                .map(({ id }) => id)
              const found: string[] = []
              let after: string | null | undefined
              while (after !== null) {
                const page = await c.find({ where, orderBy, limit, after })
                found.push(...page.items.map(({ id }) => id))
                after = page.next
              }
              expect({ where, orderBy, found }).toEqual({ where, orderBy, found: expected })
              expect(await c.count(where)).toBe(expected.length)
              // The same conditions inside a transaction, over documents of which one is only buffered.
              const doomed = store.transaction(async (tx) => {
                const extra = await tx.collection(people).insert({ name: 'Extra', age: 1 })
                const inside = await tx.collection(people).find({ where, orderBy, limit: 1000 })
                expect(inside.items.map(({ id }) => id)).toEqual(
                  [...all, extra]
                    .filter((person) => naiveMatch(person, where))
                    .sort((a, b) => naiveOrder(a, b, orderBy))
                    .map(({ id }) => id),
                )
                throw new Error('only looking')
              })
              await expect(doomed).rejects.toThrow('only looking')
            }
          },
        ),
        { numRuns: 40 },
      )
    })
  })
}

function naiveOrder(a: object, b: object, orderBy: OrderBy): number {
  const order = Object.entries(orderBy)
  for (const [path, direction] of [...order, ['id', order.at(-1)?.[1] ?? 'asc'] as const]) {
    const [x, y] = [a, b].map((one) => path.split('.').reduce<unknown>((at, part) => (at as never)?.[part], one))
    const difference = naiveCompare(x, y)
    if (difference !== 0) return direction === 'desc' ? -difference : difference
  }
  return 0
}

const word = fc.oneof(
  fc.constantFrom('', 'a', 'A', 'ab', 'Äb', 'äb', '%', '_', "'", '"', '\\', '😀', '\uffee', 'ß', 'İ', 'a\u0001b'),
  fc.string({ unit: 'binary', maxLength: 3 }).filter(isPlainText),
)
const number = fc.oneof(fc.integer({ min: -2, max: 3 }), fc.constantFrom(0.5, 1e21, -1e-7, 2 ** 53 - 1))
const scalar = fc.oneof(word, number, fc.boolean(), fc.constant(null))
const sometimes = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })

const arbitraryPerson = fc.record({
  name: word.map((text) => `n${text}`),
  age: sometimes(number),
  active: fc.boolean(),
  plan: fc.constantFrom('free', 'pro'),
  address: sometimes(fc.record({ city: word, zip: sometimes(word) })),
  tags: sometimes(fc.array(word, { maxLength: 3 })),
  scores: sometimes(fc.dictionary(fc.constantFrom('go', "it's", 'a b'), number)),
  anything: sometimes(fc.oneof(scalar, fc.record({ age: scalar }), fc.array(scalar, { maxLength: 2 }))),
})

const TEXT = ['name', 'address.city', 'address.zip', 'plan', 'anything', 'anything.age', 'id', 'createdAt']
const ANY = [...TEXT, 'age', 'active', 'scores.go', "scores.it's", 'scores.a b', 'version']
const mode = fc.constantFrom<('sensitive' | 'insensitive' | undefined)[]>('sensitive', 'insensitive', undefined)
const prefixed = fc.oneof(
  word,
  word.map((text) => `n${text}`),
)
const operand = fc.oneof(scalar, prefixed)

const condition: fc.Arbitrary<Where> = fc.oneof(
  fc
    .tuple(fc.constantFrom(...ANY), fc.oneof(operand, fc.record({ eq: operand, mode: sometimes(mode) }).map(clean)))
    .map(pair),
  fc.tuple(fc.constantFrom(...ANY), fc.record({ ne: operand, mode: sometimes(mode) }).map(clean)).map(pair),
  fc
    .tuple(fc.constantFrom(...ANY), fc.constantFrom('in', 'notIn'), fc.array(operand, { maxLength: 3 }), mode)
    .map(([path, operator, values, how]) => pair([path, clean({ [operator]: values, mode: how })])),
  fc
    .tuple(fc.constantFrom(...ANY), fc.constantFrom('lt', 'lte', 'gt', 'gte'), fc.oneof(prefixed, number))
    .map(([path, operator, value]) => pair([path, { [operator]: value }])),
  fc.tuple(fc.constantFrom(...ANY, 'tags', 'address'), fc.boolean()).map(([path, exists]) => pair([path, { exists }])),
  fc
    .tuple(fc.constantFrom(...TEXT, 'tags'), fc.constantFrom('contains', 'startsWith', 'endsWith'), prefixed, mode)
    .filter(([path, operator]) => path !== 'tags' || operator === 'contains')
    .filter(([path]) => path !== 'anything')
    .map(([path, operator, value, how]) => pair([path, clean({ [operator]: value, mode: how })])),
)
const arbitraryWhere = fc.letrec<{ where: Where }>((tie) => ({
  where: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    condition,
    fc.constant({}),
    fc.array(tie('where'), { maxLength: 3 }).map((and) => ({ and })),
    fc.array(tie('where'), { maxLength: 3 }).map((or) => ({ or })),
    tie('where').map((not) => ({ not })),
  ),
})).where
const arbitraryQuery = fc.record({
  where: arbitraryWhere,
  orderBy: fc.dictionary(
    fc.constantFrom('name', 'age', 'active', 'plan', 'address.city', 'scores.go', 'id'),
    fc.constantFrom<('asc' | 'desc')[]>('asc', 'desc'),
    { maxKeys: 3 },
  ),
  limit: fc.constantFrom(1, 3, 100),
})

function pair([path, value]: readonly [string, Where[string]]): Where {
  return { [path]: value }
}
function clean<T extends object>(operators: T): T {
  return Object.fromEntries(Object.entries(operators).filter(([, value]) => value !== undefined)) as T
}
