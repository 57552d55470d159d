import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { currentRequest, IdempotencyConflict, type ManualClock, manualClock, withRequest } from '../core/index.ts'
import { openStore, type Store } from '../store/index.ts'
import {
  CannotUndo,
  InvalidWorkflowInput,
  NotRecordable,
  openWorkflows,
  RunParked,
  RunPending,
  type Step,
  type Workflows,
  workflow,
  workflowCollections,
  workflowRuns,
  workflowSteps,
} from './index.ts'
import { MAX_WAITS, STEP_TRIES } from './run.ts'
import { Away, Outside, Refused } from './testing/outside.ts'
import { failing, making as makingAt, stepsWorkflow } from './testing/steps.ts'

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

/** Lets every wait pass until nothing is left to be done. */
async function recoverAll() {
  for (let turn = 0; turn <= MAX_WAITS; turn++) {
    clock.advance('1h')
    await workflows.recover()
  }
}

describe('a run', () => {
  it('records each intent, with its request and key, before the step and its result after it', async () => {
    const seen: unknown[] = []
    const flow = stepsWorkflow({
      first: {
        request: { asked: 'thing' },
        async do({ runId, key }) {
          const run = await store.collection(workflowRuns).get(runId)
          const document = await store.collection(workflowSteps).get(`${runId}:0`)
          seen.push(
            run?.steps.map(({ name, state, key }) => ({ name, state, key, request: document?.request })),
            key,
          )
          return 'made'
        },
      },
      second: {
        async do({ runId }) {
          const run = await store.collection(workflowRuns).get(runId)
          const document = await store.collection(workflowSteps).get(`${runId}:0`)
          return [run?.steps.map(({ state }) => state), document?.result]
        },
      },
    })
    const results = await workflows.run(flow, [])
    expect(seen).toEqual([[{ name: 'first', state: 'begun', request: '{"asked":"thing"}', key: seen[1] }], seen[1]])
    expect(results[1]).toEqual([['done', 'begun'], '"made"'])
    expect(await only()).toMatchObject({ status: 'completed', steps: [{ state: 'done' }, { state: 'done' }] })
  })

  it('returns its outcome again under its key without running again', async () => {
    const flow = stepsWorkflow({ make: making('a') })
    const first = await workflows.run(flow, ['x'], { key: 'k' })
    expect(await workflows.run(flow, ['x'], { key: 'k' })).toEqual(first)
    expect(outside.keys).toHaveLength(1)
  })

  it('is joined by calls with the same key, in this process and in another', async () => {
    const gate = Promise.withResolvers<void>()
    const flow = stepsWorkflow({
      make: making('a', {
        async do({ key }) {
          await gate.promise
          return outside.make('a', key)
        },
      }),
    })
    const other = openWorkflows({ store, clock })
    const calls = [workflows, workflows, other, other].map((each) => each.run(flow, [], { key: 'k' }))
    setImmediate(gate.resolve)
    expect(await Promise.all(calls)).toMatchObject(Array(4).fill([{ name: 'a' }]))
    expect(outside.things).toEqual(['a'])
    await other.close()
  })

  it('keeps the request that began it, gives it to its steps and undos, and shows it', async () => {
    const seen: unknown[] = []
    let away = STEP_TRIES
    const flow = stepsWorkflow({
      a: {
        do: ({ requestId }) => void seen.push(requestId, currentRequest()),
        undo(_, { requestId }) {
          if (away-- > 0) throw new Away()
          seen.push(requestId, currentRequest())
        },
      },
      b: failing,
    })
    await workflows.run(flow, [], { key: 'k', requestId: 'req_1' }).catch(() => {})
    await workflows.run(flow, [], { key: 'k', requestId: 'req_2' }).catch(() => {})
    await recoverAll()
    expect(seen).toEqual(['req_1', 'req_1', 'req_1', 'req_1'])
    expect(await only()).toMatchObject({ status: 'failed', requestId: 'req_1' })
  })

  it('is begun by the request that is being worked for, or by none', async () => {
    const flow = stepsWorkflow({ a: { do: ({ requestId }) => requestId } })
    expect(await withRequest('req_3', () => workflows.run(flow, []))).toEqual(['req_3'])
    expect(await workflows.run(flow, [])).toEqual([null])
  })

  it('is a new attempt without a key', async () => {
    const flow = stepsWorkflow({ make: making('a') })
    await workflows.run(flow, [])
    await workflows.run(flow, [])
    expect(outside.things).toEqual(['a', 'a'])
  })

  it('refuses a key that was used with other input', async () => {
    const flow = stepsWorkflow({ make: making('a') })
    await workflows.run(flow, ['x'], { key: 'k' })
    await expect(workflows.run(flow, ['y'], { key: 'k' })).rejects.toSatisfy((e) => IdempotencyConflict.is(e))
  })

  it('refuses input that does not match before anything is recorded', async () => {
    const flow = stepsWorkflow({ make: making('a') })
    await expect(workflows.run(flow, [1] as never)).rejects.toSatisfy((e) => InvalidWorkflowInput.is(e))
    expect((await workflows.list()).items).toEqual([])
  })

  it('is listed by status, page by page', async () => {
    for (let count = 0; count < 3; count++) await workflows.run(stepsWorkflow({ make: making('a') }), [])
    await workflows.run(stepsWorkflow({ make: failing }, 'test.failing'), []).catch(() => {})
    const page = await workflows.list({ status: 'completed', limit: 2 })
    const rest = await workflows.list({ status: 'completed', limit: 2, after: page.next! })
    expect([...page.items, ...rest.items]).toHaveLength(3)
    expect(rest.next).toBeNull()
    expect((await workflows.list({ status: 'failed' })).items).toMatchObject([{ workflow: 'test.failing' }])
  })
})

