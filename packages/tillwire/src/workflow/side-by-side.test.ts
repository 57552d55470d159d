import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type ManualClock, manualClock } from '../core/index.ts'
import { openStore, type Store } from '../store/index.ts'
import {
  openWorkflows,
  type Step,
  type Workflow,
  type WorkflowContext,
  type Workflows,
  workflow,
  workflowCollections,
} from './index.ts'
import { Away, Outside, Refused } from './testing/outside.ts'
import { failing, making as makingAt } from './testing/steps.ts'

let clock: ManualClock
let store: Store
let workflows: Workflows
let outside: Outside
beforeEach(async () => {
  clock = manualClock()
  store = await openStore({ url: 'memory:', collections: workflowCollections, clock })
  workflows = openWorkflows({ store, clock })
  outside = new Outside()
})
afterEach(async () => {
  await workflows.close()
  await store.close()
})

const making = (name: string, extra: Partial<Step<{ name: string }>> = {}) => makingAt(outside, name, extra)

function flowOf(run: (ctx: WorkflowContext) => Promise<unknown>): Workflow<z.ZodNull, z.ZodUnknown> {
  return workflow({ name: 'test.side-by-side', version: 1, input: z.null(), output: z.unknown(), run })
}

async function only() {
  const { items } = await workflows.list()
  expect(items).toHaveLength(1)
  return items[0]!
}

/** A step that is under way until it is told to go on, and how often it was under way at once. */
function gated(name: string) {
  const gate = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  let now = 0
  const seen = { most: 0 }
  const step = making(name, {
    async do({ key }) {
      seen.most = Math.max(seen.most, ++now)
      begun.resolve()
      await gate.promise
      now--
      return outside.make(name, key)
    },
  })
  return { step, seen, begun: begun.promise, goOn: gate.resolve }
}

describe('steps that are asked for side by side', () => {
  it('run one after the other, and all return', async () => {
    let under = 0
    const step = (name: string) =>
      making(name, {
        async do({ key }) {
          expect(++under).toBe(1)
          await new Promise((resolve) => setImmediate(resolve))
          under--
          return outside.make(name, key)
        },
      })
    const flow = flowOf((ctx) => Promise.all(['a', 'b', 'c'].map((name) => ctx.step(name, step(name)))))
    expect(await workflows.run(flow, null)).toMatchObject([{ name: 'a' }, { name: 'b' }, { name: 'c' }])
    expect(outside.things).toEqual(['a', 'b', 'c'])
    expect(await only()).toMatchObject({ status: 'completed' })
  })

  it('are undone when one of them fails; what was not begun is not begun', async () => {
    const flow = flowOf((ctx) =>
      Promise.all([ctx.step('a', making('a')), ctx.step('b', failing), ctx.step('c', making('c'))]),
    )
    await expect(workflows.run(flow, null)).rejects.toSatisfy((error) => Refused.is(error))
    expect(outside.things).toEqual([])
    expect((await only()).steps).toEqual([
      { name: 'a', state: 'undone' },
      { name: 'b', state: 'absent' },
    ])
  })

  it('are asked for in the same order again, however the chains that they are in come on', async () => {
    let away = true
    const last = { irreversible: true as const, do: () => (away ? Promise.reject(new Away()) : 'end') }
    const chain = async (ctx: WorkflowContext, name: string, hops: number) => {
      for (const part of [1, 2, 3]) {
        await ctx.step(`${name}${part}`, making(`${name}${part}`))
        for (let hop = 0; hop < hops; hop++) await null
      }
    }
    const flow = flowOf(async (ctx) => {
      await Promise.all([chain(ctx, 'a', 9), chain(ctx, 'b', 0), chain(ctx, 'c', 3)])
      return ctx.step('last', last)
    })
    await workflows.run(flow, null, { key: 'k' }).catch(() => {})
    away = false
    const next = openWorkflows({ store, clock })
    expect(await next.run(flow, null, { key: 'k' })).toBe('end')
    expect(outside.things).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'c2', 'a3', 'b3', 'c3'])
    await next.close()
  })

  it('are told apart from steps inside steps, which fail instead of waiting for themselves', async () => {
    const flow = flowOf((ctx) => ctx.step('a', { do: () => ctx.step('b', making('b')) }))
    await expect(workflows.run(flow, null)).rejects.toThrow('was begun inside another one')
    expect(outside.things).toEqual([])
  })
})

describe('a step that the code does not wait for', () => {
  it('is waited for and undone when the code fails meanwhile, and never runs twice at once', async () => {
    const slow = gated('slow')
    const flow = flowOf((ctx) => {
      const timer = slow.begun.then(() => Promise.reject(new Refused('waiting longer')))
      return Promise.race([ctx.step('slow', slow.step), timer])
    })
    const call = workflows.run(flow, null)
    await slow.begun
    setImmediate(slow.goOn)
    await expect(call).rejects.toSatisfy((error) => Refused.is(error))
    expect(slow.seen.most).toBe(1)
    expect(outside.keys).toHaveLength(1)
    expect(outside.things).toEqual([])
    expect((await only()).steps).toEqual([{ name: 'slow', state: 'undone' }])
  })

  it('is done when its run is complete', async () => {
    const slow = gated('slow')
    const flow = flowOf((ctx) => Promise.race([ctx.step('slow', slow.step), slow.begun.then(() => 'the timer')]))
    const call = workflows.run(flow, null)
    await slow.begun
    setImmediate(slow.goOn)
    expect(await call).toBe('the timer')
    expect(outside.things).toEqual(['slow'])
    expect(await only()).toMatchObject({ status: 'completed', steps: [{ state: 'done' }] })
  })

  it('fails its run although the code has ended well', async () => {
    const begun = Promise.withResolvers<void>()
    const slow: Step<never> = {
      do() {
        begun.resolve()
        throw new Refused('it')
      },
    }
    const flow = flowOf(async (ctx) => {
      await ctx.step('first', making('first'))
      void ctx.step('slow', slow)
      await begun.promise
      return 'well'
    })
    await expect(workflows.run(flow, null)).rejects.toSatisfy((error) => Refused.is(error))
    expect(outside.things).toEqual([])
  })

  it('is not begun any more when the code has ended', async () => {
    const late = Promise.withResolvers<void>()
    let told: unknown
    const flow = flowOf(async (ctx) => {
      void late.promise.then(() => ctx.step('late', making('late'))).catch((error) => (told = error))
      return 'well'
    })
    expect(await workflows.run(flow, null)).toBe('well')
    late.resolve()
    await expect.poll(() => told).toMatchObject({ code: 'run_over', details: { step: 'late' }, retryable: false })
    expect(outside.things).toEqual([])
  })
})
