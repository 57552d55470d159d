import { type Clock, contentHash, isoAfter } from '../core/index.ts'
import { NotFound, type Store, UniqueViolation, VersionConflict } from '../store/index.ts'
import { LEASE, type RunDocument, recorded } from './run.ts'
import { workflowRuns } from './schema.ts'
import type { Workflow } from './types.ts'

/** Writes a new run, owned by `owner`; null when its key has one already. */
export async function startRun(
  store: Store,
  workflow: Workflow,
  {
    id,
    key,
    requestId,
    input,
    owner,
    clock,
  }: { id: string; key: string; requestId: string | null; input: unknown; owner: string; clock: Clock },
): Promise<RunDocument | null> {
  try {
    return await store.collection(workflowRuns).insert({
      id,
      workflow: workflow.name,
      workflowVersion: workflow.version,
      key,
      requestId,
      input: recorded(input),
      inputHash: contentHash(recorded(input)),
      status: 'running',
      steps: [],
      output: null,
      error: null,
      parked: null,
      owner,
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