describe('a failing run', () => {
  it('is undone in reverse, and says why under its key for ever', async () => {
    const undone: string[] = []
    const flow = stepsWorkflow({
      a: making('a', { undo: () => void undone.push('a') }),
      b: making('b', { undo: () => void undone.push('b') }),
      c: failing,
    })
    await expect(workflows.run(flow, [], { key: 'k' })).rejects.toBeInstanceOf(Refused)
    expect(undone).toEqual(['b', 'a'])
    const again = await workflows.run(flow, [], { key: 'k' }).catch((error) => error)
    expect(Refused.is(again)).toBe(true)
    expect(again).toMatchObject({ message: 'the rest is refused.', details: { what: 'the rest' } })
    expect(await only()).toMatchObject({
      status: 'failed',
      error: { code: 'refused' },
      steps: [{ state: 'undone' }, { state: 'undone' }, { state: 'absent' }],
    })
  })

  it('tries again under the same key while the outside is away, and not for ever', async () => {
    outside.fail('away-before', 'away-after')
    expect(await workflows.run(stepsWorkflow({ a: making('a') }), [])).toMatchObject([{ name: 'a' }])
    expect(outside.things).toEqual(['a'])
    expect(new Set(outside.keys).size).toBe(1)

    outside.fail(...Array(STEP_TRIES).fill('away-before'))
    await expect(workflows.run(stepsWorkflow({ b: making('b') }), [])).rejects.toSatisfy((e) => Away.is(e))
    expect(outside.things).toEqual(['a'])
  })

  it('finds out what became of a step before it undoes it', async () => {
    outside.fail(...Array(STEP_TRIES).fill('away-after'))
    await expect(workflows.run(stepsWorkflow({ a: making('a') }), [])).rejects.toSatisfy((e) => Away.is(e))
    expect(outside.things).toEqual([])
    expect(await only()).toMatchObject({ status: 'failed', steps: [{ state: 'undone' }] })
  })

  it('goes on undoing with back-off, without letting its caller wait', async () => {
    let away = STEP_TRIES + 1
    const make = making('a', {
      undo() {
        if (away-- > 0) throw new Away()
        outside.remove('a')
      },
    })
    const flow = stepsWorkflow({ a: make, b: failing })
    await expect(workflows.run(flow, [], { key: 'k' })).rejects.toSatisfy((e) => Refused.is(e))
    expect(await only()).toMatchObject({ status: 'undoing' })
    await expect(workflows.run(flow, [], { key: 'k' })).rejects.toSatisfy((e) => Refused.is(e))
    expect(await workflows.recover()).toBe(0)
    await recoverAll()
    expect(outside.things).toEqual([])
    expect(await only()).toMatchObject({ status: 'failed' })
  })

  it('is not parked while its undoing comes on, however often it waits in all', async () => {
    const remove = Array(MAX_WAITS).fill('away-before')
    for (const name of ['a', 'b']) outside.follow(name, { make: [], find: [], remove, never: null })
    await workflows.run(stepsWorkflow({ a: making('a'), b: making('b'), c: failing }), []).catch(() => {})
    await recoverAll()
    await recoverAll()
    expect(await only()).toMatchObject({ status: 'failed' })
    expect(outside.things).toEqual([])
  })

  it('is parked for an operator when it cannot be undone, and goes on when retried', async () => {
    let away = true
    const make = making('a', {
      undo() {
        if (away) throw new Away()
        outside.remove('a')
      },
    })
    const flow = stepsWorkflow({ a: make, b: failing })
    await workflows.run(flow, [], { key: 'k' }).catch(() => {})
    await recoverAll()
    expect(await only()).toMatchObject({ status: 'parked', error: { code: 'away' } })
    await expect(workflows.run(flow, [], { key: 'k' })).rejects.toSatisfy((e) => RunParked.is(e))

    away = false
    await workflows.retry((await only()).id)
    await workflows.recover()
    expect(await only()).toMatchObject({ status: 'failed', error: { code: 'refused' } })
    expect(outside.things).toEqual([])
  })

  it('is parked when a step returns what cannot be on record, and does not try it for ever', async () => {
    const flow = stepsWorkflow({
      a: making('a', {
        do({ key }) {
          outside.make('a', key)
          return new (class Thing {
            name = 'a'
          })()
        },
      }),
    })
    await expect(workflows.run(flow, [])).rejects.toSatisfy((e) => RunParked.is(e))
    expect(await only()).toMatchObject({
      status: 'parked',
      error: { code: NotRecordable.code },
      steps: [{ state: 'begun' }],
    })
    await recoverAll()
    expect(outside.keys).toHaveLength(1)
  })

  it('fails when its own code throws between steps, or returns what is not its output', async () => {
    const flow = workflow({
      name: 'test.code',
      version: 1,
      input: z.enum(['throw', 'return', 'return function']),
      output: z.union([z.string(), z.function()]),
      async run(ctx, input) {
        await ctx.step('make', making(input))
        if (input === 'throw') throw new Refused('it')
        return input === 'return' ? (5 as never) : () => 5
      },
    })
    await expect(workflows.run(flow, 'throw')).rejects.toSatisfy((e) => Refused.is(e))
    await expect(workflows.run(flow, 'return')).rejects.toThrow()
    await expect(workflows.run(flow, 'return function')).rejects.toSatisfy((e) => NotRecordable.is(e))
    expect((await workflows.list({ status: 'failed' })).items).toHaveLength(3)
    expect(outside.things).toEqual([])
  })
})

