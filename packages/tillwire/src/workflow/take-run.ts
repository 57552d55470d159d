import { type Clock, isoAfter } from '../core/index.ts'
import { NotFound, type Store, UniqueViolation, VersionConflict } from '../store/index.ts'
import type { GivenInput } from './input.ts'
import { LEASE, type RunDocument } from './run.ts'
import { workflowRuns } from './schema.ts'
import type { Workflow } from './types.ts'

/** What a new run is begun with. */
export interface RunStart extends GivenInput {
  readonly id: string
  readonly key: string
  readonly requestId: string | null
  readonly owner: string
}

/** Writes a new run, owned by `owner`; null when its key has one already. */
export async function startRun(
  store: Store,
  workflow: Workflow,
  { clock, ...start }: RunStart & { clock: Clock },
): Promise<RunDocument | null> {
  try {
    return await store.collection(workflowRuns).insert({
      ...start,
      workflow: workflow.name,
      workflowVersion: workflow.version,
      status: 'running',
      steps: [],
      output: null,
      forgotten: 0,
      error: null,
      parked: null,
      fence: 1,
      waits: 0,
      dueAt: isoAfter(clock.now(), LEASE),
      endedAt: null,
    })
  } catch (error) {
    if (UniqueViolation.is(error)) return null
    throw error
  }
}

/** Makes `owner` the next owner of a run; null when another process was faster. */
export async function takeRun(
  store: Store,
  run: RunDocument,
  owner: string,
  clock: Clock,
): Promise<RunDocument | null> {
  try {
    const change = { owner, fence: run.fence + 1, dueAt: isoAfter(clock.now(), LEASE) }
    return await store.collection(workflowRuns).update(run.id, change, { ifVersion: run.version })
  } catch (error) {
    if (VersionConflict.is(error) || NotFound.is(error)) return null
    throw error
  }
}
