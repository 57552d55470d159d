import type { DocumentOf } from '../../store/index.ts'
import type { workflowRuns } from '../../workflow/index.ts'
import type { Item, Problem } from './timeline.ts'

type Run = DocumentOf<typeof workflowRuns>

const STATES = {
  begun: 'was begun, and its outcome is not known',
  done: 'is done',
  absent: 'did not happen',
  undone: 'was done and is undone',
}

/** A run's beginning, each of its steps, and its end. What steps asked and were answered is not told: it names people. */
export function runItems({ id, workflow, createdAt, steps, status, error, endedAt }: Run): Item[] {
  const began: Item = { at: createdAt, kind: 'workflow', id, says: `began ${workflow}`, refs: [] }
  const items = steps.map(({ name, state, firstTriedAt: at }): Item => {
    return { at, kind: 'workflow-step', id, says: `step ${name} of ${workflow} ${STATES[state]}`, refs: [] }
  })
  const why = error ? ` (${error.code})` : ''
  const ended: Item[] =
    endedAt === null ? [] : [{ at: endedAt, kind: 'workflow', id, says: `${workflow} ${status}${why}`, refs: [] }]
  return [began, ...items, ...ended]
}

/** A run that waits for an operator. */
export function runProblems({ id, status, parked }: Run): Problem[] {
  if (status !== 'parked') return []
  return [{ code: 'run_parked', id, message: `It waits for an operator: ${parked?.code ?? 'no reason was kept'}` }]
}
