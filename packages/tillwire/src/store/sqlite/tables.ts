import type { IndexSpec, SchemaRecord, TableSpec } from '../driver.ts'
import { InvalidCollection, StoreUnavailable, UniqueViolation } from '../errors.ts'
import { brokenUniqueness, type Connection } from './connection.ts'
import { columnsOf } from './path-sql.ts'
import { quoteName } from './sql.ts'

/** Of the tables here: a file of another is refused. In SQLite's `user_version`. */
export const FORMAT = 5

/**
 * The feed. A row has the changes of one collection that followed one another in one commit (see
 * `packed-change.ts`): how many, the position of the last, and which commit it was and when. They hold what was there
 * before; what came after is in the collection's table, or in the next change of the same document. `position` needs no AUTOINCREMENT:
 * the newest row is never deleted, so numbers are not used twice.
 */
const SYSTEM_TABLES = `
  CREATE TABLE _store (id TEXT NOT NULL) STRICT;
  CREATE TABLE _collections (
    name TEXT PRIMARY KEY NOT NULL,
    schema_version INTEGER NOT NULL,
    needed_version INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE _changes (
    position INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    commit_id TEXT NOT NULL,
    changes INTEGER NOT NULL,
    collection TEXT NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
`

/** `position` is that of the last change. */
const documentTable = (name: string) => `
  CREATE TABLE ${quoteName(name)} (
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

/** The tables that are there; throws where one of these has the name of another in other letters. */
function namesBeside(connection: Connection, tables: readonly TableSpec[]): ReadonlySet<string> {
  const existing = namesOf(connection, 'table')
  const known = new Map(existing.map((name) => [name.toLowerCase(), name]))
  for (const { name } of tables) {
    const other = known.get(name.toLowerCase())
    if (other !== undefined && other !== name)
      throw new InvalidCollection(name, `it differs from "${other}" by letter case only`)
    known.set(name.toLowerCase(), name)
  }
  return new Set(existing)
}

/** Throws what making these tables and indexes would throw, and changes nothing. */
export function judgeTables(connection: Connection, tables: readonly TableSpec[]): void {
  const existing = namesBeside(connection, tables)
  for (const change of indexChanges(connection, tables)) {
    if (change.kind === 'drop' || !change.spec.unique || !existing.has(change.table)) continue
    const found = repeated(connection, change.table, change.spec)
    if (found.documents > 0)
      throw new UniqueViolation({ collection: change.table, fields: change.spec.fields, repeated: found })
  }
}

/** Makes the tables that are missing, with their indexes. */
export async function createDocumentTables(connection: Connection, tables: readonly TableSpec[]): Promise<void> {
  const existing = await connection.retrying(() => namesBeside(connection, tables))
  const missing = tables.filter(({ name }) => !existing.has(name))
  if (missing.length === 0) return
  await connection.exclusively(() => {
    const made = new Set(namesOf(connection, 'table'))
    for (const table of missing) {
      // Another process may have been faster.
      if (made.has(table.name)) continue
      made.add(table.name)
      connection.db.exec(documentTable(table.name))
      for (const spec of table.indexes) makeIndex(connection, indexName(table.name, spec), table.name, spec)
      recordSchema(connection, table.name, { reached: table.schemaVersion, needed: table.schemaVersion })
    }
  })
}

/** What is recorded of schemas, by table. */
export function schemaRecords(connection: Connection): ReadonlyMap<string, SchemaRecord> {
  const rows = connection.prepare('SELECT name, schema_version, needed_version FROM _collections').all()
  return new Map(
    (rows as unknown as [name: string, reached: number, needed: number][]).map(([name, reached, needed]) => [
      name,
      { reached, needed: Math.max(reached, needed) },
    ]),
  )
}

export function recordSchema(connection: Connection, table: string, { reached, needed }: SchemaRecord): void {
  connection
    .prepare(
      `INSERT INTO _collections (name, schema_version, needed_version) VALUES (?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET
         schema_version = max(schema_version, excluded.schema_version),
         needed_version = max(needed_version, excluded.needed_version)`,
    )
    .run(table, reached, needed)
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

/** The table and columns of an index, as they stand in its statement. */
function indexColumns(table: string, spec: IndexSpec): string {
  const columns = spec.paths.flatMap(columnsOf).map(({ expression }) => expression)
  // Ties are ordered by id: with it in the index a page needs no sorting.
  if (!spec.unique && !spec.paths.some(({ column }) => column === 'id')) columns.push('id')
  return `ON ${quoteName(table)} (${columns.join(', ')})`
}

type IndexChange =
  | { readonly kind: 'drop'; readonly name: string }
  | { readonly kind: 'make'; readonly name: string; readonly table: string; readonly spec: IndexSpec }

/** How indexes that are there differ from those of the definitions: by name, or in what they are of. */
function indexChanges(connection: Connection, tables: readonly TableSpec[]): IndexChange[] {
  const rows = connection.prepare("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL").all()
  const existing = new Map(rows as unknown as [name: string, sql: string][])
  return tables.flatMap(({ name: table, indexes }) => {
    const wanted = new Map(indexes.map((spec) => [indexName(table, spec), spec]))
    const isAsWanted = (name: string) => {
      const spec = wanted.get(name)
      return spec !== undefined && existing.get(name)?.endsWith(indexColumns(table, spec))
    }
    const dropped = [...existing.keys()].filter((name) => name.startsWith(`${table}:`) && !isAsWanted(name))
    const made = [...wanted].filter(([name]) => !isAsWanted(name))
    return [
      ...dropped.map((name) => ({ kind: 'drop' as const, name })),
      ...made.map(([name, spec]) => ({ kind: 'make' as const, name, table, spec })),
    ]
  })
}

/**
 * Makes missing indexes, those of which a definition has changed anew, and drops those that no definition has: all
 * of it, or nothing.
 * @throws UniqueViolation when documents that are there repeat what is to be unique.
 */
export async function alignIndexes(connection: Connection, tables: readonly TableSpec[]): Promise<void> {
  if ((await connection.retrying(() => indexChanges(connection, tables))).length === 0) return
  await connection.exclusively(() => {
    for (const change of indexChanges(connection, tables)) {
      if (change.kind === 'drop') connection.db.exec(`DROP INDEX ${quoteName(change.name)}`)
      else makeIndex(connection, change.name, change.table, change.spec)
    }
  })
}

function makeIndex(connection: Connection, name: string, table: string, spec: IndexSpec): void {
  const kind = spec.unique ? 'UNIQUE INDEX' : 'INDEX'
  try {
    connection.db.exec(`CREATE ${kind} ${quoteName(name)} ${indexColumns(table, spec)}`)
  } catch (error) {
    if (!brokenUniqueness(error)) throw error
    throw new UniqueViolation({ collection: table, fields: spec.fields, repeated: repeated(connection, table, spec) })
  }
}

/** How many ids of documents that repeat unique values are told. */
const TOLD_IDS = 5

/** The documents that have what is to be unique in common with another. */
function repeated(connection: Connection, table: string, { paths }: IndexSpec): { documents: number; ids: string[] } {
  const columns = paths.flatMap(columnsOf).map(({ expression }) => expression)
  const rows = connection.db
    .prepare(
      `SELECT id, count(*) OVER () AS documents FROM (
         SELECT id, count(*) OVER (PARTITION BY ${columns.join(', ')}) AS same FROM ${quoteName(table)}
         WHERE ${columns.map((column) => `${column} IS NOT NULL`).join(' AND ')}
       ) WHERE same > 1 ORDER BY id LIMIT ?`,
    )
    .all(TOLD_IDS) as unknown as { id: string; documents: number }[]
  return { documents: rows[0]?.documents ?? 0, ids: rows.map(({ id }) => id) }
}
