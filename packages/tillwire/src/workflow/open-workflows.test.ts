import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { IdempotencyConflict, type ManualClock, manualClock } from '../core/index.ts'
import { openStore, type Store } from '../store/index.ts'
import {
  CannotUndo,
  InvalidWorkflowInput,
  OutcomeUnknown,
  openWorkflows,
  RunParked,
  RunPending,
  type Step,
  type StepContext,
  type Workflow,
  WorkflowChanged,
  type Workflows,
  WorkflowsClosed,
  workflow,
  workflowCollections,
  workflowRuns,
} from './index.ts'
import { MAX_WAITS, STEP_TRIES } from './run.ts'
import { Away, Outside, Refused } from './testing/outside.ts'

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

/** Makes a step that makes a thing outside. */
function making(name: string, extra: Partial<Step<{ name: string }>> = {}): Step<{ name: string }> {
  return {
    request: { name },
    do: ({ key }) => outside.make(name, key),
    undo: () => outside.remove(name),
    ...extra,
  }
}

type Steps = Record<string, Step<unknown>>
type StepsWorkflow = Workflow<z.ZodArray<z.ZodString>, z.ZodArray<z.ZodUnknown>>

/** A workflow of these steps that returns their results. */
function stepsWorkflow(steps: Steps, name = 'test.steps'): StepsWorkflow {
  return workflow({
    name,
    version: 1,
    input: z.array(z.string()),
    output: z.array(z.unknown()),
    async run(ctx) {
      const results: unknown[] = []
      for (const [step, definition] of Object.entries(steps)) results.push(await ctx.step(step, definition))
      return results
    },
  })
}

const failing: Step<never> = {
  do: () => {
    throw new Refused('the rest')
  },
}

async function only() {
  const { items } = await workflows.list()
  expect(items).toHaveLength(1)
  return items[0]!
}

/** Lets every wait pass until nothing is left to be done. */
async function recoverAll(by: Workflows = workflows) {
  for (let turn = 0; turn <= MAX_WAITS; turn++) {
    clock.advance('1h')
    await by.recover()
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
          seen.push(
            run?.steps.map(({ name, state, request, key }) => ({ name, state, request, key })),
            key,
          )
          return 'made'
        },
      },
      second: {
        async do({ runId }) {
          const run = await store.collection(workflowRuns).get(runId)
          return run?.steps.map(({ state, result }) => ({ state, result }))
        },
      },
    })
    const results = await workflows.run(flow, [])
    expect(seen).toEqual([[{ name: 'first', state: 'begun', request: { asked: 'thing' }, key: seen[1] }], seen[1]])
    expect(results[1]).toEqual([
      { state: 'done', result: 'made' },
      { state: 'begun', result: null },
    ])
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
    expect(await Promise.all(calls)).toEqual(Array(4).fill([{ name: 'a' }]))
    expect(outside.things).toEqual(['a'])
    await other.close()
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
    expect(await workflows.run(stepsWorkflow({ a: making('a') }), [])).toEqual([{ name: 'a' }])
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

  it('fails when its own code throws between steps, or returns what is not its output', async () => {
    const flow = workflow({
      name: 'test.code',
      version: 1,
      input: z.enum(['throw', 'return']),
      output: z.string(),
      async run(ctx, input) {
        await ctx.step('make', making(input))
        if (input === 'throw') throw new Refused('it')
        return 5 as never
      },
    })
    await expect(workflows.run(flow, 'throw')).rejects.toSatisfy((e) => Refused.is(e))
    await expect(workflows.run(flow, 'return')).rejects.toThrow()
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
    expect(await workflows.run(flow, [], { key: 'k' })).toEqual([{ name: 'a' }, { name: 'b' }])
  })

  it('is gone on with at once by a caller who asks again', async () => {
    outside.fail(...Array(STEP_TRIES).fill('away-before'))
    const flow = stepsWorkflow({ a: final('a') })
    await workflows.run(flow, [], { key: 'k' }).catch(() => {})
    expect(await workflows.run(flow, [], { key: 'k' })).toEqual([{ name: 'a' }])
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
    expect(await workflows.run(flow, [], { key: 'k' })).toEqual([{ name: 'a' }])
  })

  it('is looked up when the key is past its life', async () => {
    const flow = stepsWorkflow({ a: making('a', { resolve: async () => outside.find('a') }) })
    await abandon(flow)
    outside.forgetKeys()
    clock.advance('23h')
    await workflows.recover()
    expect(outside.keys).toHaveLength(1)
    expect(await workflows.run(flow, [], { key: 'k' })).toEqual([{ name: 'a' }])
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

  it.each([
    ['spent-before', 2],
    ['spent-after', 1],
  ] as const)('is looked up when the key brings back a stored server error (%s)', async (fault, keys) => {
    outside.fail(fault)
    const flow = stepsWorkflow({ a: making('a', { resolve: async () => outside.find('a') }) })
    expect(await workflows.run(flow, [])).toEqual([{ name: 'a' }])
    expect(outside.things).toEqual(['a'])
    expect(new Set(outside.keys).size).toBe(keys)
  })
})

describe('a lease', () => {
  it('lets a process that has lost the run write nothing more, and gives its caller the outcome', async () => {
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const begun = Promise.withResolvers<void>()
    let turn = 0
    const flow = stepsWorkflow({
      a: making('a', {
        async do({ key }) {
          const gate = gates[turn++]
          begun.resolve()
          await gate?.promise
          return outside.make('a', key)
        },
      }),
      b: { do: ({ runId }) => `${runId} by turn ${turn}` },
    })
    const slow = workflows.run(flow, [], { key: 'k' })
    await begun.promise
    clock.advance('11s')
    const other = openWorkflows({ store, clock })
    other.register(flow)
    const recovery = other.recover()
    await expect.poll(() => turn).toBe(2)
    gates[0]!.resolve()
    gates[1]!.resolve()
    await recovery
    expect(await slow).toEqual(await other.run(flow, [], { key: 'k' }))
    expect(outside.things).toEqual(['a'])
    const run = await store.collection(workflowRuns).findOne({ key: 'k' })
    expect(run).toMatchObject({ fence: 2, status: 'completed', owner: null, dueAt: null })
    await other.close()
  })

  it('keeps a transaction of a process that has lost the run from committing', async () => {
    const gate = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    let first = true
    const writes: string[] = []
    const flow = stepsWorkflow({
      a: {
        async do(context) {
          if (first) {
            first = false
            begun.resolve()
            await gate.promise
          }
          await store.transaction(async (tx) => {
            await context.guard(tx)
            writes.push(context.runId)
          })
        },
      },
    })
    const slow = workflows.run(flow, [], { key: 'k' })
    await begun.promise
    clock.advance('11s')
    const other = openWorkflows({ store, clock })
    other.register(flow)
    await other.recover()
    gate.resolve()
    await slow
    expect(writes).toHaveLength(1)
    await other.close()
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
