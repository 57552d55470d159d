import { afterEach } from 'vitest'
import type { StoreHarness, TestDatabase } from './harness.ts'

/** Gives a test databases of a harness, and removes them after it. */
export function useDatabases(harness: StoreHarness): () => Promise<TestDatabase> {
  const made: TestDatabase[] = []
  afterEach(async () => {
    for (const database of made.splice(0)) await database.remove()
  })
  return async () => {
    const database = await harness.create()
    made.push(database)
    return database
  }
}
