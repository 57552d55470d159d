import type { Fields, StoredDocument } from '../driver.ts'

/** A document as a row of its table, in the order of `DOCUMENT_COLUMNS`. */
export type DocumentRow = [
  id: string,
  version: number,
  schemaVersion: number,
  createdAt: string,
  updatedAt: string,
  doc: string,
]

export function toStored([id, version, schemaVersion, createdAt, updatedAt, doc]: DocumentRow): StoredDocument {
  return { id, version, schemaVersion, createdAt, updatedAt, fields: JSON.parse(doc) as Fields }
}
