import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { v7 } from 'uuid'
import { HELD, type Peer, USED } from './peer.ts'

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE accounts (id TEXT PRIMARY KEY, available INTEGER NOT NULL CHECK (available >= 0), held INTEGER NOT NULL CHECK (held >= 0)) STRICT;
  CREATE TABLE holds (id TEXT PRIMARY KEY, account TEXT NOT NULL, max INTEGER NOT NULL, spent INTEGER NOT NULL, status TEXT NOT NULL) STRICT;
  CREATE TABLE entries (
    id TEXT PRIMARY KEY, account TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, hash TEXT NOT NULL,
    postings TEXT NOT NULL, at TEXT NOT NULL, UNIQUE (kind, account, key)
  ) STRICT;
  CREATE INDEX entries_by_account ON entries (account, at);
`

/** Just the balances in bare SQL on the same kind of file: no grants, no feed, no checks; one transaction an operation. */
export function sqlitePeer(folder: string): Peer {
  const db = new DatabaseSync(join(folder, 'plain.db'))
  db.exec(SCHEMA)
  const begin = db.prepare('BEGIN IMMEDIATE')
  const commit = db.prepare('COMMIT')
  const usedKey = db.prepare('SELECT id FROM entries WHERE kind = ? AND account = ? AND key = ?')
  const account = db.prepare('SELECT available, held FROM accounts WHERE id = ?')
  const hold = db.prepare('SELECT max, spent, status FROM holds WHERE id = ?')
  const move = db.prepare('UPDATE accounts SET available = available + ?, held = held + ? WHERE id = ?')
  const addHold = db.prepare("INSERT INTO holds VALUES (?, ?, ?, 0, 'open')")
  const endHold = db.prepare("UPDATE holds SET spent = ?, status = 'settled' WHERE id = ?")
  const addEntry = db.prepare('INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)')

  /** One operation: a key that was not used, the movement, its entry. */
  function operation(kind: string, id: string, key: string, available: number, held: number, work: () => void): void {
    begin.run()
    if (usedKey.get(kind, id, key)) throw new Error('The key was used before')
    if (Number(account.get(id)?.available) + available < 0) throw new Error('Out of credits')
    work()
    move.run(available, held, id)
    const postings = JSON.stringify([
      { account: 'available', amount: available },
      { account: 'held', amount: held },
    ])
    addEntry.run(v7(), id, kind, key, '', postings, new Date().toISOString())
    commit.run()
  }

  return {
    name: 'bare SQL, one transaction an operation',
    async open(holders, each) {
      db.exec('BEGIN')
      const give = db.prepare('INSERT INTO accounts VALUES (?, ?, 0)')
      for (let index = 0; index < holders; index++) give.run(`${index}`, each)
      db.exec('COMMIT')
    },
    async pair(index, key) {
      const id = `${index}`
      const holdId = v7()
      operation('reserve', id, key, -HELD, HELD, () => addHold.run(holdId, id, HELD))
      // As any server would: another caller's turn comes between the two.
      await new Promise((resolve) => setImmediate(resolve))
      operation('settle', id, key, HELD - USED, -HELD, () => {
        if (hold.get(holdId)?.status !== 'open') throw new Error('The hold ended')
        endHold.run(USED, holdId)
      })
    },
    async left() {
      return Number(db.prepare('SELECT sum(available + held) AS left FROM accounts').get()?.left)
    },
    async [Symbol.asyncDispose]() {
      db.close()
    },
  }
}
