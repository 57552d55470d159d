import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NotRecordable } from './errors.ts'
import { comparable, MAX_VALUE_DEPTH, recordValue, valueOfText } from './recorded-value.ts'

const values = fc.anything({
  key: fc.oneof(fc.string(), fc.constantFrom('$', '__proto__', 'constructor', '\0', '\ud800')),
  values: [
    ...[fc.boolean(), fc.integer(), fc.double(), fc.string({ unit: 'binary' }), fc.bigInt(), fc.date()],
    ...[fc.constantFrom(undefined, null, Number.NaN, -0, '\0', 'a\udc00', new Uint8Array([1, 2]))],
  ],
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
})
const kept = (value: unknown) => valueOfText(JSON.stringify(recordValue(value, 'It')))

describe('a value on record', () => {
  it('comes back as the same value, or is refused, never as another', () => {
    let same = 0
    fc.assert(
      fc.property(values, (value) => {
        try {
          const back = kept(value)
          same++
          expect(isDeepStrictEqual(back, value)).toBe(true)
        } catch (error) {
          if (!NotRecordable.is(error)) throw error
        }
      }),
      { numRuns: 3_000 },
    )
    expect(same).toBeGreaterThan(500)
  })

  it('is JSON as it is where JSON has it', () => {
    const value = { list: [1, 'a', null, true], more: { deep: { er: 0.5 } } }
    expect(recordValue(value, 'It')).toBe(value)
  })

  it('is a new one each time', () => {
    const map = new Map([['a', { b: [1] }]])
    const text = JSON.stringify(recordValue(map, 'It'))
    expect(valueOfText(text)).not.toBe(valueOfText(text))
    expect(valueOfText(text)).toEqual(map)
  })

  class Thing {
    name = 'a'
  }
  const loop: Record<string, unknown> = {}
  loop.self = loop
  const deep = Array.from({ length: MAX_VALUE_DEPTH + 1 }).reduce((inner) => [inner], 0)
  it.each([
    ['an error', new Error('x'), 'is an error'],
    ['an instance of a class', new Thing(), 'is an instance of a class'],
    ['a boxed number', new Number(5), 'is an instance of a class'],
    ['a subclass of a map', new (class extends Map {})(), 'is an instance of a class'],
    ['a date with a field', Object.assign(new Date(0), { a: 1 }), 'is an instance of a class'],
    ['a regular expression', /a/, 'is an instance of a class'],
    ['a promise', Promise.resolve(1), 'is an instance of a class'],
    ['a function', () => 5, 'is a function'],
    ['a symbol', Symbol('x'), 'is a symbol'],
    ['an object with a symbol for a key', { [Symbol('x')]: 1 }, 'has a symbol for a key'],
    ['a list with a hole', Object.assign(Array(2), { 1: 2 }), 'is a list with holes, or with keys'],
    ['a list with a key', Object.assign([1], { a: 1 }), 'is a list with holes, or with keys'],
    ['a cycle', loop, 'nests deeper than 60, or holds itself'],
    ['a deep list', deep, 'nests deeper than 60, or holds itself'],
  ])('is refused with where it is and why: %s', (_, value, reason) => {
    expect(() => recordValue({ a: [value] }, 'It')).toThrow(reason)
    try {
      recordValue({ a: [value] }, 'It')
    } catch (error) {
      expect(NotRecordable.is(error) && String(error.details.path)).toMatch(/^a\.0/)
    }
  })

  it('of a newer program is not guessed at', () => {
    expect(() => valueOfText('{"$":"matrix","value":[]}')).toThrow(NotRecordable)
  })

  it('asks for the same as another, whatever the order of members, and what is undefined counts as absent', () => {
    const one = comparable(recordValue({ a: 1, b: { c: undefined }, d: [undefined] }, 'It'))
    expect(one).toEqual(comparable(recordValue({ d: [undefined], b: {}, a: 1, e: undefined }, 'It')))
    expect(one).not.toEqual(comparable(recordValue({ a: 1, b: {}, d: [null] }, 'It')))
  })
})
