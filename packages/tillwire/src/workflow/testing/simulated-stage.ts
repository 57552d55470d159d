import { type ManualClock, manualClock } from '../../core/index.ts'
import { openStore, type Store, StoreUnavailable } from '../../store/index.ts'
import { openWorkflows } from '../index.ts'
import type { CrashPlan } from './crash-plan.ts'
import { Outside } from './outside.ts'
import { KEY, plannedCollections, plannedWorkflow, script, toldBy } from './planned-workflow.ts'
import type { Player, Stage } from './play-crash.ts'
import { nextTurn, SimulatedProcess } from './simulated-process.ts'

/** All players in this process, on a store in memory, under a clock that stands still until it is moved. */
export async function openSimulatedStage(plan: CrashPlan): Promise<Stage & AsyncDisposable> {
  const clock = manualClock()
  const store = await openStore({ url: 'memory:', collections: plannedCollections, clock })
  const outside = new Outside()
  script(plan.workflow, outside)
  const wrote = new Set<number>()
  const players = plan.paces.map((pace, at) => {
    const process = new SimulatedProcess(plan.ends[at] ?? null, pace)
    return openPlayer(plan, process, { clock, store, outside, wrote: () => void wrote.add(at) })
  })
  return {
    player(at) {
      const player = players[at]
      if (!player) throw new RangeError(`There is no process ${at}`)
      return player
    },
    outside,
    store,
    clock,
    wrote,
    advance: (by) => clock.advance(by),
    pause: nextTurn,
    async [Symbol.asyncDispose]() {
      for (const player of players) player.kill()
      await store.close()
    },
  }
}

function openPlayer(
  plan: CrashPlan,
  process: SimulatedProcess,
  world: { readonly clock: ManualClock; readonly store: Store; readonly outside: Outside; wrote(): void },
): Player {
  const store = process.storeOf(world.store)
  const flow = plannedWorkflow(plan.workflow, { store, outside: process.partyOf(world.outside) })
  const workflows = openWorkflows({ store, clock: world.clock, observer: { reached: world.wrote } })
  workflows.register(flow)
  return {
    state: process.state,
    call: (input) => toldBy(workflows.run(flow, input, { key: KEY })),
    async recover() {
      await workflows.recover().catch((error) => {
        // A process that is cut off says so; what it left is for the other one.
        if (!StoreUnavailable.is(error)) throw error
      })
    },
    wake: () => process.state.wake(),
    kill: () => process.state.halt('killed'),
  }
}
