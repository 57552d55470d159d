import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type ManualClock, manualClock } from '../core/index.ts'
import { openStore, type Store } from '../store/index.ts'
import {
  OutcomeUnknown,
  openWorkflows,
  type Step,
  type StepContext,
  WorkflowChanged,
  type Workflows,
  WorkflowsClosed,
  workflowCollections,
  workflowRuns,
} from './index.ts'
import { STEP_TRIES } from './run.ts'
import { Away, Outside, Refused } from './testing/outside.ts'
import { failing, making as makingAt, type StepsWorkflow, stepsWorkflow } from './testing/steps.ts'

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

async function only() {
  const { items } = await workflows.list()
  expect(items).toHaveLength(1)
  return items[0]!
}

it('recovers nothing where no workflow is known', async () => {
  expect(await workflows.recover()).toBe(0)
})

describe('an outcome that nobody knows', () => {
  /** Begins a run whose step has no end in this process, as if the process had died in it. */
  async function abandon(flow: StepsWorkflow) {
    const begun = Promise.withResolvers<void>()
    const dead = openWorkflows({ store, clock })
    const stuck = stepsWorkflow({
      a: making('a', {
        do({ key }) {
          outside.make('a', key)
          begun.resolve()
          return new Promise<never>(() => {})
        },
      }),
    })
    void dead.run(stuck, [], { key: 'k' }).catch(() => {})
    await begun.promise
    workflows.register(flow)
  }

  it('is found out with the same key while that can be replayed', async () => {
    const contexts: StepContext[] = []
    const flow = stepsWorkflow({
      a: making('a', {
        do(context) {
          contexts.push(context)
          return outside.make('a', context.key)
        },
      }),
    })
    await abandon(flow)
    expect(await workflows.recover()).toBe(0)
    clock.advance('11s')
    expect(await workflows.recover()).toBe(1)
    expect(contexts).toMatchObject([
      { uncertain: true, key: outside.keys[0], firstTriedAt: '2026-01-01T00:00:00.000Z' },
    ])
    expect(outside.things).toEqual(['a'])
    expect(await workflows.run(flow, [], { key: 'k' })).toMatchObject([{ name: 'a' }])
  })

  it('is looked up when the key is past its life', async () => {
    const flow = stepsWorkflow({ a: making('a', { resolve: async () => outside.find('a') }) })
    await abandon(flow)
    outside.forgetKeys()
    clock.advance('23h')
    await workflows.recover()
    expect(outside.keys).toHaveLength(1)
    expect(await workflows.run(flow, [], { key: 'k' })).toMatchObject([{ name: 'a' }])
  })

  it('is tried under a fresh key when the look-up finds that it did not happen', async () => {
    const flow = stepsWorkflow({ a: making('a', { resolve: async () => outside.find('a') }) })
    await abandon(flow)
    outside.forgetKeys()
    outside.remove('a')
    clock.advance('23h')
    await workflows.recover()
    expect(outside.things).toEqual(['a'])
    expect(new Set(outside.keys).size).toBe(2)
  })

  it('is parked when it cannot be looked up either', async () => {
    await abandon(stepsWorkflow({ a: making('a') }))
    clock.advance('23h')
    await workflows.recover()
    expect(await only()).toMatchObject({ status: 'parked', error: { code: OutcomeUnknown.code } })
    expect(outside.things).toEqual(['a'])
  })

  it('is looked up when a later try is refused', async () => {
    const answers = [new Away(), new Refused('the same, later')]
    const flow = stepsWorkflow({
      a: making('a', {
        do({ key }) {
          if (answers.length === 2) outside.make('a', key)
          throw answers.shift()
        },
        resolve: async () => outside.find('a'),
      }),
    })
    expect(await workflows.run(flow, [])).toMatchObject([{ name: 'a' }])
  })

  it('stays unknown when the look-up itself is refused', async () => {
    const flow = stepsWorkflow({
      a: making('a', {
        resolve: async () => {
          throw new Refused('looking')
        },
      }),
    })
    outside.fail('spent-after')
    await expect(workflows.run(flow, [])).rejects.toSatisfy((e) => Refused.is(e))
    expect(await only()).toMatchObject({ status: 'undoing', steps: [{ state: 'begun' }] })
  })

  it.each([
    ['spent-before', 2],
    ['spent-after', 1],
  ] as const)('is looked up when the key brings back a stored server error (%s)', async (fault, keys) => {
    outside.fail(fault)
    const flow = stepsWorkflow({ a: making('a', { resolve: async () => outside.find('a') }) })
    expect(await workflows.run(flow, [])).toMatchObject([{ name: 'a' }])
    expect(outside.things).toEqual(['a'])
    expect(new Set(outside.keys).size).toBe(keys)
  })
})

