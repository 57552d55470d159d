import { setImmediate as nextTurn } from 'node:timers/promises'
import { ID_PATH } from './codec/resolve-path.ts'
import type { Driver, StoredDocument, StoredQuery } from './driver.ts'
import type { StoredFilter } from './query/filter.ts'

/** How many documents are read at a time. */
const BATCH_DOCUMENTS = 200

/** All documents of a table that match, in batches by id, with a turn of the event loop between them. */
export async function* readAll(
  driver: Pick<Driver, 'read'>,
  table: string,
  filter: StoredFilter,
): AsyncGenerator<StoredDocument[], void, undefined> {
  const order = [{ path: ID_PATH, descending: false }]
  let after: string[] | null = null
  for (;;) {
    const query: StoredQuery = { filter, order, after, limit: BATCH_DOCUMENTS }
    const [batch] = await driver.read({ op: 'find', table, query })
    yield batch
    const last = batch.at(-1)
    if (!last || batch.length < BATCH_DOCUMENTS) return
    after = [last.id]
    await nextTurn()
  }
}
