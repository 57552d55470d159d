import type { IndexSpec, TableSpec } from '../driver.ts'
import { InvalidCollection } from '../errors.ts'
import type { Connection } from './connection.ts'
import { pathSql, quoteName, quoteText } from './sql.ts'

/**
 * The feed. `position` needs no AUTOINCREMENT: the newest row is never deleted, so numbers are not
 * used twice. The document columns hold what was there before; what came after is in the
 * collection's table, or in the next change of the same document.
 */
const SYSTEM_TABLES = `
  CREATE TABLE IF NOT EXISTS _store (id TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS _changes (
    position INTEGER PRIMARY KEY,
    collection TEXT NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    schema_version INTEGER,
    created_at TEXT,
    updated_at TEXT,
    doc TEXT
  ) STRICT;
`

/**
 * `position` is that of the last change. Triggers write the feed: they have what was there before at hand,
 * which a statement of its own would look up again. A rewrite leaves `version` alone and is no change.
 */
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
  CREATE TRIGGER IF NOT EXISTS ${quoteName(`${name}:inserted`)} AFTER INSERT ON ${quoteName(name)} BEGIN
    INSERT INTO _changes (position, collection, id, version, removed)
    VALUES (NEW.position, ${quoteText(name)}, NEW.id, NEW.version, 0);
  END;
  CREATE TRIGGER IF NOT EXISTS ${quoteName(`${name}:replaced`)} AFTER UPDATE OF version ON ${quoteName(name)} BEGIN
    INSERT INTO _changes (position, collection, id, version, removed, schema_version, created_at, updated_at, doc)
    VALUES (NEW.position, ${quoteText(name)}, NEW.id, NEW.version, 0, OLD.schema_version, OLD.created_at, OLD.updated_at, OLD.doc);
  END;
  CREATE TRIGGER IF NOT EXISTS ${quoteName(`${name}:removed`)} AFTER DELETE ON ${quoteName(name)} BEGIN
    INSERT INTO _changes (collection, id, version, removed, schema_version, created_at, updated_at, doc)
    VALUES (${quoteText(name)}, OLD.id, OLD.version, 1, OLD.schema_version, OLD.created_at, OLD.updated_at, OLD.doc);
  END;
`
const TRIGGERS = ['inserted', 'replaced', 'removed']

function namesOf(connection: Connection, type: 'table' | 'index' | 'trigger'): string[] {
  const rows = connection.prepare('SELECT name FROM sqlite_master WHERE type = ?').all(type)
  return (rows as unknown as [string][]).map(([name]) => name)
}

/** Makes the store's own tables; returns the database's id. */
export async function createSystemTables(connection: Connection, newId: string): Promise<string> {
  if (!namesOf(connection, 'table').includes('_changes')) {
    await connection.exclusively(() => {
      connection.db.exec(SYSTEM_TABLES)
      connection.db.prepare('INSERT INTO _store (id) SELECT ? WHERE NOT EXISTS (SELECT 1 FROM _store)').run(newId)
    })
  }
  return connection.retrying(() => {
    const row = connection.prepare('SELECT id FROM _store').get() as unknown as [string]
    return row[0]
  })
}

/** Makes the tables that are missing, with their triggers. */
export async function createDocumentTables(connection: Connection, tables: readonly TableSpec[]): Promise<void> {
  const [existing, triggers] = await connection.retrying(() => [
    new Map(namesOf(connection, 'table').map((name) => [name.toLowerCase(), name])),
    new Set(namesOf(connection, 'trigger')),
  ])
  for (const { name } of tables) {
    const other = existing.get(name.toLowerCase())
    if (other !== undefined && other !== name)
      throw new InvalidCollection(name, `it differs from "${other}" by letter case only`)
  }
  const missing = tables.filter(
    ({ name }) => !existing.has(name.toLowerCase()) || TRIGGERS.some((trigger) => !triggers.has(`${name}:${trigger}`)),
  )
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
