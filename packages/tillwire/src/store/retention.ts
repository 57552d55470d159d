import type { z } from 'zod'
import { type Duration, milliseconds } from '../core/index.ts'
import { isTimePath } from './query/path.ts'

/** How long documents of a collection are kept: see `sweep` of the store. */
export interface Retention {
  /** After the time at `from`; at most 100 years. */
  readonly after: Duration
  /**
   * The path of an ISO-8601 UTC time of the schema, or `createdAt` or `updatedAt`. A document that has
   * none, or null there, is kept.
   */
  readonly from: string
  readonly action: 'delete'
}

const LONGEST: Duration = '36500d'

/** What is wrong with a retention, or null. */
export function retentionProblem(schema: z.ZodObject, { after, from, action }: Retention): string | null {
  if (action !== 'delete') return `its retention's action is "delete"`
  if (!isDuration(after)) return `its retention is after a duration of at most ${LONGEST}, as in "30d"`
  if (from === 'createdAt' || from === 'updatedAt' || isTimePath(schema, from.split('.'))) return null
  return `its retention's "${from}" is not a time: use createdAt, updatedAt or a path that is z.iso.datetime()`
}

/** Documents whose time is this, or earlier, are due; one without seconds or their parts may wait for up to a minute more. */
export function dueUntil({ after }: Retention, now: Date): string {
  return new Date(now.getTime() - milliseconds(after)).toISOString()
}

function isDuration(text: Duration): boolean {
  try {
    return milliseconds(text) <= milliseconds(LONGEST)
  } catch {
    return false
  }
}
