import { DatabaseSync } from 'node:sqlite'
import { newId } from 'tillwire/core'
import type { Entry, Peer } from './peer.ts'

/** Plain SQL with prepared statements: rows as the store has them, without versions being checked or changes recorded. */
export async function sqlitePeer(path: string): Promise<Peer> {
  const db = new DatabaseSync(path)
  db.exec(`
    PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON;
    CREATE TABLE IF NOT EXISTS entries (id TEXT PRIMARY KEY NOT NULL, version INTEGER NOT NULL, created_at TEXT NOT NULL,
      updated_at TEXT NOT NULL, doc TEXT NOT NULL) STRICT;
    CREATE UNIQUE INDEX IF NOT EXISTS one ON entries
      (json_extract(doc, '$.kind'), json_extract(doc, '$.holder'), json_extract(doc, '$.key'));
    CREATE INDEX IF NOT EXISTS newest ON entries (json_extract(doc, '$.holder'), created_at, id);
  `)
  const insert = db.prepare('INSERT INTO entries VALUES (?, 1, ?, ?, ?)')
  const get = db.prepare('SELECT * FROM entries WHERE id = ?')
  const find = db.prepare(
    `SELECT * FROM entries WHERE json_extract(doc, '$.holder') = ? ORDER BY created_at DESC, id DESC LIMIT ?`,
  )
  const toDocument = ({ doc, ...system }: Record<string, unknown>): object => ({
    ...JSON.parse(String(doc)),
    ...system,
  })
  return {
    async insert(entries: readonly Entry[]) {
      const now = new Date().toISOString()
      db.exec('BEGIN IMMEDIATE')
      for (const { id = newId('entries'), ...entry } of entries) insert.run(id, now, now, JSON.stringify(entry))
      db.exec('COMMIT')
      return entries.length
    },
    async get(id) {
      const row = get.get(id)
      return row && toDocument(row) ? 1 : 0
    },
    async find(holder, limit) {
      return find.all(holder, limit).map(toDocument).length
    },
    async [Symbol.asyncDispose]() {
      db.close()
    },
  }
}
