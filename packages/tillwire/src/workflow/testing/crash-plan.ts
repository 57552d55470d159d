import fc from 'fast-check'
import { type WorkflowPlan, workflowPlans } from './plan.ts'
import type { ProcessEnd } from './simulated-process.ts'

/** A workflow that is begun by process 0, and recovered by 1 and 2 at once. */
export interface CrashPlan {
  readonly workflow: WorkflowPlan
  /** What happens to processes 0 and 1; nothing happens to 2. */
  readonly ends: readonly [ProcessEnd | null, ProcessEnd | null]
  /** How many turns of the event loop each process takes for an act, over and over. */
  readonly paces: readonly [readonly number[], readonly number[], readonly number[]]
  /** From which turn of the recovery on those that sleep are woken. */
  readonly wokenAt: number
  /** Nobody recovers the run for a day: keys are too old, and who slept is dead. */
  readonly dayLater: boolean
  /** Who calls with the same key, in which turn of the recovery. */
  readonly callers: readonly { readonly turn: number; readonly process: number; readonly input: string }[]
}
/** The turns in which plans have something happen. */
export const PLANNED_TURNS = 3

function endWithin(most: number): fc.Arbitrary<ProcessEnd> {
  return fc.record({
    how: fc.constantFrom('killed' as const, 'cut-off' as const, 'asleep' as const),
    when: fc.constantFrom('before' as const, 'after' as const),
    act: fc.oneof(
      { weight: 1, arbitrary: fc.constant(1) },
      { weight: 7, arbitrary: fc.integer({ min: 1, max: most }) },
    ),
  })
}
const pace = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 4 })
const turn = fc.integer({ min: 0, max: PLANNED_TURNS })

/** Plans whose processes 0 and 1 meet their ends within so many acts, if at all. */
export function crashPlans(acts: { readonly first: number; readonly recoverer: number }): fc.Arbitrary<CrashPlan> {
  return fc.record({
    workflow: workflowPlans,
    ends: fc.tuple(
      fc.option(endWithin(acts.first), { freq: 8, nil: null }),
      fc.option(endWithin(acts.recoverer), { freq: 2, nil: null }),
    ),
    paces: fc.tuple(pace, pace, pace),
    wokenAt: turn,
    dayLater: fc.integer({ min: 0, max: 5 }).map((chance) => chance === 5),
    callers: fc.array(
      fc.record({
        turn,
        process: fc.integer({ min: 0, max: 2 }),
        input: fc.constantFrom('this', 'this', 'other'),
      }),
      { maxLength: 2 },
    ),
  })
}