describe('a lease', () => {
  /** A run that two processes have come to work on: each waits in its step until told. */
  async function twoOwners(work: (turn: number, context: StepContext) => unknown) {
    const turns = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    let turn = 0
    const flow = stepsWorkflow({
      a: {
        async do(context) {
          const mine = turn++
          await turns[mine]?.promise
          return work(mine, context)
        },
      },
      b: { do: () => 'b' },
    })
    const slow = openWorkflows({ store, clock, owner: 'same name' })
    const call = slow.run(flow, [], { key: 'k' })
    await expect.poll(() => turn).toBe(1)
    clock.advance('11s')
    const next = openWorkflows({ store, clock, owner: 'same name' })
    next.register(flow)
    const recovery = next.recover()
    await expect.poll(() => turn).toBe(2)
    return { call, recovery, goOn: turns.map(({ resolve }) => resolve) }
  }
  const stored = () => store.collection(workflowRuns).findOne({ key: 'k' })

  it('lets a process that has lost the run write nothing more, and gives its caller the outcome', async () => {
    const { call, recovery, goOn } = await twoOwners((turn) => `by ${turn}`)
    goOn[1]?.()
    expect(await recovery).toBe(1)
    const ended = await stored()
    expect(ended).toMatchObject({ fence: 2, status: 'completed', owner: null, dueAt: null })
    goOn[0]?.()
    expect(await call).toEqual(['by 1', 'b'])
    expect(await stored()).toEqual(ended)
  })

  it('keeps a transaction of a process that has lost the run from committing', async () => {
    const writes: number[] = []
    const { call, recovery, goOn } = await twoOwners(async (turn, context) => {
      await store.transaction((tx) => context.guard(tx))
      writes.push(turn)
    })
    goOn[0]?.()
    await expect.poll(async () => (await stored())?.status).toBe('running')
    goOn[1]?.()
    await Promise.all([call, recovery])
    expect(writes).toEqual([1])
  })

  it('is given back on close, so that another process goes on at once', async () => {
    const begun = Promise.withResolvers<void>()
    const flow = stepsWorkflow({ a: making('a'), b: making('b') })
    const interrupted = stepsWorkflow({
      a: making('a', {
        do({ key }) {
          begun.resolve()
          return outside.make('a', key)
        },
      }),
      b: making('b'),
    })
    const call = workflows.run(interrupted, [], { key: 'k' })
    await begun.promise
    const closing = workflows.close()
    await expect(call).rejects.toSatisfy((e) => WorkflowsClosed.is(e))
    await closing
    await expect(workflows.run(flow, [])).rejects.toSatisfy((e) => WorkflowsClosed.is(e))
    const next = openWorkflows({ store, clock })
    next.register(flow)
    expect(await next.recover()).toBe(1)
    expect(outside.things).toEqual(['a', 'b'])
    expect(new Set(outside.keys).size).toBe(2)
    await next.close()
  })
})

describe('a changed workflow', () => {
  it('parks runs whose recorded steps it does not have, until the right version is back', async () => {
    outside.fail(...Array(STEP_TRIES).fill('away-before'))
    const old = stepsWorkflow({ a: making('a', { irreversible: true }) })
    await workflows.run(old, [], { key: 'k' }).catch(() => {})
    workflows.register(stepsWorkflow({ renamed: making('a') }))
    clock.advance('1h')
    await workflows.recover()
    expect(await only()).toMatchObject({ status: 'parked', error: { code: WorkflowChanged.code } })

    workflows.register(old)
    await workflows.retry((await only()).id)
    await workflows.recover()
    expect(await only()).toMatchObject({ status: 'completed' })
  })

  it('parks a run whose code ends before it has come by all that is recorded', async () => {
    let away = true
    const undoable = making('a', {
      undo() {
        if (away) throw new Away()
        outside.remove('a')
      },
    })
    const flow = stepsWorkflow({ a: undoable, b: failing })
    await workflows.run(flow, []).catch(() => {})
    workflows.register({ ...flow, input: z.array(z.string()).min(1) })
    away = false
    clock.advance('1h')
    await workflows.recover()
    expect(await only()).toMatchObject({ status: 'parked', error: { code: WorkflowChanged.code } })
    expect(outside.things).toEqual(['a'])
  })

  it('never sends another request under a recorded key', async () => {
    outside.fail(...Array(STEP_TRIES).fill('away-before'))
    const old = stepsWorkflow({ a: making('a', { irreversible: true }) })
    await workflows.run(old, [], { key: 'k' }).catch(() => {})
    workflows.register(stepsWorkflow({ a: making('b', { irreversible: true }) }))
    clock.advance('1h')
    await workflows.recover()
    expect(await only()).toMatchObject({ status: 'parked', error: { code: WorkflowChanged.code } })
    expect(outside.things).toEqual([])
  })
})
