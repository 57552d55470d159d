import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type Clock, manualClock, silentLogger, systemClock } from '../core/index.ts'
import { CursorExpired, type Store, StoreUnavailable } from '../store/index.ts'
import { damageFile } from '../store/sqlite/damage-file.ts'
import { openSessions } from './open-sessions.ts'
import { authSessions, users } from './schema.ts'
import { insertSession, insertUser, openTestStore, SECRET, until } from './testing/harness.ts'
import type { SessionEnd, SessionIdentity, Sessions } from './types.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function opened(clock: Clock = systemClock, url = 'memory:', wrap = (store: Store) => store) {
  const store = await openTestStore(url, clock)
  closing.push(() => store.close())
  const sessions = openSessions({ store: wrap(store), secret: SECRET, clock, logger: silentLogger })
  closing.push(() => sessions.close())
  return { store, sessions }
}

async function signedIn(store: Store, sessions: Sessions, clock: Clock = systemClock) {
  const user = await insertUser(store)
  const { session, cookie } = await insertSession(store, user.id, new Date(clock.now().getTime() + 86_400_000))
  const identity = await sessions.reader.read({ cookie })
  if (!identity) throw new Error('Not signed in')
  return { user, session, identity }
}

function leased(sessions: Sessions, identity: SessionIdentity) {
  const ends: SessionEnd[] = []
  const renewals: string[] = []
  const lease = sessions.lease(identity, {
    onEnd: (reason) => ends.push(reason),
    onRenew: (expiresAt) => renewals.push(expiresAt),
  })
  return { lease, ends, renewals }
}

