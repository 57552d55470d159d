import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { manualClock } from '../core/index.ts'
import { openStore, type Store } from '../store/index.ts'
import {
  InvalidWorkflowInput,
  NotRecordable,
  openWorkflows,
  RunParked,
  workflow,
  workflowCollections,
} from './index.ts'
import { Outside } from './testing/outside.ts'
import { making, stepsWorkflow } from './testing/steps.ts'

const clock = manualClock()
let store: Store
beforeEach(async () => {
  store = await openStore({ url: 'memory:', collections: workflowCollections, clock })
})
afterEach(() => store.close())

const open = () => openWorkflows({ store, clock })
const values = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withSet: true,
  withTypedArray: true,
  values: [
    fc.double(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom(undefined, null, -0, Number.NaN, '\0', '\ud800'),
  ],
})

/** Its step returns what it is given, its output is what the step returned. */
const echo = workflow({
  name: 'test.echo',
  version: 1,
  input: z.unknown(),
  output: z.unknown(),
  run: (ctx, input) => ctx.step('echo', { request: { input }, do: () => input }),
})

describe('what a run was given and returned', () => {
  it('is the same value at every call with its key, in every process', async () => {
    let kept = 0
    const same = async (value: unknown) => {
      const key = `key ${kept}`
      const first = await open()
        .run(echo, value, { key })
        .catch((error) => error)
      if (InvalidWorkflowInput.is(first)) return
      kept++
      expect(isDeepStrictEqual(first, value)).toBe(true)
      expect(isDeepStrictEqual(await open().run(echo, value, { key }), value)).toBe(true)
    }
    await fc.assert(fc.asyncProperty(values, same), { numRuns: 200 })
    expect(kept).toBeGreaterThan(50)
  })

  const at = new Date('2026-01-01T00:00:00.000Z')
  it.each([
    ['void', z.void(), undefined],
    ['undefined', z.undefined(), undefined],
    ['an absent optional', z.string().optional(), undefined],
    ['an object with one', z.object({ a: z.string().optional(), b: z.undefined() }), { a: 'a', b: undefined }],
    ['a date', z.date(), at],
    ['a map of dates', z.map(z.string(), z.date()), new Map([['a', at]])],
    ['a bigint', z.bigint(), 5n],
  ])('may be %s', async (_, output, value) => {
    const flow = workflow({ name: 'test.output', version: 1, input: z.null(), output, run: async () => value as never })
    const first = await open().run(flow, null, { key: 'k' })
    expect(first).toStrictEqual(value)
    expect(await open().run(flow, null, { key: 'k' })).toStrictEqual(first)
  })

  it('is what the schemas made of it the first time', async () => {
    let count = 0
    const next = () => ++count
    const flow = workflow({
      name: 'test.defaults',
      version: 1,
      input: z.object({ number: z.int().default(next), text: z.string().transform((text) => text.length) }),
      output: z.int().transform((number) => [number, next()]),
      async run(ctx, { number, text }) {
        return ctx.step('step', { do: () => number * 10 + text })
      },
    })
    const first = await open().run(flow, { text: 'abc' }, { key: 'k' })
    expect(first[0]).toBe(13)
    expect(await open().run(flow, { text: 'abc' }, { key: 'k' })).toEqual(first)
  })

  it('is given to the code as it was at first, when that is played again', async () => {
    let count = 0
    const seen: number[] = []
    const flow = workflow({
      name: 'test.replay',
      version: 1,
      input: z.object({ number: z.int().default(() => ++count) }),
      output: z.null(),
      async run(ctx, { number }) {
        seen.push(number)
        await ctx.step('step', { irreversible: true, do: () => (seen.length < 2 ? Promise.reject(new Error()) : null) })
        return null
      },
    })
    await open()
      .run(flow, {}, { key: 'k' })
      .catch(() => {})
    await open().run(flow, {}, { key: 'k' })
    expect(seen).toEqual([1, 1])
  })

  const loop: unknown[] = []
  loop.push(loop)
  it.each([
    ['an error', () => new Error('x')],
    ['an instance of a class', () => new (class Thing {})()],
    ['a function', () => () => 1],
    ['a cycle', () => loop],
  ])('parks its run when a step returned %s that cannot be kept', async (_, value) => {
    const outside = new Outside()
    const flow = stepsWorkflow({ make: making(outside, 'a'), odd: { do: () => value() } })
    const error = await open()
      .run(flow, [], { key: 'k' })
      .catch((reason) => reason)
    expect(RunParked.is(error) && error.details.reason).toBe(NotRecordable.code)
    expect(outside.things).toEqual(['a'])
  })

  it('is refused before anything is recorded when an input cannot be kept', async () => {
    const inputs = [new Error('x'), { a: () => 1 }, 'x'.repeat(300_000)]
    for (const input of inputs)
      await expect(open().run(echo, input)).rejects.toSatisfy((error) => InvalidWorkflowInput.is(error))
    expect((await open().list()).items).toEqual([])
  })
})
