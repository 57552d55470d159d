import type { Fields, StoredChange } from '../driver.ts'
import type { DocumentRow } from './document-row.ts'

/** A change in a row of the feed, and the document that it found; an insert found none. */
export type PackedChange =
  | readonly [id: string, version: number]
  | readonly [
      id: string,
      version: number,
      removed: 0 | 1,
      schemaVersion: number,
      createdAt: string,
      updatedAt: string,
      fields: Fields,
    ]

/** A change as the feed has it, without what it left. */
export interface FoundChange extends Omit<StoredChange, 'after'> {
  readonly removed: boolean
}

/** An insertion, as JSON. */
export function packInsertion(id: string, version: number): string {
  return `[${JSON.stringify(id)},${version}]`
}

/**
 * A replacement, or a removal, which is told under the version that was removed, as JSON. What is kept of a
 * document is JSON already.
 */
export function packFound(
  [id, version, schemaVersion, createdAt, updatedAt, doc]: DocumentRow,
  removed: 0 | 1,
): string {
  const known = [id, removed ? version : version + 1, removed, schemaVersion, createdAt, updatedAt]
  return `${JSON.stringify(known).slice(0, -1)},${doc}]`
}

export function unpack(table: string, position: number, change: PackedChange): FoundChange {
  if (change.length === 2) {
    const [id, version] = change
    return { position, table, id, version, removed: false, before: null }
  }
  const [id, version, removed, schemaVersion, createdAt, updatedAt, fields] = change
  const before = { id, version: removed ? version : version - 1, schemaVersion, createdAt, updatedAt, fields }
  return { position, table, id, version, removed: removed === 1, before }
}
