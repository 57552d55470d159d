import type { Driver, StoredDocument } from '../driver.ts'

/** Changes what is stored of a document, past every rule: as damage would. */
export function rewriteStored(driver: Driver, table: string, document: StoredDocument): Promise<void> {
  return driver.commit({
    id: `rewrite-${document.id}`,
    at: 0,
    known: new Map(),
    writes: [{ op: 'rewrite', table, document }],
    requires: [],
  })
}
