import { z } from 'zod'
import { collection } from '../store/index.ts'

const time = z.iso.datetime()
const failure = z.object({
  code: z.string(),
  message: z.string(),
  details: z.record(z.string(), z.unknown()),
  retryable: z.boolean(),
})

/** Runs of workflows, each with its steps. */
export const workflowRuns = collection({
  name: 'workflow_runs',
  schema: z.object({
    workflow: z.string(),
    workflowVersion: z.int().positive(),
    key: z.string(),
    /** The request that began it; null when none did. */
    requestId: z.string().nullable(),
    input: z.unknown(),
    inputHash: z.string(),
    status: z.enum(['running', 'completed', 'undoing', 'failed', 'parked']),
    steps: z.array(
      z.object({
        name: z.string(),
        state: z.enum(['begun', 'done', 'absent', 'undone']),
        key: z.string(),
        /** The key brings back a stored server error. */
        keySpent: z.boolean(),
        firstTriedAt: time,
        request: z.unknown(),
        result: z.unknown(),
        irreversible: z.boolean(),
      }),
    ),
    output: z.unknown(),
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
  indexes: [['status', 'dueAt'], ['createdAt']],
})

/** Every collection of this folder. */
export const workflowCollections = [workflowRuns] as const
