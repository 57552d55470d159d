import { type Clock, type Duration, milliseconds } from '../core/index.ts'
import type { Store } from '../store/index.ts'
import { workflowRuns } from './schema.ts'
import type { WorkflowsCheck } from './types.ts'

/** A run that was due for so long has nobody who goes on with it. */
const OVERDUE: Duration = '15m'
const PAGE = 50

/** Reads every run that waits for an operator, or that was due long ago. */
export async function checkRuns(store: Store, clock: Clock): Promise<WorkflowsCheck> {
  const runs = store.collection(workflowRuns)
  const problems: WorkflowsCheck['problems'][number][] = []
  const since = new Date(clock.now().getTime() - milliseconds(OVERDUE)).toISOString()
  for (const where of [{ status: 'parked' as const }, { dueAt: { lte: since } }]) {
    for (let after: string | undefined; ; ) {
      const page = await runs.find({ where, limit: PAGE, after })
      for (const { id, workflow, status, parked, dueAt } of page.items)
        problems.push(
          status === 'parked'
            ? {
                code: 'run_parked',
                id,
                message: `${workflow} waits for an operator: ${parked?.message ?? 'no reason was kept'}`,
              }
            : { code: 'run_overdue', id, message: `${workflow} is due since ${dueAt}, and no process goes on with it` },
        )
      if (page.next === null) break
      after = page.next
    }
  }
  return { problems, checked: { runs: await runs.count() } }
}
