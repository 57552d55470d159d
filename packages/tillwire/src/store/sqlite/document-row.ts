import type { Fields, StoredDocument } from '../driver.ts'

/** The columns of a document, in the order of `DocumentRow`. */
export const DOCUMENT_COLUMNS = 'id, version, schema_version, created_at, updated_at, doc, position'

/** A document as a row of its table, or of the changes, which have no position of it. */
export type DocumentRow = [
  id: string,
  version: number,
  schemaVersion: number,
  createdAt: string,
  updatedAt: string,
  doc: string,
  position?: number,
]

export function toStored(row: DocumentRow): StoredDocument {
  const [id, version, schemaVersion, createdAt, updatedAt, doc, revision] = row
  const fields = parseFields(doc)
  const stored = { id, version, schemaVersion, createdAt, updatedAt, fields: fields ?? {}, revision }
  return fields ? stored : { ...stored, damage: 'its text is no JSON object' }
}

function parseFields(doc: string): Fields | null {
  try {
    const value: unknown = JSON.parse(doc)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null
  } catch {
    return null
  }
}
