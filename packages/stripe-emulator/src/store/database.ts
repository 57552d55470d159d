import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'

const SCHEMA = `
CREATE TABLE IF NOT EXISTS objects (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  created INTEGER NOT NULL,
  deleted INTEGER NOT NULL DEFAULT 0,
  body TEXT NOT NULL,
  hidden TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (kind, deleted, position);
CREATE INDEX IF NOT EXISTS objects_by_customer ON objects (kind, json_extract(body, '$.customer'));
CREATE INDEX IF NOT EXISTS objects_by_payment ON objects (kind, json_extract(body, '$.payment_intent'));
CREATE INDEX IF NOT EXISTS objects_by_email ON objects (kind, json_extract(body, '$.email'));
CREATE INDEX IF NOT EXISTS objects_by_status ON objects (kind, json_extract(body, '$.status'));
CREATE TABLE IF NOT EXISTS idempotency (
  key TEXT PRIMARY KEY,
  path TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  status INTEGER NOT NULL,
  body TEXT NOT NULL,
  request TEXT NOT NULL,
  created INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS deliveries (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  event TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  url TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'failed')),
  attempts INTEGER NOT NULL DEFAULT 0,
  due INTEGER NOT NULL,
  status INTEGER,
  error TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (state, due);
CREATE INDEX IF NOT EXISTS deliveries_by_event ON deliveries (event);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
`

export type Row = Record<string, unknown>

/**
 * One SQLite file (or `:memory:`) with everything the emulator knows. Work is synchronous, so one transaction is one
 * request; a process that is killed leaves whole requests behind and nothing else.
 */
export class Database {
  readonly #file: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  constructor(path: string) {
    this.#file = new DatabaseSync(path)
    this.#file.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 2000;')
    this.#file.exec(SCHEMA)
  }

  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#prepare(sql).get(...values)
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#prepare(sql).all(...values)
  }

  run(sql: string, ...values: SQLInputValue[]): void {
    this.#prepare(sql).run(...values)
  }

  /** All that `work` writes is kept together, or, when it throws, none of it. A call within one is a part of it. */
  transaction<T>(work: () => T): T {
    const nested = this.#file.isTransaction
    this.#file.exec(nested ? 'SAVEPOINT part' : 'BEGIN IMMEDIATE')
    try {
      const result = work()
      this.#file.exec(nested ? 'RELEASE part' : 'COMMIT')
      return result
    } catch (error) {
      this.#file.exec(nested ? 'ROLLBACK TO part; RELEASE part' : 'ROLLBACK')
      throw error
    }
  }

  /** Forgets everything but the settings. */
  clear(): void {
    this.transaction(() => {
      for (const table of ['objects', 'idempotency', 'deliveries']) this.#file.exec(`DELETE FROM ${table}`)
    })
  }

  setting(name: string): string | undefined {
    const row = this.get('SELECT value FROM settings WHERE name = ?', name)
    return row === undefined ? undefined : String(row.value)
  }

  setSetting(name: string, value: string): void {
    this.run(
      'INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
      name,
      value,
    )
  }

  close(): void {
    this.#statements.clear()
    this.#file.close()
  }

  /** The set of statements is small and fixed in the source, but for the filters of lists: those are few as well. */
  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known !== undefined) return known
    const statement = this.#file.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }
}
