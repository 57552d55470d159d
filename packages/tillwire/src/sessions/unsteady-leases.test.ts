import { afterEach, beforeEach, expect, it } from 'vitest'
import { type ManualClock, manualClock, silentLogger } from '../core/index.ts'
import { UnsteadyDriver } from '../store/conformance/unsteady-driver.ts'
import type { Store } from '../store/index.ts'
import { openStoreOn } from '../store/open-store.ts'
import { SqliteDriver } from '../store/sqlite/sqlite-driver.ts'
import { openSessions } from './open-sessions.ts'
import { authSessions, sessionsCollections } from './schema.ts'
import { insertSession, insertUser, KEYS, SECRET, until } from './testing/harness.ts'
import type { SessionEnd, Sessions } from './types.ts'

/** A round of reading is given up after five seconds of real time. */
const ROUNDS_MS = 25_000
const DAY_MS = 86_400_000

let clock: ManualClock
let inner: SqliteDriver
let driver: UnsteadyDriver
/** The database as another process sees it: it answers. */
let other: Store
let store: Store
let sessions: Sessions

beforeEach(async () => {
  clock = manualClock()
  inner = await SqliteDriver.open(':memory:')
  driver = new UnsteadyDriver(inner, { late: 30, lost: 8 })
  const options = { url: 'memory:', collections: sessionsCollections, keys: KEYS, clock }
  other = await openStoreOn({ driver: inner, release: async () => {} }, options)
  store = await openStoreOn({ driver, release: async () => {} }, options)
  sessions = openSessions({ store, secret: SECRET, clock, logger: silentLogger })
})
afterEach(async () => {
  await sessions.close()
  await store.close()
  await other.close()
  await inner.close()
})

/** A lease that has been read: it knows that its session was prolonged meanwhile. */
async function leased() {
  const user = await insertUser(other)
  const { session, cookie } = await insertSession(other, user.id, new Date(clock.now().getTime() + DAY_MS))
  const identity = await sessions.reader.read({ cookie })
  const prolonged = new Date(clock.now().getTime() + 2 * DAY_MS).toISOString()
  await other.collection(authSessions).update(session.id, { expiresAt: prolonged })
  const ends: SessionEnd[] = []
  const renewals: string[] = []
  sessions.lease(identity!, { onEnd: (reason) => ends.push(reason), onRenew: (until) => renewals.push(until) })
  await until(() => renewals.length > 0)
  return { ends, revoke: () => other.collection(authSessions).delete(session.id) }
}

it('ends a lease whose reading never comes back, when that has lasted 30 s', { timeout: 60_000 }, async () => {
  const { ends, revoke } = await leased()
  driver.silent.add('read')
  await revoke()
  await until(() => driver.silenced > 0)
  const before = driver.silenced
  await until(() => driver.silenced > before, ROUNDS_MS)
  expect(ends).toEqual([])
  clock.advance('30s')
  await until(() => ends.length > 0, ROUNDS_MS)
  expect(ends).toEqual(['unavailable'])
})

it('ends a lease of a session that was revoked while the feed told nothing, within 30 s', async () => {
  driver.failing.add('changes')
  const { ends, revoke } = await leased()
  await revoke()
  await until(() => driver.failed > 2)
  expect(ends).toEqual([])
  clock.advance('30s')
  await until(() => ends.length > 0)
  expect(ends).toEqual(['revoked'])
})

it('ends leases within moments of a revocation, though answers are late or lost', async () => {
  const leases = await Promise.all(Array.from({ length: 20 }, leased))
  for (const { revoke } of leases) await revoke()
  await until(() => leases.every(({ ends }) => ends.length === 1))
  expect(leases.flatMap(({ ends }) => ends)).toEqual(Array(20).fill('revoked'))
})
