import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type ManualClock, manualClock } from '../core/index.ts'
import { openStore, type Store } from '../store/index.ts'
import {
  openWorkflows,
  RunParked,
  type RunPoint,
  RunTooLarge,
  type Step,
  type Workflows,
  workflow,
  workflowCollections,
  workflowSteps,
} from './index.ts'
import { MAX_REQUEST_BYTES, MAX_RESULT_BYTES, MAX_RUN_BYTES, MAX_STEPS } from './run.ts'
import { Outside } from './testing/outside.ts'
import { making, stepsWorkflow } from './testing/steps.ts'

const MEGABYTE = 1_000_000

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

/** Makes a thing, then runs a step so many times under other names, and returns how much they returned. */
function repeating(count: number, step: Step<string>) {
  return workflow({
    name: 'test.repeating',
    version: 1,
    input: z.null(),
    output: z.int(),
    async run(ctx) {
      await ctx.step('make', making(outside, 'a'))
      let length = 0
      for (let at = 0; at < count; at++) length += (await ctx.step(`step ${at}`, step)).length
      return length
    },
  })
}
const documents = () => store.collection(workflowSteps).count()

describe('a run', () => {
  it('keeps sixty results of a megabyte, and nothing of them when it has ended', async () => {
    const text = 'x'.repeat(MEGABYTE)
    expect(await workflows.run(repeating(60, { do: () => text }), null)).toBe(60 * MEGABYTE)
    expect(await documents()).toBe(0)
  })

  it('writes with a record what its own step returned, and nothing of the others', async () => {
    const text = 'x'.repeat(MEGABYTE)
    const sizes: number[] = []
    const measured: Store = {
      ...store,
      collection: (definition) => store.collection(definition),
      commit(commit) {
        sizes.push(JSON.stringify(commit.writes.map((write) => 'document' in write && write.document)).length)
        return store.commit(commit)
      },
    }
    await openWorkflows({ store: measured, clock }).run(repeating(20, { do: () => text }), null)
    expect(Math.max(...sizes)).toBeLessThan(MEGABYTE + 20_000)
  })

  it('is undone when it asks for more steps than a run has, or keeps more than a run may', async () => {
    const more = repeating(MAX_STEPS, { do: () => 'x' })
    await expect(workflows.run(more, null)).rejects.toSatisfy((error) => RunTooLarge.is(error))
    const text = 'x'.repeat(MAX_RESULT_BYTES - 2)
    const larger = repeating(MAX_RUN_BYTES / MAX_RESULT_BYTES + 2, { do: () => text })
    await expect(workflows.run(larger, null)).rejects.toSatisfy((error) => RunTooLarge.is(error))
    expect(outside.things).toEqual([])
    expect((await workflows.list({ status: 'failed' })).items).toHaveLength(2)
    expect(await documents()).toBe(0)
  })

  it('is undone when a step asks for more than is kept: it does not happen', async () => {
    const request = { text: 'x'.repeat(MAX_REQUEST_BYTES) }
    const flow = stepsWorkflow({ a: making(outside, 'a'), b: making(outside, 'b', { request }) })
    await expect(workflows.run(flow, [])).rejects.toSatisfy((error) => RunTooLarge.is(error))
    expect(outside.keys).toHaveLength(1)
    expect(outside.things).toEqual([])
  })

  it('is parked when a step that has happened returned more than is kept', async () => {
    const flow = stepsWorkflow({ a: making(outside, 'a'), b: { do: () => 'x'.repeat(MAX_RESULT_BYTES) } })
    const error = await workflows.run(flow, []).catch((reason) => reason)
    expect(RunParked.is(error) && error.details.reason).toBe(RunTooLarge.code)
    expect(outside.things).toEqual(['a'])
  })

  it('has what its steps left removed by another process, when its own dies meanwhile', async () => {
    const dead = new Promise<never>(() => {})
    const text = 'x'.repeat(MEGABYTE)
    let forgotten = 0
    // A process that is killed at the second batch: it does nothing any more.
    const dying: Store = {
      ...store,
      collection: (definition) => store.collection(definition),
      commit: (commit) => (forgotten > 1 ? dead : store.commit(commit)),
    }
    const reached = ({ record, when }: RunPoint) => {
      if (record === 'forget' && when === 'before') forgotten++
    }
    const flow = repeating(20, { do: () => text })
    void openWorkflows({ store: dying, clock, observer: { reached } }).run(flow, null, { key: 'k' })
    await expect.poll(() => forgotten).toBe(2)
    expect(await documents()).toBeGreaterThan(0)
    expect(await workflows.run(flow, null, { key: 'k' })).toBe(20 * MEGABYTE)

    clock.advance('11s')
    expect(await workflows.recover()).toBe(1)
    expect(await documents()).toBe(0)
    expect(await workflows.recover()).toBe(0)
    expect(await workflows.run(flow, null, { key: 'k' })).toBe(20 * MEGABYTE)
  })
})
