import type { IndexSpec, TableSpec } from '../driver.ts'
import { InvalidCollection, StoreUnavailable } from '../errors.ts'
import type { Connection } from './connection.ts'
import { pathSql, quoteName } from './sql.ts'

/** Of the tables here: a file of another is refused. In SQLite's `user_version`. */
export const FORMAT = 1

/**
 * The feed. A row has the changes of one collection that followed one another in one commit (see
 * `packed-change.ts`): how many, and the position of the last. They hold what was there before; what came after is in
 * the collection's table, or in the next change of the same document. `position` needs no AUTOINCREMENT:
 * the newest row is never deleted, so numbers are not used twice.
 */
const SYSTEM_TABLES = `
  CREATE TABLE _store (id TEXT NOT NULL) STRICT;
  CREATE TABLE _changes (
    position INTEGER PRIMARY KEY,
    changes INTEGER NOT NULL,
    collection TEXT NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
`

/** `position` is that of the last change. */
const documentTable = (name: string) => `
  CREATE TABLE IF NOT EXISTS ${quoteName(name)} (
    id TEXT PRIMARY KEY NOT NULL,
    version INTEGER NOT NULL,
    schema_version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    position INTEGER NOT NULL,
    doc TEXT NOT NULL
  ) STRICT;
`

function namesOf(connection: Connection, type: 'table' | 'index'): string[] {
  const rows = connection.prepare('SELECT name FROM sqlite_master WHERE type = ?').all(type)
  return (rows as unknown as [string][]).map(([name]) => name)
}

/**
 * Makes the store's own tables; returns the database's id.
 * @throws StoreUnavailable when another version of Tillwire made the file, in another format.
 */
export async function createSystemTables(connection: Connection, newId: string): Promise<string> {
  const isMade = () => namesOf(connection, 'table').includes('_store')
  if (!(await connection.retrying(isMade))) {
    await connection.exclusively(() => {
      // Another process may have been faster.
      if (isMade()) return
      connection.db.exec(`${SYSTEM_TABLES} PRAGMA user_version = ${FORMAT};`)
      connection.db.prepare('INSERT INTO _store (id) VALUES (?)').run(newId)
    })
  }
  return connection.retrying(() => {
    const [format] = connection.prepare('PRAGMA user_version').get() as unknown as [number]
    if (format !== FORMAT)
      throw new StoreUnavailable(
        `"${connection.path}" has format ${format}, and this version reads ${FORMAT}: move it away, or use the version that made it`,
        { retryable: false },
      )
    const [id] = connection.prepare('SELECT id FROM _store').get() as unknown as [string]
    return id
  })
}

/** Makes the tables that are missing. */
export async function createDocumentTables(connection: Connection, tables: readonly TableSpec[]): Promise<void> {
  const existing = await connection.retrying(
    () => new Map(namesOf(connection, 'table').map((name) => [name.toLowerCase(), name])),
  )
  for (const { name } of tables) {
    const other = existing.get(name.toLowerCase())
    if (other !== undefined && other !== name)
      throw new InvalidCollection(name, `it differs from "${other}" by letter case only`)
  }
  const missing = tables.filter(({ name }) => !existing.has(name.toLowerCase()))
  if (missing.length === 0) return
  await connection.exclusively(() => {
    for (const { name } of missing) connection.db.exec(documentTable(name))
  })
}

/** The name tells table, kind and stored paths, so that an index of another definition is another index. */
export function indexName(table: string, { paths, unique }: IndexSpec): string {
  const columns = paths.map((path) => path.column ?? path.segments.join('.'))
  return `${table}:${unique ? 'unique' : 'index'}:${columns.join('+')}`
}

/** The paths in an index's name. */
export function pathsOfIndex(name: string): string[] {
  return name.slice(name.lastIndexOf(':') + 1).split('+')
}

function indexSql(table: string, spec: IndexSpec): string {
  const columns = spec.paths.map(pathSql)
  // Ties are ordered by id: with it in the index a page needs no sorting.
  if (!spec.unique && !spec.paths.some(({ column }) => column === 'id')) columns.push('id')
  const kind = spec.unique ? 'UNIQUE INDEX' : 'INDEX'
  return `CREATE ${kind} IF NOT EXISTS ${quoteName(indexName(table, spec))} ON ${quoteName(table)} (${columns.join(', ')})`
}

/** Makes missing indexes and drops those that the definitions no longer have. */
export async function alignIndexes(connection: Connection, tables: readonly TableSpec[]): Promise<void> {
  const plan = (): string[] => {
    const existing = new Set(namesOf(connection, 'index'))
    return tables.flatMap(({ name, indexes }) => {
      const wanted = new Map(indexes.map((spec) => [indexName(name, spec), indexSql(name, spec)]))
      const dropped = [...existing].filter((index) => index.startsWith(`${name}:`) && !wanted.has(index))
      const made = [...wanted].filter(([index]) => !existing.has(index)).map(([, statement]) => statement)
      return [...dropped.map((index) => `DROP INDEX IF EXISTS ${quoteName(index)}`), ...made]
    })
  }
  if ((await connection.retrying(plan)).length === 0) return
  await connection.exclusively(() => {
    for (const statement of plan()) connection.db.exec(statement)
  })
}
