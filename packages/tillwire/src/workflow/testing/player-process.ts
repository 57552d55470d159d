/**
 * A player of a crash plan as a process of its own, which kills itself at one of its records, or stops
 * itself after a word on its output. Takes its part as its argument, orders as messages, and answers each.
 */
import { writeSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import { openStore } from '../../store/index.ts'
import { openWorkflows, type RunPoint } from '../index.ts'
import type { CrashPlan } from './crash-plan.ts'
import { KEY, plannedCollections, plannedWorkflow, type Told, toldBy } from './planned-workflow.ts'
import { outsideAt } from './serve-outside.ts'

export interface Part {
  readonly plan: CrashPlan
  /** Its number in the plan. */
  readonly at: number
  /** The store's, and the outside's. */
  readonly url: string
  readonly outsideUrl: string
}
export interface Order {
  readonly id: number
  /** How far its clock is ahead from now on. */
  readonly ahead: number
  /** Calls with this input; recovers when there is none. */
  readonly input?: string
}
export interface Answer {
  readonly id: number
  readonly told: Told | null
  /** Whether it has written any record. */
  readonly wrote: boolean
}

const part: Part = JSON.parse(process.argv[2] ?? '')
const end = part.plan.ends[part.at] ?? null
let ahead = 0
let records = 0

function reached({ when }: RunPoint): void {
  if (when === 'before') records++
  if (records !== end?.act || when !== end.when) return
  if (end.how === 'asleep') writeSync(process.stdout.fd, 'asleep')
  process.kill(process.pid, end.how === 'asleep' ? 'SIGSTOP' : 'SIGKILL')
}

const clock = { now: () => new Date(Date.now() + ahead) }
const store = await openStore({ url: part.url, collections: plannedCollections, clock })
const flow = plannedWorkflow(part.plan.workflow, { store, outside: outsideAt(part.outsideUrl) })
const workflows = openWorkflows({ store, clock, observer: { reached } })
workflows.register(flow)

process.once('disconnect', () => process.exit())
process.on('message', async (order: Order) => {
  ahead = order.ahead
  const told = order.input === undefined ? null : await toldBy(workflows.run(flow, order.input, { key: KEY }))
  if (order.input === undefined) await workflows.recover()
  process.send?.({ id: order.id, told, wrote: records > 0 } satisfies Answer)
})
// A process that is killed leaves no compiled code behind for the next one.
flushCompileCache()
process.send?.('ready')