describe('a lease', () => {
  it('ends within a second when its session is revoked, and no other does', async () => {
    const { store, sessions } = await opened()
    const one = await signedIn(store, sessions)
    const two = await signedIn(store, sessions)
    const first = leased(sessions, one.identity)
    const again = leased(sessions, one.identity)
    const other = leased(sessions, two.identity)
    await sessions.revoke(one.user.id, one.session.id)
    expect(await until(() => first.ends.length + again.ends.length === 2)).toBeLessThan(1_000)
    expect([...first.ends, ...again.ends]).toEqual(['revoked', 'revoked'])
    expect(other.ends).toEqual([])
  })

  it('ends alone when its session cannot be read, and all others that a user has can be revoked', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tillwire-lease-'))
    closing.push(() => rm(folder, { recursive: true, force: true }))
    const path = join(folder, 'lease.db')
    const before = await opened(systemClock, `file:${path}`)
    const one = await signedIn(before.store, before.sessions)
    const two = await signedIn(before.store, before.sessions)
    const { session } = await insertSession(before.store, one.user.id, new Date(Date.now() + 86_400_000))
    await before.sessions.close()
    await before.store.close()
    damageFile(path, [{ table: authSessions.name, id: one.session.id }])
    const { store, sessions } = await opened(systemClock, `file:${path}`)
    const first = leased(sessions, one.identity)
    const other = leased(sessions, two.identity)
    await until(() => first.ends.length > 0)
    expect(first.ends).toEqual(['unavailable'])
    expect(await sessions.revokeAll(one.user.id)).toBe(1)
    expect(await store.collection(authSessions).get(session.id)).toBeNull()
    await sessions.revoke(two.user.id, two.session.id)
    await until(() => other.ends.length > 0)
    expect(other.ends).toEqual(['revoked'])
  })

  it('ends within a second when another process revokes its session', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tillwire-lease-'))
    closing.push(() => rm(folder, { recursive: true, force: true }))
    const url = `file:${join(folder, 'lease.db')}`
    const { store, sessions } = await opened(systemClock, url)
    const { user, session, identity } = await signedIn(store, sessions)
    const { ends } = leased(sessions, identity)
    const child = fork(new URL('./testing/revoke-in-child.ts', import.meta.url), [url])
    closing.push(async () => {
      if (child.connected) child.disconnect()
      if (child.exitCode === null) await once(child, 'exit')
    })
    await once(child, 'message')
    expect(ends).toEqual([])
    child.send({ userId: user.id, sessionId: session.id })
    await once(child, 'message')
    expect(await until(() => ends.length > 0)).toBeLessThan(1_000)
    expect(ends).toEqual(['revoked'])
  })

  it('ends when its session was revoked between the read and the lease', async () => {
    const { store, sessions } = await opened()
    const { user, session, identity } = await signedIn(store, sessions)
    await sessions.revoke(user.id, session.id)
    const { ends } = leased(sessions, identity)
    await until(() => ends.length > 0)
    expect(ends).toEqual(['revoked'])
  })

  it('ends however revocations fall between leases', async () => {
    const { store, sessions } = await opened()
    const signed = await Promise.all(Array.from({ length: 50 }, () => signedIn(store, sessions)))
    const leases: ReturnType<typeof leased>[] = []
    await Promise.all(
      signed.map(async ({ user, session, identity }, index) => {
        const revoked = sessions.revoke(user.id, session.id)
        for (let turn = 0; turn < index % 7; turn++) await Promise.resolve()
        leases.push(leased(sessions, identity))
        await revoked
      }),
    )
    await until(() => leases.every(({ ends }) => ends.length === 1))
    expect(leases.flatMap(({ ends }) => ends)).toEqual(Array(50).fill('revoked'))
  })

  it('ends when its user is deleted or banned', async () => {
    const { store, sessions } = await opened()
    const one = await signedIn(store, sessions)
    const two = await signedIn(store, sessions)
    const deleted = leased(sessions, one.identity)
    const banned = leased(sessions, two.identity)
    await store.collection(users).delete(one.user.id)
    await store.collection(users).update(two.user.id, { bannedAt: new Date().toISOString() })
    await until(() => deleted.ends.length + banned.ends.length === 2)
    expect([deleted.ends, banned.ends]).toEqual([['user_deleted'], ['revoked']])
  })

  it('ends when its session expires, and one that ends later goes on', async () => {
    const clock = manualClock()
    const { store, sessions } = await opened(clock)
    const one = await signedIn(store, sessions, clock)
    clock.advance('1ms')
    const two = await signedIn(store, sessions, clock)
    const [first, second] = [leased(sessions, one.identity), leased(sessions, two.identity)]
    clock.set(one.identity.expiresAt)
    await until(() => first.ends.length > 0)
    expect([first.ends, second.ends]).toEqual([['expired'], []])
  })

  it('goes on when its session was prolonged, says so, and ends at the new end', async () => {
    const clock = manualClock()
    const { store, sessions } = await opened(clock)
    const one = await signedIn(store, sessions, clock)
    const two = await signedIn(store, sessions, clock)
    const [prolonged, other] = [leased(sessions, one.identity), leased(sessions, two.identity)]
    const expiresAt = new Date(Date.parse(one.identity.expiresAt) + 86_400_000).toISOString()
    await store.collection(authSessions).update(one.session.id, { expiresAt })
    await until(() => prolonged.renewals.length > 0)
    expect([prolonged.renewals, other.renewals]).toEqual([[expiresAt], []])
    expect(prolonged.lease.identity.expiresAt).toBe(expiresAt)
    clock.set(two.identity.expiresAt)
    await until(() => other.ends.length > 0)
    expect([prolonged.ends, other.ends]).toEqual([[], ['expired']])
    clock.set(expiresAt)
    await until(() => prolonged.ends.length > 0)
    expect(prolonged.ends).toEqual(['expired'])
  })

  it('tells nothing after it was released', async () => {
    const { store, sessions } = await opened()
    const { user, session, identity } = await signedIn(store, sessions)
    const released = leased(sessions, identity)
    const kept = leased(sessions, identity)
    released.lease.release()
    await sessions.revoke(user.id, session.id)
    await until(() => kept.ends.length > 0)
    expect(released.ends).toEqual([])
  })
})

/** The same object with some of its methods in other hands. */
function withMethods<T extends object>(target: T, methods: Partial<T>): T {
  return new Proxy(target, {
    get(_, name) {
      const value = Reflect.get(name in methods ? methods : target, name)
      return typeof value === 'function' && !(name in methods) ? value.bind(target) : value
    },
  })
}

