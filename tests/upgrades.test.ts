import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { users } from 'tillwire/sessions'
import { collection, openStore } from 'tillwire/store'
import { expect, it } from 'vitest'
import { letGo } from './support/evidence.ts'
import { tillwireCommand } from './support/tillwire-command.ts'

const LIMIT_MS = 120_000
const EMAIL = 'ada@here.com'
const COMMANDS = [['balance', EMAIL], ['check'], ['explain', EMAIL], ['schema'], ['doctor']]

it('of a database are for migrate: a command that looks changes nothing, and a newer one is refused', {
  timeout: LIMIT_MS,
}, async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tillwire-upgrades-'))
  const path = join(dataDir, 'tillwire.db')
  const env = { DATA_DIR: dataDir, DATABASE_URL: `file:${path}` }
  const older = collection({ name: users.name, schema: users.schema, unique: [['email']], hooks: {} })
  const store = await openStore({ url: env.DATABASE_URL, collections: [older] })
  const fields = { email: EMAIL, username: 'Ada', handle: '' }
  await store.collection(older).insertMany([fields, { ...fields, email: 'bea@here.com', username: 'Bea' }])
  await store.close()
  const before = contents(path)

  for (const command of COMMANDS) {
    const { status, stdout, stderr } = await tillwireCommand(command, env)
    expect(status, `${command[0]}: ${stdout}${stderr}`).toBe(0)
    expect(contents(path), command[0]).toEqual(before)
  }

  expect((await tillwireCommand(['migrate'], env)).status).toBe(0)
  const migrated = contents(path)
  expect(migrated.version).toBe(users.schemaVersion)
  expect(migrated.documents.map(({ schema_version }) => schema_version)).toEqual([2, 2])
  expect(migrated.indexes).toContain('users:unique:handle')

  const database = new DatabaseSync(path)
  database.exec("UPDATE _collections SET schema_version = 99 WHERE name = 'users'")
  database.close()
  const newer = contents(path)
  for (const command of [...COMMANDS.slice(0, 3), ['migrate']]) {
    const { status, stderr } = await tillwireCommand(command, env)
    expect(status, command[0]).toBe(1)
    expect(stderr, command[0]).toMatch(/users.*newer|newer.*users/s)
    expect(contents(path), command[0]).toEqual(newer)
  }
  letGo(dataDir)
})

/** What the file says of users, and on what indexes. */
function contents(path: string) {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    const rows = (sql: string) => database.prepare(sql).all() as Record<string, unknown>[]
    return {
      documents: rows('SELECT * FROM users ORDER BY id'),
      version: rows("SELECT schema_version AS version FROM _collections WHERE name = 'users'")[0]?.version,
      indexes: rows("SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'users' ORDER BY name").map(
        ({ name }) => name,
      ),
    }
  } finally {
    database.close()
  }
}
