import { z } from 'zod'
import { invariant } from '../core/index.ts'
import { collection } from '../store/index.ts'

const time = z.iso.datetime()
/** How a run can stand. */
export const RUN_STATUSES = ['running', 'completed', 'undoing', 'failed', 'parked'] as const
const failure = z.object({
  code: z.string(),
  message: z.string(),
  details: z.record(z.string(), z.unknown()),
  retryable: z.boolean(),
})

/** Runs of workflows, each with where its steps stand. */
export const workflowRuns = collection({
  name: 'workflow_runs',
  schema: z.object({
    workflow: z.string(),
    workflowVersion: z.int().positive(),
    key: z.string(),
    /** The request that began it; null when none did. */
    requestId: z.string().nullable(),
    /** As it was given, and as the code gets it where the schema makes another of it (see `recorded-value.ts`). */
    input: z.unknown(),
    parsedInput: z.unknown().optional(),
    inputHash: z.string(),
    status: z.enum(RUN_STATUSES),
    steps: z.array(
      z.object({
        name: z.string(),
        state: z.enum(['begun', 'done', 'absent', 'undone']),
        key: z.string(),
        /** The key brings back a stored server error. */
        keySpent: z.boolean(),
        firstTriedAt: time,
        /** Of its request; null for a step that touches the store only. */
        requestHash: z.string().nullable(),
        /** It returned something, which is in its document. */
        returned: z.boolean(),
        irreversible: z.boolean(),
        /** What its document holds. */
        bytes: z.int().min(0),
      }),
    ),
    output: z.unknown(),
    /** Of how many steps, from the first on, the documents are removed. */
    forgotten: z.int().min(0).default(0),
    /** Why it is undone. */
    error: failure.nullable(),
    /** Why it waits for an operator. */
    parked: failure.nullable(),
    /** Who works on it; null while nobody does. */
    owner: z.string().nullable(),
    /** One more with each owner. */
    fence: z.int().positive(),
    /** Waits in a row without progress. */
    waits: z.int().min(0),
    /** When anyone may take it: the end of the lease, or of the wait. Null: never. */
    dueAt: time.nullable(),
    endedAt: time.nullable(),
  }),
  unique: [['workflow', 'key']],
  // A key is remembered for longer than anybody tries again: Stripe lists its events for 30 days. What waits for an
  // operator has no end, and stays.
  retention: { after: '90d', from: 'endedAt', action: 'delete' },
  hooks: {
    beforeDelete({ id, dueAt }) {
      invariant(dueAt === null, `run ${id} is over, and some of its steps' documents are not removed`)
    },
  },
  // What is due is found without coming by what has ended: that has no `dueAt`.
  indexes: [['dueAt'], ['status', 'createdAt'], ['createdAt']],
})

/**
 * What a step asked for and returned, apart from its run, so that a record costs what its own step costs. Written with
 * the run, or required by it, in one commit; removed when the run has ended.
 */
export const workflowSteps = collection({
  name: 'workflow_steps',
  schema: z.object({
    /** Recorded values as JSON; null: none. */
    request: z.string().nullable(),
    result: z.string().nullable(),
  }),
})

/** Every collection of this folder. */
export const workflowCollections = [workflowRuns, workflowSteps] as const
