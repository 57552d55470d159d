import { describe } from 'vitest'
import { describeDocuments } from './documents.ts'
import type { StoreHarness } from './harness.ts'
import { describeQueries } from './queries.ts'

/** What every engine promises, whichever it is. An engine adds a harness and nothing else. */
export function describeStore(name: string, harness: StoreHarness): void {
  describe(`store on ${name}`, () => {
    describeDocuments(harness)
    describeQueries(harness)
  })
}
