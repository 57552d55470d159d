import { answers } from '../../answers/index.ts'
import { ledgerEntries } from '../../credits/index.ts'
import { type DocumentOf, find, type Store } from '../../store/index.ts'
import { workflowRuns } from '../../workflow/index.ts'

/** At most so many of each; a request does a few things. */
const MOST = 500

/** What a request did, as it was at one moment. */
export interface RequestDocuments {
  readonly id: string
  readonly runs: readonly DocumentOf<typeof workflowRuns>[]
  readonly answers: readonly DocumentOf<typeof answers>[]
  readonly entries: readonly DocumentOf<typeof ledgerEntries>[]
}

/**
 * What came of a request; null when nothing did. It is looked for in all runs, answers and entries: an index would
 * be paid for by each movement of credits, and this is asked by a person, seldom.
 */
export async function loadRequest(store: Store, id: string): Promise<RequestDocuments | null> {
  const found = await store.snapshot({
    runs: find(workflowRuns, { where: { requestId: id }, limit: MOST }),
    answers: find(answers, { where: { requestId: id }, limit: MOST }),
    entries: find(ledgerEntries, { where: { 'refs.request': id }, limit: MOST }),
  })
  const documents = { id, runs: found.runs.items, answers: found.answers.items, entries: found.entries.items }
  const { runs, entries } = documents
  return runs.length + documents.answers.length + entries.length === 0 ? null : documents
}
