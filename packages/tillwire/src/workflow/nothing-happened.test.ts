import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ManualClock, manualClock } from '../core/index.ts'
import { openStore, type Store } from '../store/index.ts'
import {
  NothingHappened,
  OutcomeUnknown,
  openWorkflows,
  RunPending,
  type Step,
  type Workflows,
  workflowCollections,
} from './index.ts'
import { MAX_WAITS, STEP_TRIES } from './run.ts'
import { Away, Outside } from './testing/outside.ts'
import { making as makingAt, stepsWorkflow } from './testing/steps.ts'

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

async function only() {
  const { items } = await workflows.list()
  expect(items).toHaveLength(1)
  return items[0]!
}

/** Lets every wait pass until nothing is left to be done. */
async function recoverAll() {
  for (let turn = 0; turn <= MAX_WAITS; turn++) {
    clock.advance('35m')
    await workflows.recover()
  }
}

/** A step that meets these errors before it asks the outside, which it does once they are over. */
function meeting(errors: unknown[], extra: Partial<Step<{ name: string }>> = {}): Step<{ name: string }> {
  return makingAt(outside, 'a', {
    do({ key }) {
      if (errors.length > 0) throw errors.shift()
      return outside.make('a', key)
    },
    ...extra,
  })
}

/** What node and fetch throw where nobody listens. */
function refused(): Error {
  const refusal = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' })
  return new TypeError('fetch failed', { cause: refusal })
}

describe('a step that certainly did nothing', () => {
  const nothing = () => new NothingHappened('the breaker is open')

  it.each([
    ['says so', nothing],
    ['could not connect', refused],
  ])('is tried again with its key, and its run comes to its end: it %s', async (_, error) => {
    const flow = stepsWorkflow({ a: meeting([error(), error()]) })
    expect(await workflows.run(flow, [])).toMatchObject([{ name: 'a' }])
    expect(outside.things).toEqual(['a'])
  })

  it('is recorded as absent when its tries are over: nothing is asked again to undo it', async () => {
    const error = nothing()
    const flow = stepsWorkflow({ a: meeting(Array(STEP_TRIES).fill(error)) })
    await expect(workflows.run(flow, [])).rejects.toBe(error)
    expect(await only()).toMatchObject({ status: 'failed', steps: [{ state: 'absent' }] })
    expect(outside.calls).toEqual([])
  })

  it('can be retried by an operator days after its run was parked, under a key that is new', async () => {
    const errors = Array.from({ length: STEP_TRIES + MAX_WAITS }, refused)
    const keys: string[] = []
    const step = meeting(errors, { irreversible: true, undo: undefined, resolve: undefined })
    const flow = stepsWorkflow({
      a: {
        ...step,
        do(context) {
          keys.push(context.key)
          expect(context.uncertain).toBe(false)
          return step.do(context)
        },
      },
    })
    await expect(workflows.run(flow, [], { key: 'k' })).rejects.toSatisfy((error) => RunPending.is(error))
    await recoverAll()
    expect(await only()).toMatchObject({ status: 'parked', steps: [{ state: 'absent' }] })

    clock.advance('72h')
    await workflows.retry((await only()).id)
    await workflows.recover()
    expect(await workflows.run(flow, [], { key: 'k' })).toMatchObject([{ name: 'a' }])
    expect(outside.things).toEqual(['a'])
    expect(keys.at(-1)).not.toBe(keys[0])
  })

  it('stays unknown when an earlier try may have happened', async () => {
    const errors = [new Away(), ...Array.from({ length: STEP_TRIES + MAX_WAITS }, nothing)]
    const flow = stepsWorkflow({ a: meeting(errors, { irreversible: true, undo: undefined }) })
    await workflows.run(flow, [], { key: 'k' }).catch(() => {})
    await recoverAll()
    expect(await only()).toMatchObject({ status: 'parked', steps: [{ state: 'begun' }] })
    clock.advance('24h')
    await workflows.retry((await only()).id)
    await workflows.recover()
    expect(await only()).toMatchObject({ status: 'parked', error: { code: OutcomeUnknown.code } })
    expect(outside.calls).toEqual([])
  })
})
