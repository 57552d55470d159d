import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Logger, type ManualClock, manualClock, silentLogger } from '../core/index.ts'
import { collection, openStore, type Store, type WhereOf } from '../store/index.ts'
import {
  InvalidName,
  InvalidRunKey,
  InvalidWorkflowInput,
  openWorkflows,
  RunParked,
  UndoRefused,
  WorkflowChanged,
  type Workflows,
  workflow,
  workflowCollections,
  workflowRuns,
  workflowSteps,
} from './index.ts'
import { MAX_WAITS, STEP_TRIES } from './run.ts'
import { Outside, Refused } from './testing/outside.ts'
import { failing, making, stepsWorkflow } from './testing/steps.ts'

let folder: string
let url: string
let clock: ManualClock
let store: Store
let workflows: Workflows
let outside: Outside
let told: { id: unknown; message: string }[]
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tillwire-workflow-'))
  url = `file:${join(folder, 'tillwire.db')}`
  clock = manualClock()
  store = await openStore({ url, collections: workflowCollections, clock })
  outside = new Outside()
  told = []
  const error: Logger['error'] = (fields, message) => told.push({ id: 'runId' in fields && fields.runId, message })
  workflows = openWorkflows({ store, clock, logger: { ...silentLogger, error } })
})
afterEach(async () => {
  await workflows.close()
  await store.close()
  await rm(folder, { recursive: true })
})

/** Leaves a run that waits, under a name of its own, as a process left it. */
async function leaveRun(name: string): Promise<string> {
  const before = openWorkflows({ store, clock })
  outside.fail(...Array(STEP_TRIES).fill('away-before'))
  const flow = stepsWorkflow({ a: making(outside, name, { irreversible: true }) }, name)
  await before.run(flow, [], { key: name }).catch(() => {})
  const run = await store.collection(workflowRuns).findOne({ key: name })
  return run!.id
}
/** The same, but for some of its methods. */
function instead<T extends object>(whole: T, methods: object): T {
  const get = (_: T, name: string) => {
    const member = Reflect.get(name in methods ? methods : whole, name)
    return typeof member === 'function' ? member.bind(whole) : member
  }
  return new Proxy(whole, { get: (target, name) => get(target, String(name)) })
}
const statusOf = async (id: string) => (await workflows.get(id))?.status

describe('a run that cannot be handled', () => {
  it('is set aside, and named in log and check, while the others go on: unknown, of other input, not readable', async () => {
    const ids = {
      unknown: await leaveRun('test.unknown'),
      input: await leaveRun('test.input'),
      broken: await leaveRun('test.broken'),
      good: await leaveRun('test.good'),
    }
    // A document as no program of ours would have written it.
    const loose = collection({ name: workflowRuns.name, schema: z.looseObject({}), indexes: workflowRuns.indexes })
    const otherUrl = `${url.slice(0, -'tillwire.db'.length)}../${folder.split('/').at(-1)}/tillwire.db`
    await using beside = await openStore({ url: otherUrl, collections: [loose], clock })
    await beside.collection(loose).update(ids.broken, { steps: 'none', fence: 'x' })

    for (const name of ['test.input', 'test.broken', 'test.good'])
      workflows.register(stepsWorkflow({ a: making(outside, name, { irreversible: true }) }, name))
    workflows.register({ ...stepsWorkflow({}, 'test.input'), input: z.string() as never })
    clock.advance('1h')
    await workflows.recover()
    await workflows.recover()

    expect(await statusOf(ids.good)).toBe('completed')
    expect(await workflows.get(ids.input)).toMatchObject({ status: 'parked', error: { code: WorkflowChanged.code } })
    expect(told.map(({ id }) => id).sort()).toEqual([ids.unknown, ids.input, ids.broken].sort())
    const { problems } = await workflows.check()
    expect(problems.map(({ code, id }) => `${code} ${id}`).sort()).toEqual(
      [`run_overdue ${ids.unknown}`, `run_parked ${ids.input}`, `run_overdue ${ids.broken}`].sort(),
    )
    expect((await store.check()).problems).toMatchObject([{ id: expect.stringContaining(ids.broken) }])
  })

  it('whose undo is refused is parked at once; it goes on when that has been put right', async () => {
    let refuses = true
    const undo = () => {
      if (refuses) throw new Refused('taking it back')
      outside.remove('a')
    }
    const flow = stepsWorkflow({ a: making(outside, 'a', { undo }), b: failing })
    await workflows.run(flow, [], { key: 'k' }).catch(() => {})
    const error = await workflows.run(flow, [], { key: 'k' }).catch((reason) => reason)
    expect(RunParked.is(error) && error.details.reason).toBe(UndoRefused.code)
    refuses = false
    await workflows.retry(String(error.details.runId))
    await workflows.recover()
    expect(await statusOf(error.details.runId)).toBe('failed')
    expect(outside.things).toEqual([])
  })

  it.each([new URIError('URI malformed'), new TypeError('not a function')])(
    'whose undo throws the same again and again is parked after a bounded time: %s',
    async (thrown) => {
      const undo = () => {
        throw thrown
      }
      const flow = stepsWorkflow({ a: making(outside, 'a', { undo }), b: failing })
      await workflows.run(flow, [], { key: 'k' }).catch(() => {})
      for (let turn = 0; turn < MAX_WAITS; turn++) {
        clock.advance('30m')
        await workflows.recover()
      }
      await expect(workflows.run(flow, [], { key: 'k' })).rejects.toSatisfy((error) => RunParked.is(error))
      expect((await workflows.check()).problems).toMatchObject([{ code: 'run_parked' }])
    },
  )
})

