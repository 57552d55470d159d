import { isTillwireError } from '../core/index.ts'
import type { SchemaRecord, StoredDocument } from './driver.ts'
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
    const { name } = pipeline.table
    const { reached } = await recordOf(driver, name)
    for await (const batch of readAll(driver, name, EVERYTHING)) {
      documents += batch.length
      for (const stored of batch) {
        const problem = (await versionProblem(driver, name, stored, reached)) ?? problemOf(pipeline, stored, now)
        if (problem) problems.push({ ...problem, id: `${name}/${stored.id}` })
      }
    }
  }
  for (const message of await driver.verify()) problems.push({ code: 'damaged', id: '', message })
  return { documents, problems }
}

async function recordOf(driver: SteadyDriver, table: string): Promise<SchemaRecord> {
  return (await driver.schemaRecords()).get(table) ?? { reached: 0, needed: 0 }
}

/** A document that no search of any program finds rightly: below what all have reached, or above what one must know. */
async function versionProblem(
  driver: SteadyDriver,
  table: string,
  { schemaVersion }: StoredDocument,
  reached: number,
): Promise<Omit<Problem, 'id'> | null> {
  const told = (message: string) => ({ code: 'wrong_schema_version', message })
  if (schemaVersion < reached)
    return told(
      `It has version ${schemaVersion} of its schema, and its collection has reached ${reached}: save it anew.`,
    )
  if (schemaVersion <= reached) return null
  // Another program may upgrade it meanwhile: what it needs is recorded before.
  const { needed } = await recordOf(driver, table)
  return schemaVersion <= needed
    ? null
    : told(
        `It has version ${schemaVersion} of its schema, and its collection only ${needed}: run \`tillwire migrate\`.`,
      )
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
