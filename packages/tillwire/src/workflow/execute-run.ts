import { invariant } from '../core/index.ts'
import { OutcomeUnknown, WorkflowChanged } from './errors.ts'
import { Playthrough, type Stop } from './playthrough.ts'
import { decideFailure, failureOf, nextWait, type RunChange, type RunDocument, recorded } from './run.ts'
import { type Surroundings, undoStep } from './try-step.ts'
import type { RunRecord, Workflow } from './types.ts'

/**
 * Brings a held run on: to its end, to a wait, or to the operator. Returns the error that stopped
 * it, if one did, as it was thrown.
 * @throws LeaseLost, StoreUnavailable or the signal's reason when this process cannot go on.
 */
export async function executeRun(workflow: Workflow, around: Surroundings): Promise<unknown> {
  const { held } = around
  const advances = held.run.status === 'running'
  const playthrough = new Playthrough(around, { advances })
  const end = await play(workflow, playthrough, held.run)
  if (end.kind === 'interrupted') throw end.error
  if (end.kind === 'stuck') return park(around, end.error)
  if (end.kind === 'completed' && advances) {
    await finish(around, 'complete', { status: 'completed', output: end.output })
    return undefined
  }
  if (advances) {
    invariant(end.kind === 'failed', 'a playthrough that advances completes, fails or is interrupted')
    const decision = decideFailure(held.run, end)
    if (decision.next === 'wait') return waitOrPark(around, end.error)
    if (decision.next === 'park') return park(around, decision.error)
    await held.save('fail', decision.change)
  }
  return undo(around, playthrough, advances && end.kind === 'failed' ? end.error : undefined)
}

type End = Stop | { readonly kind: 'completed'; readonly output: unknown }

/** Runs the workflow's code. When it ends, it must have come by every recorded step: else it is not the code of this run. */
async function play(workflow: Workflow, playthrough: Playthrough, run: RunDocument): Promise<End> {
  const end = await runCode(workflow, playthrough, run.input)
  const missed = run.steps[playthrough.played.length]
  if (!missed || playthrough.stop) return end
  return { kind: 'stuck', error: new WorkflowChanged(run.workflow, `step "${missed.name}"`, 'its end') }
}

async function runCode(workflow: Workflow, playthrough: Playthrough, input: unknown): Promise<End> {
  try {
    const output = await workflow.run(playthrough, workflow.input.parse(input))
    if (!playthrough.stop) workflow.output.parse(output)
    return playthrough.stop ?? { kind: 'completed', output: recorded(output) }
  } catch (error) {
    return playthrough.stop ?? { kind: 'failed', index: -1, absent: false, error }
  }
}

async function undo(around: Surroundings, { played }: Playthrough, failure: unknown): Promise<unknown> {
  try {
    for (const { index, step } of played.toReversed()) await undoStep(around, index, step)
  } catch (error) {
    around.signal.throwIfAborted()
    await (OutcomeUnknown.is(error) ? park(around, error) : waitOrPark(around, error))
    return failure
  }
  await finish(around, 'end', { status: 'failed' })
  return failure
}

async function waitOrPark(around: Surroundings, error: unknown): Promise<unknown> {
  const { held, clock } = around
  const wait = nextWait(held.run, clock.now())
  if (wait === null) return park(around, error)
  await held.save('wait', wait)
  return error
}

async function park({ held }: Surroundings, error: unknown): Promise<unknown> {
  await held.save('park', { status: 'parked', parked: failureOf(error), owner: null, dueAt: null })
  return error
}

async function finish({ held, clock }: Surroundings, record: RunRecord['record'], change: RunChange): Promise<void> {
  await held.save(record, { ...change, owner: null, dueAt: null, endedAt: clock.now().toISOString() })
}
