import { describe, expect, it } from 'vitest'
import { MAX_DEPTH, type NotJson, toJson } from './json.ts'

class Told extends Error {
  readonly problem: NotJson
  constructor(problem: NotJson) {
    super(problem.reason)
    this.problem = problem
  }
}

const convert = (value: unknown) =>
  toJson(value, (problem) => {
    throw new Told(problem)
  })

function problemOf(value: unknown): NotJson {
  try {
    convert(value)
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

  it('has no undefined members and no -0, and the original keeps them', () => {
    const value = { a: undefined, b: [-0, { c: -0, d: undefined }], e: 1 }
    expect(convert(value)).toEqual({ b: [0, { c: 0 }], e: 1 })
    expect(Object.keys(convert(value) as object)).toEqual(['b', 'e'])
    expect(value).toEqual({ a: undefined, b: [-0, { c: -0, d: undefined }], e: 1 })
  })

  it('is refused where JSON would lose something, which is told by its path', () => {
    expect(problemOf({ a: 1, b: [0, { c: [new Date(0)] }] })).toMatchObject({ path: 'b.1.c.0' })
    expect(problemOf({ a: { b: 1 }, c: [[1], Number.NaN] })).toEqual({ path: 'c.1', reason: 'is not a finite number' })
    expect(problemOf({ a: [{ b: 1n }] })).toMatchObject({ path: 'a.0.b', reason: expect.stringContaining('bigint') })
    expect(problemOf([undefined])).toMatchObject({ path: '0' })
  })

  it('may nest so deep, and is no circle', () => {
    expect(convert(nested(MAX_DEPTH))).toEqual(nested(MAX_DEPTH))
    expect(problemOf(nested(MAX_DEPTH + 2)).reason).toMatch(/nests deeper/)
    const circle: { self?: unknown } = {}
    circle.self = circle
    expect(problemOf(circle).reason).toMatch(/nests deeper/)
  })
})
