import { type Clock, type Duration, milliseconds } from '../core/index.ts'
import { pagesOf, type Store } from '../store/index.ts'
import type { RunDocument } from './run.ts'
import { workflowRuns } from './schema.ts'
import type { WorkflowsCheck } from './types.ts'

/** A run that was due for so long has nobody who goes on with it: another program began it, or it cannot be handled. */
const OVERDUE: Duration = '15m'
const PAGE = 50

function overdueSince(clock: Clock): string {
  return new Date(clock.now().getTime() - milliseconds(OVERDUE)).toISOString()
}

/** Whether a run has been due for long. */
export function isOverdue({ dueAt }: RunDocument, clock: Clock): boolean {
  return dueAt !== null && dueAt <= overdueSince(clock)
}

/** Names every run that waits for an operator, or that nobody goes on with. */
export async function checkRuns(store: Store, clock: Clock): Promise<WorkflowsCheck> {
  const problems: WorkflowsCheck['problems'][number][] = []
  const parked = { where: { status: 'parked' as const }, orderBy: { createdAt: 'asc' as const } }
  const overdue = { where: { dueAt: { lte: overdueSince(clock) } }, orderBy: { dueAt: 'asc' as const } }
  for (const query of [parked, overdue])
    for await (const page of pagesOf(store, workflowRuns, { ...query, limit: PAGE }))
      problems.push(...page.map(problemOf))
  return { problems, checked: { runs: await store.collection(workflowRuns).count() } }
}

function problemOf({ id, workflow, status, parked, dueAt }: RunDocument): WorkflowsCheck['problems'][number] {
  if (status === 'parked')
    return {
      code: 'run_parked',
      id,
      message: `${workflow} waits for an operator: ${parked?.message ?? 'no reason was kept'}`,
    }
  return { code: 'run_overdue', id, message: `${workflow} is due since ${dueAt}, and no process goes on with it` }
}
