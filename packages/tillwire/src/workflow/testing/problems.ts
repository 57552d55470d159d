import { canonicalJson } from '../../core/index.ts'
import { CannotUndo, OutcomeUnknown, type WorkflowRun } from '../index.ts'
import { Away, type Call, Refused } from './outside.ts'
import { firstBeside, type OutsideStep, type StepPlan, type WorkflowPlan } from './plan.ts'
import { nameOf, type Told } from './planned-workflow.ts'

/** What is to be seen from outside when all is over. */
export interface Seen {
  /** Null when none was begun. */
  readonly run: WorkflowRun | null
  /** The runs that an operator finds. */
  readonly parked: readonly WorkflowRun[]
  readonly calls: readonly Call[]
  /** What there is outside, and what the steps of the store have left in it: names of steps. */
  readonly things: readonly string[]
  readonly marks: readonly string[]
  /** How many documents of steps there are. */
  readonly documents: number
  readonly told: readonly Told[]
}
/** What met the run beside its plan. */
export interface Met {
  /** Keys were too old to be used by the first recovery. */
  readonly keysForgotten: boolean
  /** An operator saw to it that the outside answers again, and had the run retried. */
  readonly healed: boolean
}

/** What is wrong with what became of a plan: nothing, when each effect is there exactly once, or undone. */
export function problemsOf(plan: WorkflowPlan, seen: Seen, met: Met): string[] {
  const hasEnded = seen.run?.status === 'completed' || seen.run?.status === 'failed'
  return [
    ...unless(!hasEnded || seen.documents === 0, 'it left what its steps had asked for and returned'),
    ...problemsOfCalls(plan, seen),
    ...problemsOfEnd(plan, seen, met),
    ...problemsOfTold(plan, seen),
  ]
}

function problemsOfCalls(plan: WorkflowPlan, { calls }: Seen): string[] {
  const effects = (act: Call['act']) => calls.filter((call) => call.act === act && call.effect !== null)
  const made = effects('make')
  const removed = effects('remove')
  const undone = made.toReversed().slice(0, removed.length)
  const requests = Map.groupBy(
    calls.filter(({ act }) => act === 'make'),
    ({ key }) => key,
  )
  return [
    ...repeated(made, ({ key }) => key).map((key) => `key ${key} had two effects`),
    ...repeated(made, ({ name }) => name).map((name) => `${name} was made twice`),
    ...[...requests]
      .filter(([, same]) => new Set(same.map(({ request }) => canonicalJson(request))).size > 1)
      .map(([key]) => `key ${key} was sent with two requests`),
    ...unless(
      undone.every(({ effect }, at) => effect === removed[at]?.effect),
      'it was not undone in reverse',
    ),
    ...numbersOf(plan, calls).problems,
  ]
}

/** The numbers that the steps returned as far as they came, and requests that did not follow from them. */
function numbersOf(plan: WorkflowPlan, calls: readonly Call[]): { numbers: number[]; problems: string[] } {
  const numbers: number[] = []
  const problems: string[] = []
  for (const [index, step] of plan.steps.entries()) {
    const after = numbers[firstBeside(plan, index) - 1] ?? 0
    const asked = calls.filter(({ act, name }) => act === 'make' && name === nameOf(index))
    const expected = canonicalJson({ name: nameOf(index), after })
    if (asked.some(({ request }) => canonicalJson(request) !== expected))
      problems.push(`${nameOf(index)} did not follow from the step before it`)
    const number = step.kind === 'store' ? after + 1 : asked.find(({ effect }) => effect !== null)?.effect
    if (number == null) break
    numbers.push(number)
  }
  return { numbers, problems }
}

function problemsOfEnd(plan: WorkflowPlan, { run, parked, calls, things, marks }: Seen, met: Met): string[] {
  const empty = things.length === 0 && marks.length === 0
  switch (run?.status) {
    case undefined:
      return unless(empty && calls.length === 0, 'something was done that nothing is known of')
    case 'completed':
      return [
        ...unless(!plan.fails && !plan.steps.some(isRefused), 'it completed although it had to fail'),
        ...unless(sameNames(things, namesOf(plan, 'outside')), 'not everything is there once that it made'),
        ...unless(sameNames(marks, namesOf(plan, 'store')), 'not everything is there once that it wrote'),
      ]
    case 'failed':
      return [
        ...unless(empty, `it failed and left ${[...things, ...marks].join(', ')}`),
        ...unless(mayFail(plan), 'it failed for no reason'),
      ]
    case 'parked':
      return [
        ...unless(
          parked.some(({ id }) => id === run.id),
          'it is parked where nobody finds it',
        ),
        ...unless(mayBeParked(plan, met, run.error?.code), `it is parked for no reason: ${run.error?.message}`),
      ]
    default:
      return [`it was left ${run?.status}`]
  }
}

const outsideSteps = (plan: WorkflowPlan): OutsideStep[] => plan.steps.filter((step) => step.kind === 'outside')
const isRefused = (step: StepPlan) => step.kind === 'store' && step.refuses
const mayRefuse = (step: StepPlan) =>
  step.kind === 'store' ? step.refuses : step.make.includes('refuse') || step.make.includes('turn-away')

/** One fault that is no refusal is got over. */
function mayFail(plan: WorkflowPlan): boolean {
  const faults = outsideSteps(plan).map(({ make, find }) => [...make, ...find])
  return (
    plan.fails ||
    plan.steps.some(mayRefuse) ||
    outsideSteps(plan).some(({ never }) => never === 'make') ||
    faults.some((each) => each.length > 1)
  )
}

/** Only what nobody can find out, what cannot be taken back, and what never answers waits for an operator. */
function mayBeParked(plan: WorkflowPlan, { keysForgotten, healed }: Met, code: string | undefined): boolean {
  const spends = ({ make }: OutsideStep) => make.includes('spent-before') || make.includes('spent-after')
  switch (code) {
    case Away.code:
      return !healed && outsideSteps(plan).some(({ never }) => never !== null)
    case OutcomeUnknown.code:
      return outsideSteps(plan).some((step) => !step.resolves && (keysForgotten || spends(step)))
    case CannotUndo.code:
      return plan.finalFrom < plan.steps.length && (plan.fails || plan.steps.slice(plan.finalFrom + 1).some(mayRefuse))
    default:
      return false
  }
}

function problemsOfTold(plan: WorkflowPlan, { run, calls, told: all }: Seen): string[] {
  const { numbers } = numbersOf(plan, calls)
  return all.flatMap((each) => {
    if (typeof each !== 'string')
      return unless(
        run?.status === 'completed' && canonicalJson(each) === canonicalJson(numbers),
        `a caller was told ${canonicalJson(each)}`,
      )
    return unless(run?.status !== 'completed' || each !== Refused.code, 'a caller was told that it failed')
  })
}

const unless = (holds: boolean, problem: string): string[] => (holds ? [] : [problem])
const sameNames = (some: readonly string[], others: readonly string[]) =>
  canonicalJson(some.toSorted()) === canonicalJson(others.toSorted())
const namesOf = (plan: WorkflowPlan, kind: 'outside' | 'store') =>
  plan.steps.flatMap((step, index) => (step.kind === kind ? [nameOf(index)] : []))

function repeated(calls: readonly Call[], by: (call: Call) => string): string[] {
  return [...Map.groupBy(calls, by)].filter(([, same]) => same.length > 1).map(([value]) => value)
}