describe('a text that cannot be kept', () => {
  const flow = stepsWorkflow({ a: { do: () => 1 } })

  it.each(['', '\0', 'a\ud800', 'x'.repeat(501), 7, {}])('is no key and no request: %j', async (text) => {
    const key = text as string
    await expect(workflows.run(flow, [], { key })).rejects.toSatisfy((error) => InvalidRunKey.is(error))
    await expect(workflows.run(flow, [], { requestId: key })).rejects.toSatisfy((error) => InvalidRunKey.is(error))
    expect((await workflows.list()).items).toEqual([])
  })

  it('is no name of a step when it is no text at all: its run fails, and waits for nobody', async () => {
    const odd = workflow({
      name: 'odd',
      version: 1,
      input: z.null(),
      output: z.unknown(),
      run: (ctx) => ctx.step(7 as never, making(outside, 'odd')),
    })
    await expect(workflows.run(odd, null)).rejects.toSatisfy((error) => InvalidName.is(error))
    expect(outside.things).toEqual([])
    expect((await workflows.list({ status: 'failed' })).items).toHaveLength(1)
    expect(() => workflows.register({ ...odd, name: 7 as never })).toThrow(InvalidName)
  })

  it.each(['', 'done', 'constructor', null])('is no status to list runs by: %j', async (status) => {
    await workflows.run(flow, [])
    const invalid = { code: 'invalid_run_status', details: { known: expect.arrayContaining(['parked']) } }
    await expect(workflows.list({ status: status as never })).rejects.toMatchObject(invalid)
  })

  it.each(['', '\0', 'é', 'x'.repeat(101)])(
    'names no workflow, and no step: its run fails and is undone: %j',
    async (name) => {
      expect(() => workflows.register(stepsWorkflow({}, name))).toThrow(InvalidName)
      const odd = stepsWorkflow({ a: making(outside, 'a'), [name]: making(outside, 'odd') })
      await expect(workflows.run(odd, [])).rejects.toSatisfy((error) => InvalidName.is(error))
      expect(outside.things).toEqual([])
      expect((await workflows.list({ status: 'failed' })).items).toHaveLength(1)
    },
  )

  it('may stand in an input, and comes back as it was', async () => {
    const text = 'a\0\ud800'
    const echo = { ...stepsWorkflow({}), run: async (_: unknown, input: string[]) => input }
    expect(await workflows.run(echo, [text])).toEqual([text])
    await expect(workflows.run(echo, [Symbol('x') as never])).rejects.toSatisfy((e) => InvalidWorkflowInput.is(e))
  })
})

describe('a run that has ended', () => {
  it('is remembered under its key for 90 days, and then begun anew; one that is parked stays', async () => {
    const flow = stepsWorkflow({ a: making(outside, 'a') })
    await workflows.run(flow, [], { key: 'k' })
    const parked = await leaveRun('test.parked')
    await store.collection(workflowRuns).update(parked, { status: 'parked', dueAt: null })
    clock.advance('89d')
    await store.sweep()
    await workflows.run(flow, [], { key: 'k' })
    expect(outside.things).toEqual(['a'])
    clock.advance('2d')
    await store.sweep()
    await workflows.run(flow, [], { key: 'k' })
    expect(outside.things).toEqual(['a', 'a'])
    expect(await statusOf(parked)).toBe('parked')
  })

  it('leaves nothing of what its steps asked for and returned', async () => {
    await workflows.run(stepsWorkflow({ a: making(outside, 'a'), b: making(outside, 'b') }), [])
    await workflows.run(stepsWorkflow({ a: making(outside, 'a'), b: failing }), []).catch(() => {})
    expect(await store.collection(workflowSteps).count()).toBe(0)
  })

  it('is begun again by whoever finds its key taken, and its record gone', async () => {
    const flow = stepsWorkflow({ a: making(outside, 'a') })
    await workflows.run(flow, [], { key: 'k' })
    const [ended] = (await store.collection(workflowRuns).find()).items
    // Between the two looks of a caller, retention takes the record away.
    let removed = false
    const between = {
      async findOne(where: WhereOf<typeof workflowRuns>) {
        if (!removed) await store.collection(workflowRuns).delete(ended!.id)
        removed = true
        return store.collection(workflowRuns).findOne(where)
      },
    }
    const racing = openWorkflows({
      store: instead(store, { collection: ((one) => instead(store.collection(one), between)) as Store['collection'] }),
      clock,
    })
    await racing.run(flow, [], { key: 'k' })
    expect(outside.things).toEqual(['a', 'a'])
  })
})
