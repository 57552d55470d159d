import fc from 'fast-check'
import type { Fault, Script } from './outside.ts'

/** How a step stands among the others. */
interface Place {
  /** It is asked for without waiting for the step before it, or after a race of that one with a turn of the event loop. */
  readonly beside: 'no' | 'at-once' | 'raced'
}
/** A step that asks the outside for a thing. */
export interface OutsideStep extends Script, Place {
  readonly kind: 'outside'
  /** Whether it can find out what became of a request. */
  readonly resolves: boolean
  /** What it returns is large. */
  readonly large: boolean
}
/** A step that writes to the store only. */
export interface StoreStep extends Place {
  readonly kind: 'store'
  readonly refuses: boolean
}
export type StepPlan = OutsideStep | StoreStep

/** A workflow, and everything that goes wrong with it but for the ends of its processes. */
export interface WorkflowPlan {
  readonly steps: readonly StepPlan[]
  /** From this step on none can be taken back. */
  readonly finalFrom: number
  /** It fails at its own end, after the last step; without waiting for it, when that one was raced. */
  readonly fails: boolean
}

const fault = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<Fault>('away-before', 'away-after') },
  { weight: 3, arbitrary: fc.constantFrom<Fault>('spent-before', 'spent-after') },
  { weight: 2, arbitrary: fc.constantFrom<Fault>('refuse', 'turn-away') },
  { weight: 2, arbitrary: fc.constant<Fault>('not-sent') },
)
const away = fc.constantFrom<Fault>('away-before', 'away-after')

/** Most lists are empty, so that long workflows come to their end too. */
function seldom(faults: fc.Arbitrary<Fault>, maxLength: number): fc.Arbitrary<Fault[]> {
  return fc.oneof(
    { weight: 5, arbitrary: fc.constant<Fault[]>([]) },
    { weight: 2, arbitrary: fc.array(faults, { minLength: 1, maxLength }) },
  )
}

const beside = fc.constantFrom<Place['beside']>('no', 'no', 'no', 'at-once', 'raced')

const outsideStep: fc.Arbitrary<OutsideStep> = fc
  .record({
    kind: fc.constant('outside' as const),
    make: seldom(fault, 6),
    find: seldom(away, 2),
    // Fewer than the waits of a run for each step, more for all of them together.
    remove: seldom(away, 9),
    never: fc.oneof(
      { weight: 15, arbitrary: fc.constant(null) },
      { weight: 1, arbitrary: fc.constantFrom('make' as const, 'remove' as const) },
    ),
    resolves: fc.integer({ min: 0, max: 3 }).map((chance) => chance > 0),
    large: fc.integer({ min: 0, max: 9 }).map((chance) => chance === 9),
    beside,
  })
  // Whoever cannot look up what became of a request takes a refusal for the whole truth.
  .map((step) => (step.resolves ? step : { ...step, make: step.make.filter((each) => each !== 'turn-away') }))

const storeStep: fc.Arbitrary<StoreStep> = fc.record({
  kind: fc.constant('store' as const),
  refuses: fc.integer({ min: 0, max: 9 }).map((chance) => chance === 9),
  beside,
})

const step = fc.oneof<fc.WeightedArbitrary<StepPlan>[]>(
  { weight: 3, arbitrary: outsideStep },
  { weight: 1, arbitrary: storeStep },
)

export const workflowPlans: fc.Arbitrary<WorkflowPlan> = fc
  .record({
    steps: fc.array(step, { minLength: 1, maxLength: 8, size: 'max' }),
    finals: fc.oneof(
      { weight: 2, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 3 }) },
    ),
    fails: fc.integer({ min: 0, max: 2 }).map((chance) => chance === 2),
  })
  .map(({ finals, ...plan }) => ({ ...plan, finalFrom: Math.max(0, plan.steps.length - finals) }))

/** The first of the steps that are asked for side by side with this one: all of them follow from what was before it. */
export function firstBeside({ steps }: WorkflowPlan, index: number): number {
  let first = index
  while (first > 0 && steps[first]?.beside !== 'no') first--
  return first
}
