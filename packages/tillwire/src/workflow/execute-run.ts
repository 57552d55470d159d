import { invariant } from '../core/index.ts'
import { OutcomeUnknown, UndoRefused, WorkflowChanged } from './errors.ts'
import { failureOf } from './failure.ts'
import type { HeldRun } from './held-run.ts'
import { inputOf } from './input.ts'
import { Playthrough, type Stop } from './playthrough.ts'
import { decideFailure, forgetUpTo, keep, MAX_RESULT_BYTES, nextWait, type RunChange, type RunDocument } from './run.ts'
import { type Surroundings, undoStep } from './try-step.ts'
import type { RunRecord, Workflow } from './types.ts'

/**
 * Brings a held run on: to its end, to a wait, or to the operator. Returns the error that stopped
 * it, if one did, as it was thrown.
 * @throws LeaseLost, StoreUnavailable or the signal's reason when this process cannot go on.
 */
export async function executeRun(workflow: Workflow, around: Surroundings): Promise<unknown> {
  const { held } = around
  if (held.run.endedAt !== null) return forget(around)
  const advances = held.run.status === 'running'
  const playthrough = new Playthrough(around, { advances })
  const end = await play(workflow, playthrough, around)
  if (end.kind === 'interrupted') throw end.error
  if (end.kind === 'stuck') return park(around.held, end.error)
  if (end.kind === 'completed' && advances) {
    return finish(around, 'complete', { status: 'completed', output: end.output })
  }
  if (advances) {
    invariant(end.kind === 'failed', 'a playthrough that advances completes, fails or is interrupted')
    const decision = decideFailure(held.run, end)
    if (decision.next === 'wait') return waitOrPark(around, end.error, decision.change)
    if (decision.next === 'park') return park(around.held, decision.error)
    await held.save('fail', { change: decision.change })
  }
  return undo(around, playthrough, advances && end.kind === 'failed' ? end.error : undefined)
}

type End = Stop | { readonly kind: 'completed'; readonly output: unknown }

/** Runs the workflow's code. When it ends, it must have come by every recorded step: else it is not the code of this run. */
async function play(workflow: Workflow, playthrough: Playthrough, { held: { run } }: Surroundings): Promise<End> {
  const end = await runCode(workflow, playthrough, run).catch((error): End => ({ kind: 'stuck', error }))
  const missed = run.steps[playthrough.played.length]
  if (!missed || playthrough.stop || end.kind === 'stuck') return end
  return { kind: 'stuck', error: new WorkflowChanged(run.workflow, `step "${missed.name}"`, 'its end') }
}

/** @throws WorkflowChanged when the input is not one of this workflow */
async function runCode(workflow: Workflow, playthrough: Playthrough, run: RunDocument): Promise<End> {
  const input = await inputOf(workflow, run)
  const [returned] = await Promise.allSettled([callCode(workflow, playthrough, input)])
  await playthrough.end()
  if (playthrough.stop) return playthrough.stop
  if (returned.status === 'rejected') return { kind: 'failed', index: -1, absent: false, error: returned.reason }
  try {
    const output = await workflow.output.parseAsync(returned.value)
    return {
      kind: 'completed',
      output: JSON.parse(keep(output, `What ${workflow.name} returned`, MAX_RESULT_BYTES).text),
    }
  } catch (error) {
    return { kind: 'failed', index: -1, absent: false, error }
  }
}

async function callCode(workflow: Workflow, playthrough: Playthrough, input: unknown): Promise<unknown> {
  return workflow.run(playthrough, input)
}

async function undo(around: Surroundings, { played }: Playthrough, failure: unknown): Promise<unknown> {
  try {
    for (const { index, step } of played.toReversed()) await undoStep(around, index, step)
  } catch (error) {
    around.signal.throwIfAborted()
    await (isFinal(error) ? park(around.held, error) : waitOrPark(around, error))
    return failure
  }
  await finish(around, 'end', { status: 'failed' })
  return failure
}

/** Whether trying to undo again would end in the same way. */
function isFinal(error: unknown): boolean {
  return OutcomeUnknown.is(error) || UndoRefused.is(error)
}

async function waitOrPark(around: Surroundings, error: unknown, change: RunChange = {}): Promise<unknown> {
  const { held, clock } = around
  const wait = nextWait(held.run, clock.now())
  if (wait === null) return park(held, error, change)
  await held.save('wait', { change: { ...change, ...wait } })
  return error
}

/** Leaves a run to an operator. */
export async function park(held: HeldRun, error: unknown, change: RunChange = {}): Promise<unknown> {
  const parked = { status: 'parked' as const, parked: failureOf(error), owner: null, dueAt: null }
  await held.save('park', { change: { ...change, ...parked } })
  return error
}

/** Ends a run. What its steps asked and returned is of no use any more, and may name people: it is removed. */
async function finish(around: Surroundings, record: RunRecord['record'], change: RunChange): Promise<undefined> {
  const endedAt = around.clock.now().toISOString()
  await forgetSome(around, record, { ...change, endedAt })
  // Its outcome is on record: whatever stops this process from removing the rest, `recover` goes on with it.
  return forget(around).catch(() => undefined)
}

async function forget(around: Surroundings): Promise<undefined> {
  while (around.held.run.owner !== null) {
    around.signal.throwIfAborted()
    await forgetSome(around, 'forget', {})
  }
}

/** Removes what a bounded number of steps left, with a record; the last of them gives the run up. */
async function forgetSome({ held }: Surroundings, record: RunRecord['record'], change: RunChange): Promise<void> {
  const { steps, forgotten: from } = { ...held.run, ...change }
  const to = forgetUpTo({ steps, forgotten: from })
  const last = to === steps.length ? { owner: null, dueAt: null } : {}
  await held.save(record, { change: { ...change, forgotten: to, ...last }, documents: held.forget(from, to) })
}
