import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { copyJson, MAX_DEPTH, MAX_PATH, type NotJson, takeInput, toJson } from './json.ts'

class Told extends Error {
  readonly problem: NotJson
  constructor(problem: NotJson) {
    super(problem.reason)
    this.problem = problem
  }
}

function refuse(problem: NotJson): never {
  throw new Told(problem)
}
const convert = (value: unknown) => toJson(value, refuse)
const take = (value: unknown) => takeInput(value as object, refuse)

function problemOf(value: unknown, work: (value: unknown) => unknown = convert): NotJson {
  try {
    work(value)
  } catch (error) {
    if (error instanceof Told) return error.problem
    throw error
  }
  throw new Error('It was not refused')
}

const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)])

describe('a value as JSON', () => {
  it('is the same object when JSON keeps it as it is', () => {
    const value = { text: 'a', list: [1, { deep: null }, true], none: Object.create(null) }
    expect(convert(value)).toBe(value)
  })

  it('has no undefined members, and the original keeps them', () => {
    const value = { a: undefined, b: [0, { c: 0, d: undefined }], e: 1 }
    expect(convert(value)).toStrictEqual({ b: [0, { c: 0 }], e: 1 })
    expect(value).toStrictEqual({ a: undefined, b: [0, { c: 0, d: undefined }], e: 1 })
  })

  it('is refused where JSON would lose something, which is told by its path', () => {
    expect(problemOf({ a: 1, b: [0, { c: [new Date(0)] }] })).toMatchObject({ path: 'b.1.c.0' })
    expect(problemOf({ a: { b: 1 }, c: [[1], Number.NaN] })).toEqual({ path: 'c.1', reason: 'is not a finite number' })
    expect(problemOf({ a: [{ b: 1n }] })).toMatchObject({ path: 'a.0.b', reason: expect.stringContaining('bigint') })
    expect(problemOf([undefined])).toMatchObject({ path: '0' })
    expect(problemOf({ a: [-0] })).toMatchObject({ path: 'a.0', reason: expect.stringContaining('-0') })
  })

  it('is refused where no engine keeps a text or a name', () => {
    expect(problemOf({ a: ['b\0'] })).toMatchObject({ path: 'a.0', reason: expect.stringContaining('NUL') })
    expect(problemOf({ a: '\ud800' }).reason).toContain('surrogate')
    expect(problemOf({ a: { '\ud800': 1 } })).toMatchObject({
      path: 'a.\ufffd',
      reason: expect.stringContaining('surrogate'),
    })
    expect(problemOf({ 'b\0': 1 })).toMatchObject({ path: 'b\ufffd', reason: expect.stringContaining('NUL') })
  })

  it('is told by a path of bounded length, however deep it lies and however long its names are', () => {
    const deep = Array.from({ length: 90 }).reduce<unknown>((value) => ({ ['x'.repeat(100_000)]: value }), Number.NaN)
    expect(problemOf(deep).path.length).toBeLessThanOrEqual(MAX_PATH)
  })

  it('is no list that is an instance of a class, and may be one of another realm', () => {
    expect(problemOf({ a: [class extends Array {}.of(1, 2)] })).toMatchObject({
      path: 'a.0',
      reason: expect.stringContaining('instance of a class'),
    })
    const value = runInNewContext('({ a: [1, [2]] })')
    expect(convert(value)).toBe(value)
    expect(take(value)).toEqual({ a: [1, [2]] })
  })

  it('may nest so deep, and is no circle', () => {
    expect(convert(nested(MAX_DEPTH))).toEqual(nested(MAX_DEPTH))
    expect(problemOf(nested(MAX_DEPTH + 2)).reason).toMatch(/nests deeper/)
    const circle: { self?: unknown } = {}
    circle.self = circle
    expect(problemOf(circle).reason).toMatch(/nests deeper/)
  })
})

describe('what a caller gave', () => {
  const symbol = Symbol('s')
  const hidden = Object.defineProperty({ a: 1 }, 'b', { value: 2, enumerable: false })
  const sparse = [1, 2, 3]
  delete sparse[1]
  const withMember = Object.assign([1], { more: 2 })

  it.each([
    ['__proto__', { a: JSON.parse('[{"__proto__": {"x": 1}}]') }, 'a.0.__proto__'],
    ['__proto__ at the top', JSON.parse('{"__proto__": 1}'), '__proto__'],
    ['a member by a symbol', { a: { [symbol]: 1 } }, 'a'],
    ['a hidden member', { a: hidden }, 'a'],
    ['a hole in an array', { a: sparse }, 'a'],
    ['a member beside the items of an array', { a: withMember }, 'a'],
    ['a list that is an instance of a class', { a: [class extends Array {}.of(1, 2)] }, 'a.0'],
    ['a list without a prototype', { a: Object.setPrototypeOf([1], null) }, 'a'],
    ['no object', 'text', ''],
    ['null', null, ''],
    ['an array', [], ''],
  ])('is refused where a schema or JSON would lose something without a word: %s', (_, value, path) => {
    expect(problemOf(value, take)).toMatchObject({ path })
  })

  it('nests at most so deep, whatever it is', () => {
    const circle: { self?: unknown } = {}
    circle.self = circle
    let deep: unknown = 1
    for (let i = 0; i < 20_000; i++) deep = [deep]
    for (const value of [circle, { deep }]) {
      const { path, reason } = problemOf(value, take)
      expect(reason).toMatch(/nests deeper/)
      expect(path.length).toBeLessThanOrEqual(MAX_PATH)
    }
  })

  it('is as it was at the call, and what is no plain value is left to the schema', () => {
    const date = new Date(0)
    const value = { list: [{ a: 1 }], none: undefined, date, f: convert }
    const taken = take(value)
    expect(taken).toStrictEqual(value)
    value.list[0]!.a = 2
    expect(taken).toMatchObject({ list: [{ a: 1 }], date, f: convert })
  })
})

it('a copy of JSON shares nothing with it, and keeps every name', () => {
  const json = JSON.parse('{"a": [{"b": 1}], "__proto__": {"c": 2}, "constructor": null}')
  const copied = copyJson(json)
  expect(JSON.stringify(copied)).toBe(JSON.stringify(json))
  expect(copied.a[0]).not.toBe(json.a[0])
})
