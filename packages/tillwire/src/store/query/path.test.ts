import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { yieldsAnew } from './path.ts'

const item = z.object({ a: z.int().min(0), b: z.string().nullable().optional() })
interface Tree {
  below: Tree[]
}
const tree: z.ZodType<Tree> = z.object({
  get below() {
    return z.array(tree)
  },
})

describe('whether a schema yields anew all that it yields', () => {
  it.each([
    ['objects in lists and records', z.object({ list: z.array(item).default([]), of: z.record(z.string(), item) })],
    ['a choice of objects', z.object({ one: z.union([item, z.object({ kind: z.literal('x') })]) })],
    ['an object that refuses other members', z.strictObject({ item })],
    ['a schema within itself', z.object({ tree })],
  ])('it does: %s', (_, schema) => expect(yieldsAnew(schema)).toBe(true))

  it.each([
    ['what is not looked into', z.object({ a: z.unknown() })],
    ['anything under any name', z.looseObject({ item })],
    ['values of a record', z.object({ a: z.record(z.string(), z.any()) })],
    ['a list of anything', z.object({ a: z.array(z.any()) })],
    ['one of a choice', z.object({ a: z.union([item, z.any()]) })],
    ['JSON', z.object({ a: z.json() })],
    ['a test of its own', z.object({ a: z.custom<object>((value) => typeof value === 'object') })],
    ['code of its own', z.object({ a: item.transform((value) => value) })],
    ['what stands for the wrong', z.object({ a: item.catch((context) => context.value as never) })],
  ])('that is not known: %s', (_, schema) => expect(yieldsAnew(schema)).toBe(false))
})