describe('the keeper of leases', () => {
  /** The store, with its feeds counted, and out of reach while `down`. */
  class Wire {
    down = false
    feeds = 0
    refusals = 0
    #cut = new AbortController()

    /** Breaks every feed, and what happens before the next is too old to be told. */
    cut(): void {
      this.#cut.abort()
      this.#cut = new AbortController()
    }

    async *#whole<T>(changes: AsyncIterable<T>): AsyncIterable<T> {
      const { signal } = this.#cut
      yield* changes
      if (signal.aborted) throw new CursorExpired('cut')
    }

    readonly wrap = (store: Store): Store =>
      withMethods(store, {
        cursor: () => this.#reach(() => store.cursor()),
        collection: (collection) => {
          const handle = store.collection(collection)
          return withMethods(handle, {
            getMany: (ids) => this.#reach(() => handle.getMany(ids)),
            watch: (options) => {
              this.feeds += 1
              return this.#whole(
                handle.watch({ ...options, signal: AbortSignal.any([options!.signal!, this.#cut.signal]) }),
              )
            },
          })
        },
      })

    async refused(): Promise<void> {
      const before = this.refusals
      await until(() => this.refusals > before + 1)
    }

    async #reach<T>(answer: () => Promise<T>): Promise<T> {
      if (!this.down) return answer()
      this.refusals += 1
      throw new StoreUnavailable('unplugged')
    }
  }

  it('has two feeds, however many leases', async () => {
    const wire = new Wire()
    const { store, sessions } = await opened(systemClock, 'memory:', wire.wrap)
    const { user, session, identity } = await signedIn(store, sessions)
    const leases = Array.from({ length: 500 }, () => leased(sessions, identity))
    await sessions.revoke(user.id, session.id)
    await until(() => leases.every(({ ends }) => ends[0] === 'revoked'))
    expect(wire.feeds).toBe(2)
  })

  it('ends every lease when the store was out of reach for 30 s, and not before', async () => {
    const clock = manualClock()
    const wire = new Wire()
    const { store, sessions } = await opened(clock, 'memory:', wire.wrap)
    const { identity } = await signedIn(store, sessions, clock)
    const { ends } = leased(sessions, identity)
    await until(() => wire.feeds === 2)
    wire.down = true
    clock.advance('6s')
    await wire.refused()
    clock.advance('29s')
    await wire.refused()
    expect(ends).toEqual([])
    clock.advance('1s')
    await until(() => ends.length > 0)
    expect(ends).toEqual(['unavailable'])
  })

  it('gets over short outages, and learns what happened meanwhile', async () => {
    const clock = manualClock()
    const wire = new Wire()
    const { store, sessions } = await opened(clock, 'memory:', wire.wrap)
    const one = await signedIn(store, sessions, clock)
    const two = await signedIn(store, sessions, clock)
    const revoked = leased(sessions, one.identity)
    const kept = leased(sessions, two.identity)
    await until(() => wire.feeds === 2)
    wire.down = true
    await sessions.revoke(one.user.id, one.session.id)
    await wire.refused()
    expect(revoked.ends).toEqual([])
    clock.advance('20s')
    wire.down = false
    await until(() => revoked.ends.length > 0)
    expect([revoked.ends, kept.ends]).toEqual([['revoked'], []])
    wire.down = true
    clock.advance('20s')
    await wire.refused()
    expect(kept.ends).toEqual([])
  })

  it('takes up feeds that broke, and learns what they missed', async () => {
    const wire = new Wire()
    const { store, sessions } = await opened(systemClock, 'memory:', wire.wrap)
    const one = await signedIn(store, sessions)
    const two = await signedIn(store, sessions)
    const [missed, kept] = [leased(sessions, one.identity), leased(sessions, two.identity)]
    await until(() => wire.feeds === 2)
    wire.down = true
    wire.cut()
    await wire.refused()
    await sessions.revoke(one.user.id, one.session.id)
    wire.down = false
    await until(() => missed.ends.length > 0)
    expect([missed.ends, kept.ends]).toEqual([['revoked'], []])
    await sessions.revoke(two.user.id, two.session.id)
    await until(() => kept.ends.length > 0)
    await until(() => wire.feeds >= 4)
  })
})
