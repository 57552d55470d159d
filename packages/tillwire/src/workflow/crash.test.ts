import fc from 'fast-check'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { manualClock } from '../core/index.ts'
import { openStore, type Store, StoreUnavailable } from '../store/index.ts'
import { openWorkflows, workflow, workflowCollections } from './index.ts'
import { MAX_WAITS } from './run.ts'
import { type Fault, Outside, Refused } from './testing/outside.ts'

const STEPS = ['a', 'b', 'c']
const RUNS = 300

/** The faults that meet its requests, whether the workflow fails at its end, and where its process loses the store. */
const plan = fc.record({
  faults: fc.array(fc.constantFrom<Fault>('refuse', 'away-before', 'away-after', 'spent-before', 'spent-after'), {
    maxLength: 6,
  }),
  fails: fc.boolean(),
  diesAt: fc.integer({ min: 1, max: 14 }),
  written: fc.boolean(),
})
type Plan = typeof plan extends fc.Arbitrary<infer P> ? P : never

/** The store as a process sees it that can no longer write: its last write may or may not have arrived. */
function dying(store: Store, { diesAt, written }: Plan): Store {
  let writes = 0
  const through = <A extends unknown[], R>(write: (...args: A) => Promise<R>) => {
    return async (...args: A): Promise<R> => {
      writes++
      if (writes === diesAt && written) await write(...args)
      if (writes >= diesAt) throw new StoreUnavailable('this process is gone')
      return write(...args)
    }
  }
  const collection: Store['collection'] = (definition) => {
    const handle = store.collection(definition)
    return {
      ...handle,
      get: (id) => handle.get(id),
      find: (options) => handle.find(options),
      findOne: (where) => handle.findOne(where),
      insert: through(handle.insert.bind(handle)),
      update: through(handle.update.bind(handle)),
    }
  }
  return { ...store, collection, transaction: (body) => store.transaction(body) }
}

async function play(chosen: Plan): Promise<{ status: string; things: string[]; requests: number }> {
  const clock = manualClock()
  const store = await openStore({ url: 'memory:', collections: workflowCollections, clock })
  const outside = new Outside()
  outside.fail(...chosen.faults)
  const flow = workflow({
    name: 'test.crash',
    version: 1,
    input: z.null(),
    output: z.null(),
    async run(ctx) {
      for (const name of STEPS) {
        await ctx.step(name, {
          request: { name },
          do: ({ key }) => outside.make(name, key),
          undo: () => outside.remove(name),
          resolve: async () => outside.find(name),
        })
      }
      if (chosen.fails) throw new Refused('the rest')
      return null
    },
  })
  const dead = openWorkflows({ store: dying(store, chosen), clock })
  await dead.run(flow, null, { key: 'k' }).catch(() => {})
  const next = openWorkflows({ store, clock })
  next.register(flow)
  for (let turn = 0; turn <= MAX_WAITS; turn++) {
    clock.advance('1h')
    await next.recover()
  }
  const run = (await next.list()).items[0]
  await next.close()
  await store.close()
  return { status: run?.status ?? 'never begun', things: outside.things, requests: outside.keys.length }
}

it('ends whole or undone, wherever its process stops and whatever the outside answers', async () => {
  const plans = fc.sample(plan, RUNS)
  const outcomes = await Promise.all(plans.map(async (chosen) => ({ chosen, ...(await play(chosen)) })))
  for (const outcome of outcomes) {
    const { chosen, status, things } = outcome
    const expected = status === 'completed' ? STEPS : []
    expect({ chosen, status, things }).toEqual({ chosen, status, things: expected })
    expect(['completed', 'failed', 'never begun'], JSON.stringify(outcome)).toContain(status)
    if (chosen.fails) expect(status, JSON.stringify(outcome)).not.toBe('completed')
  }
  // The plans reach what they are meant to reach.
  for (const status of ['completed', 'failed'])
    expect(outcomes.filter((o) => o.status === status).length).toBeGreaterThan(20)
})