describe('a step that cannot be taken back', () => {
  const final = (name: string) => making(name, { irreversible: true, undo: undefined, resolve: undefined })

  it('goes forward with back-off while its outcome is not known', async () => {
    outside.fail(...Array(STEP_TRIES).fill('away-after'))
    const flow = stepsWorkflow({ a: final('a'), b: making('b') })
    await expect(workflows.run(flow, [], { key: 'k' })).rejects.toSatisfy((e) => RunPending.is(e) && Away.is(e.cause))
    expect(await only()).toMatchObject({ status: 'running' })
    clock.advance('1h')
    expect(await workflows.recover()).toBe(1)
    expect(outside.things).toEqual(['a', 'b'])
    expect(await workflows.run(flow, [], { key: 'k' })).toMatchObject([{ name: 'a' }, { name: 'b' }])
  })

  it('is not parked while its run comes on, however often that waits in all', async () => {
    const make = Array(MAX_WAITS).fill('away-before')
    for (const name of ['a', 'b']) outside.follow(name, { make, find: [], remove: [], never: null })
    await workflows.run(stepsWorkflow({ a: final('a'), b: final('b') }), []).catch(() => {})
    await recoverAll()
    await recoverAll()
    expect(await only()).toMatchObject({ status: 'completed' })
    expect(outside.things).toEqual(['a', 'b'])
  })

  it('is gone on with at once by a caller who asks again', async () => {
    outside.fail(...Array(STEP_TRIES).fill('away-before'))
    const flow = stepsWorkflow({ a: final('a') })
    await workflows.run(flow, [], { key: 'k' }).catch(() => {})
    expect(await workflows.run(flow, [], { key: 'k' })).toMatchObject([{ name: 'a' }])
  })

  it('parks a run that fails after it', async () => {
    const flow = stepsWorkflow({ a: final('a'), b: failing })
    const error = await workflows.run(flow, []).catch((reason) => reason)
    expect(RunParked.is(error) && error.details.reason).toBe(CannotUndo.code)
    expect(outside.things).toEqual(['a'])
  })

  it('is undone like any other when it was refused', async () => {
    const flow = stepsWorkflow({ a: making('a'), b: { ...final('b'), do: failing.do } })
    await expect(workflows.run(flow, [])).rejects.toSatisfy((e) => Refused.is(e))
    expect(outside.things).toEqual([])
  })
})
