import { isTillwireError } from '../core/index.ts'
import type { StoredDocument } from './driver.ts'
import type { Pipeline } from './pipeline.ts'
import { EVERYTHING } from './query/filter.ts'
import { readAll } from './read-all.ts'
import type { SteadyDriver } from './steady-driver.ts'
import { refusalOf } from './sweep.ts'
import type { StoreCheck } from './types.ts'

type Problem = StoreCheck['problems'][number]

/** Reads and decodes every document, and has the engine check itself. */
export async function checkDocuments(
  driver: SteadyDriver,
  pipelines: Iterable<Pipeline>,
  now: Date,
): Promise<StoreCheck> {
  let documents = 0
  const problems: Problem[] = []
  for (const pipeline of pipelines) {
    for await (const batch of readAll(driver, pipeline.table.name, EVERYTHING)) {
      documents += batch.length
      for (const stored of batch) {
        const problem = problemOf(pipeline, stored, now)
        if (problem) problems.push({ ...problem, id: `${pipeline.table.name}/${stored.id}` })
      }
    }
  }
  for (const message of await driver.verify()) problems.push({ code: 'damaged', id: '', message })
  return { documents, problems }
}

function problemOf(pipeline: Pipeline, stored: StoredDocument, now: Date): Omit<Problem, 'id'> | null {
  try {
    pipeline.check(stored)
  } catch (error) {
    if (!isTillwireError(error)) throw error
    return { code: error.code, message: error.message }
  }
  const refusal = refusalOf(pipeline, stored, now)
  if (!refusal) return null
  const reason = refusal.error instanceof Error ? refusal.error.message : String(refusal.error)
  return { code: 'not_removable', message: `It is past its retention and cannot be removed: ${reason}` }
}
