import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { collection } from '../collection.ts'
import { UniqueViolation } from '../errors.ts'
import type { Scalar, Where } from '../types.ts'
import { rejection } from './expect-error.ts'
import type { StoreHarness } from './harness.ts'
import { naiveCompare, naiveMatch } from './naive-filter.ts'
import { useDatabases } from './use-database.ts'

const scalar = z.union([z.number(), z.boolean(), z.string(), z.null()])
const values = collection({
  name: 'values',
  schema: z.object({ n: z.number().optional(), mixed: scalar.optional(), open: z.unknown().optional() }),
  indexes: [['n'], ['mixed']],
})
const once = collection({
  name: 'once',
  schema: z.object({ n: z.number().optional(), mixed: scalar.optional(), open: z.unknown().optional() }),
  unique: [['n'], ['mixed'], ['open']],
})

/** Doubles whose shortest text is that of another integer, or that an engine may keep as another kind of number. */
const ODD = [
  0,
  1,
  -1,
  0.1,
  1.5,
  2 ** 31,
  2 ** 53 - 1,
  2 ** 53,
  2 ** 53 + 2,
  -(2 ** 53) - 2,
  2 ** 60,
  2 ** 60 + 256,
  -(2 ** 60),
  2 ** 63 - 1024,
  2 ** 63,
  -(2 ** 63),
  2 ** 64,
  1e15,
  1e21,
  1e22,
  123456789012345680000,
  1e308,
  Number.MAX_VALUE,
  -Number.MAX_VALUE,
  Number.MIN_VALUE,
  -Number.MIN_VALUE,
  2.2250738585072014e-308,
  5e-324 * 3,
  1 / 3,
]
const double = fc.oneof(
  fc.constantFrom(...ODD),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (n === 0 ? 0 : n)),
  fc.maxSafeInteger().map((n) => n * 2 ** 10 || 0),
)
const anyScalar: fc.Arbitrary<Scalar> = fc.oneof(
  double,
  fc.boolean(),
  fc.constantFrom('', '0', '1', 'true', '1152921504606846976', 'ü', '😀', '\uffee'),
  fc.constant(null),
)
const open = fc.oneof(anyScalar, fc.constantFrom<unknown[]>([1], {}, { a: 1 }, '[1]', '{"a":1}'))
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const document = fc.record({ n: optional(double), mixed: optional(anyScalar), open: optional(open) })
const condition: fc.Arbitrary<Where> = fc
  .tuple(
    fc.constantFrom('n', 'mixed', 'open'),
    fc.oneof(
      fc.record({ eq: anyScalar }),
      fc.record({ ne: anyScalar }),
      fc.record({ in: fc.array(anyScalar, { maxLength: 4 }) }),
      fc.record({ notIn: fc.array(anyScalar, { maxLength: 4 }) }),
      fc
        .tuple(fc.constantFrom('lt', 'lte', 'gt', 'gte'), fc.oneof(double, fc.constantFrom('', '1', 'ü')))
        .map(([operator, operand]) => ({ [operator]: operand })),
    ),
  )
  .map(([path, operators]) => ({ [path]: operators }))

export function describeNumbers(harness: StoreHarness): void {
  describe('numbers', () => {
    const createDatabase = useDatabases(harness)

    it.each(ODD)('are doubles: %d is equal to itself alone', async (n) => {
      const c = (await (await createDatabase()).open([values])).collection(values)
      await c.insert({ n, mixed: n, open: n })
      for (const path of ['n', 'mixed', 'open']) {
        expect(await c.count({ [path]: n })).toBe(1)
        expect(await c.count({ [path]: { in: [n, 7] } })).toBe(1)
        expect(await c.count({ [path]: { ne: n } })).toBe(0)
        expect(await c.count({ [path]: { gt: n } })).toBe(0)
        expect(await c.count({ [path]: { lt: n } })).toBe(0)
        expect(await c.count({ [path]: { gte: n, lte: n } })).toBe(1)
      }
    })

    it('are doubles where two whole numbers are the same one', async () => {
      const c = (await (await createDatabase()).open([values, once])).collection(values)
      await c.insert({ n: 2 ** 60 })
      expect(await c.count({ n: 2 ** 60 })).toBe(1)
      expect(await c.count({ n: { gt: 2 ** 60 - 1 } })).toBe(0)
    })

    it('of any size are found, ordered and paged as a naive filter does, beside booleans and text', async () => {
      const c = (await (await createDatabase()).open([values])).collection(values)
      await fc.assert(
        fc.asyncProperty(
          fc.array(document, { maxLength: 20 }),
          fc.array(condition, { minLength: 4, maxLength: 4 }),
          fc.constantFrom('n', 'mixed'),
          fc.constantFrom<('asc' | 'desc')[]>('asc', 'desc'),
          fc.constantFrom(1, 2, 100),
          async (documents, conditions, path, direction, limit) => {
            for (const { id } of (await c.find({ limit: 1000 })).items) await c.delete(id)
            const all = await c.insertMany(documents)
            const sorted = all.toSorted((a, b) => {
              const order = naiveCompare(a[path as 'n'], b[path as 'n']) || naiveCompare(a.id, b.id)
              return direction === 'asc' ? order : -order
            })
            for (const where of conditions) {
              const expected = sorted.filter((one) => naiveMatch(one, where)).map(({ id }) => id)
              const found: string[] = []
              let after: string | null | undefined
              while (after !== null) {
                const page = await c.find({
                  where: where as object,
                  orderBy: { [path]: direction } as object,
                  limit,
                  after,
                })
                found.push(...page.items.map(({ id }) => id))
                after = page.next
              }
              expect({ where, path, direction, found }).toEqual({ where, path, direction, found: expected })
              expect(await c.count(where as object)).toBe(expected.length)
            }
          },
        ),
        { numRuns: 60 },
      )
    })

    it('are unique as they are equal: never the same as true, false or text', async () => {
      const c = (await (await createDatabase()).open([once])).collection(once)
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom('n', 'mixed', 'open'),
          fc.array(fc.oneof(anyScalar, fc.constantFrom<Scalar[]>(1, true, 0, false, '1', 'true')), { maxLength: 12 }),
          async (path, tried) => {
            for (const { id } of (await c.find({ limit: 1000 })).items) await c.delete(id)
            const taken: Scalar[] = []
            for (const value of tried.filter((one) => path !== 'n' || typeof one === 'number')) {
              const writing = c.insert({ [path]: value })
              if (value !== null && taken.includes(value)) {
                expect((await rejection(UniqueViolation, writing)).details.fields).toEqual([path])
              } else {
                await writing
                taken.push(value)
              }
            }
          },
        ),
        { numRuns: 60 },
      )
    })
  })
}
