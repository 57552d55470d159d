import assert from 'node:assert'
import { readFileSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

/**
 * Damages documents in a file that nobody has open, where they lie on the disk: their text is no JSON any more, and
 * the indexes still name them. For tests.
 */
export function damageFile(path: string, documents: readonly { readonly table: string; readonly id: string }[]): void {
  const database = new DatabaseSync(path)
  const texts = documents.map(({ table, id }) => {
    const row = database.prepare(`SELECT doc FROM "${table}" WHERE id = ?`).get(id)
    assert(typeof row?.doc === 'string', `there is no "${id}" in "${table}"`)
    return row.doc
  })
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  database.close()
  const bytes = readFileSync(path)
  for (const text of texts) {
    const found = places(bytes, Buffer.from(text))
    assert(found.length > 0, 'the document lies in more than one page')
    for (const at of found) bytes.write('#', at)
  }
  writeFileSync(path, bytes)
}

function places(bytes: Buffer, text: Buffer): number[] {
  const found: number[] = []
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) found.push(at)
  return found
}
