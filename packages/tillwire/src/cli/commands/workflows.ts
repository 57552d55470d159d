import { NotFound } from '../../store/index.ts'
import { RUN_STATUSES } from '../../workflow/index.ts'
import { UnknownRun, WrongUse } from '../errors.ts'
import type { Output } from '../output.ts'
import { withTillwire } from '../with-tillwire.ts'

/** The newest runs that are listed. */
const LISTED = 200

/** `tillwire workflows list` */
export async function listWorkflows(output: Output, { status = 'parked' }: { status?: string }): Promise<boolean> {
  const wanted = RUN_STATUSES.find((known) => known === status)
  if (!wanted && status !== 'all') throw new WrongUse(`--status is one of ${RUN_STATUSES.join(', ')} or all.`)
  return await withTillwire(async ({ workflows }) => {
    const { items, next } = await workflows.list({ status: wanted, limit: LISTED })
    output.result({ runs: items, complete: next === null }, [
      ...items.map(
        ({ id, workflow, status, startedAt, error }) =>
          `${id}  ${startedAt}  ${status}  ${workflow}${error ? `  ${error.code}: ${error.message}` : ''}`,
      ),
      items.length === 0 ? 'No runs.' : `${next === null ? items.length : `The newest ${items.length}`} runs.`,
    ])
    return true
  })
}

/** `tillwire workflows retry ID` */
export async function retryWorkflow(output: Output, id: string): Promise<boolean> {
  if (id === '') throw new WrongUse('Give the id of a run.')
  return await withTillwire(async ({ workflows }) => {
    await workflows.retry(id).catch((error) => {
      throw NotFound.is(error) ? new UnknownRun(id) : error
    })
    const run = await workflows.get(id)
    if (!run) throw new UnknownRun(id)
    output.result(run, [`${run.workflow} is ${run.status}: the server goes on with what is running or undoing.`])
    return true
  })
}
