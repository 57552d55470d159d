import { type Clock, type Duration, milliseconds } from '../core/index.ts'
import type { FindOptionsOf, Store, WhereOf } from '../store/index.ts'
import type { RunDocument } from './run.ts'
import { workflowRuns } from './schema.ts'
import type { WorkflowsCheck } from './types.ts'

/** A run that was due for so long has nobody who goes on with it: another program began it, or it cannot be handled. */
const OVERDUE: Duration = '15m'
const PAGE = 50

/** Which runs were due long ago, of other workflows than these. */
export function whereOverdue(clock: Clock, except: readonly string[] = []): WhereOf<typeof workflowRuns> {
  const since = new Date(clock.now().getTime() - milliseconds(OVERDUE)).toISOString()
  return { dueAt: { lte: since }, workflow: { notIn: [...except] } }
}

/** Names every run that waits for an operator, or that nobody goes on with. */
export async function checkRuns(store: Store, clock: Clock): Promise<WorkflowsCheck> {
  const problems: WorkflowsCheck['problems'][number][] = []
  const searches: readonly FindOptionsOf<typeof workflowRuns>[] = [
    { where: { status: 'parked' }, orderBy: { createdAt: 'asc' } },
    { where: whereOverdue(clock), orderBy: { dueAt: 'asc' } },
  ]
  for (const search of searches) for await (const run of runsOf(store, search)) problems.push(problemOf(run))
  return { problems, checked: { runs: await store.collection(workflowRuns).count() } }
}

async function* runsOf(store: Store, search: FindOptionsOf<typeof workflowRuns>): AsyncGenerator<RunDocument> {
  for (let after: string | undefined; ; ) {
    const page = await store.collection(workflowRuns).find({ ...search, limit: PAGE, after })
    yield* page.items
    if (page.next === null) return
    after = page.next
  }
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
