import { z } from 'zod'
import { isTillwireError } from '../../core/index.ts'
import { collection, type Store } from '../../store/index.ts'
import { type Step, type Workflow, workflow, workflowCollections } from '../index.ts'
import { type Outside, type Party, Refused, type Thing } from './outside.ts'
import { firstBeside, type OutsideStep, type StoreStep, type WorkflowPlan } from './plan.ts'
import { nextTurn } from './simulated-process.ts'

/** How many bytes a large result has. */
const LARGE = 100_000

/** What a caller is told: the output, or the code of an error. */
export type Told = readonly number[] | string

/** What the steps write that touch the store only. */
export const marks = collection({ name: 'marks', schema: z.object({ number: z.int() }) })
export const plannedCollections = [...workflowCollections, marks]

export interface World {
  readonly store: Store
  readonly outside: Party
}
export type PlannedWorkflow = Workflow<z.ZodString, z.ZodArray<z.ZodInt>>

export const nameOf = (index: number): string => `step-${index}`

/** The workflow of a plan: each step is told the number that the last one before it and those beside it returned, and the run returns all of them. */
export function plannedWorkflow(plan: WorkflowPlan, world: World): PlannedWorkflow {
  return workflow({
    name: 'test.planned',
    version: 1,
    input: z.string(),
    output: z.array(z.int()),
    async run(ctx) {
      const numbers: number[] = []
      let asked: Promise<Thing>[] = []
      const wait = async () => {
        for (const { number } of await Promise.all(asked)) numbers.push(number)
        asked = []
      }
      for (const [index, step] of plan.steps.entries()) {
        if (step.beside === 'raced') await Promise.race([nextTurn(), ...asked.slice(-1)])
        if (firstBeside(plan, index) === index) await wait()
        const name = nameOf(index)
        const after = numbers.at(-1) ?? 0
        const undoable = step.kind === 'store' ? marking(step, name, after, world) : making(step, name, after, world)
        asked.push(ctx.step(name, index >= plan.finalFrom ? final(undoable) : undoable))
      }
      if (plan.fails && plan.steps.at(-1)?.beside === 'raced') {
        await Promise.race([nextTurn(), ...asked.slice(-1)])
        throw new Refused('the end')
      }
      await wait()
      if (plan.fails) throw new Refused('the end')
      return numbers
    },
  })
}

function final({ undo: _, ...step }: Step<Thing>): Step<Thing> {
  return { ...step, irreversible: true }
}

function making({ resolves, large }: OutsideStep, name: string, after: number, { outside }: World): Step<Thing> {
  const request = { name, after }
  return {
    request,
    async do({ key }) {
      const thing = await outside.make(name, key, request)
      return large ? { ...thing, bytes: new Uint8Array(LARGE) } : thing
    },
    undo: (thing, { key }) => outside.remove(thing.name, key),
    ...(resolves ? { resolve: async () => outside.find(name) } : {}),
  }
}

function marking({ refuses }: StoreStep, name: string, after: number, { store }: World): Step<Thing> {
  return {
    do: ({ runId, guard }) =>
      store.transaction(async (tx) => {
        if (refuses) throw new Refused(name)
        await guard(tx)
        const id = `${runId}:${name}`
        const number = after + 1
        if (!(await tx.collection(marks).get(id))) await tx.collection(marks).insert({ id, number })
        return { name, number }
      }),
    undo: (thing, { runId, guard }) =>
      store.transaction(async (tx) => {
        await guard(tx)
        const id = `${runId}:${thing.name}`
        if (await tx.collection(marks).get(id)) await tx.collection(marks).delete(id)
      }),
  }
}

/** Lets the outside answer as a plan has it. */
export function script({ steps }: WorkflowPlan, outside: Outside): void {
  for (const [index, step] of steps.entries()) if (step.kind === 'outside') outside.follow(nameOf(index), step)
}

/** The key of every call. */
export const KEY = 'the key'

/** What a caller is told. */
export function toldBy(outcome: Promise<number[]>): Promise<Told> {
  return outcome.catch((error) => (isTillwireError(error) ? error.code : String(error)))
}
