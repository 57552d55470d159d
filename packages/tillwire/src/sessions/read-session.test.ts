import { afterEach, describe, expect, it } from 'vitest'
import { manualClock, silentLogger } from '../core/index.ts'
import type { Store } from '../store/index.ts'
import { SessionExpired, Unauthenticated } from './errors.ts'
import { openSessions } from './open-sessions.ts'
import { requireSession } from './read-session.ts'
import { authSessions, users } from './schema.ts'
import { insertSession, insertUser, openTestStore, SECRET, signed } from './testing/harness.ts'
import type { Sessions } from './types.ts'

let store: Store
let sessions: Sessions
const clock = manualClock()

async function signedIn(origins?: string[]) {
  store = await openTestStore('memory:', clock)
  sessions = openSessions({ store, secret: SECRET, clock, logger: silentLogger, ...(origins && { origins }) })
  const user = await insertUser(store)
  const expiresAt = new Date(clock.now().getTime() + 86_400_000)
  return { user, ...(await insertSession(store, user.id, expiresAt)) }
}

afterEach(async () => {
  await sessions.close()
  await store.close()
})

describe('reading a session', () => {
  it('says who is asking', async () => {
    const { user, session, cookie } = await signedIn()
    const identity = {
      sessionId: session.id,
      user: { id: user.id, name: 'Ada', email: user.email },
      expiresAt: session.expiresAt,
    }
    expect(await sessions.reader.read({ cookie })).toEqual(identity)
    expect(await requireSession(sessions.reader, { cookie })).toEqual(identity)
  })

  it('is null for nobody, and where somebody must be it is Unauthenticated', async () => {
    const { token } = await signedIn()
    const forged = `better-auth.session_token=${signed(token, 'another secret')}`
    for (const cookie of [undefined, '', 'theme=dark', forged, `better-auth.session_token=${signed('unknown')}`])
      expect(await sessions.reader.read({ cookie })).toBeNull()
    await expect(requireSession(sessions.reader, {})).rejects.toThrow(Unauthenticated)
  })

  it('throws SessionExpired from the moment that it ends, by our clock, without telling the token', async () => {
    const { cookie, token, session } = await signedIn()
    clock.set(session.expiresAt)
    const error = await sessions.reader.read({ cookie }).catch((thrown: unknown) => thrown)
    expect(SessionExpired.is(error)).toBe(true)
    expect(error).toMatchObject({ code: 'session_expired', retryable: false })
    expect(`${(error as Error).message}${JSON.stringify((error as SessionExpired).details)}`).not.toContain(token)
  })

  it('takes a live session although another cookie names an expired one', async () => {
    const { user, session } = await signedIn()
    const old = await insertSession(store, user.id, clock.now())
    const live = await insertSession(store, user.id, new Date(session.expiresAt))
    const both = `__Secure-${old.cookie}; ${live.cookie}`
    expect((await sessions.reader.read({ cookie: both }))?.sessionId).toBe(live.session.id)
  })

  it('is null once the session is revoked, or its user is gone or banned', async () => {
    const { user, session, cookie } = await signedIn()
    const other = await insertSession(store, user.id, new Date(session.expiresAt))
    await sessions.revoke(user.id, session.id)
    expect(await sessions.reader.read({ cookie })).toBeNull()
    expect(await sessions.reader.read({ cookie: other.cookie })).not.toBeNull()
    await store.collection(users).update(user.id, { bannedAt: clock.now().toISOString() })
    expect(await sessions.reader.read({ cookie: other.cookie })).toBeNull()
    await store.collection(users).update(user.id, { bannedAt: null })
    expect(await sessions.reader.read({ cookie: other.cookie })).not.toBeNull()
    await store.collection(users).delete(user.id)
    expect(await sessions.reader.read({ cookie: other.cookie })).toBeNull()
  })

  it('believes only the __Secure- cookie where pages are https', async () => {
    const { cookie } = await signedIn(['https://here.com'])
    expect(await sessions.reader.read({ cookie })).toBeNull()
    expect(await sessions.reader.read({ cookie: `__Secure-${cookie}` })).not.toBeNull()
  })
})

describe('the sessions of a user', () => {
  it('are listed newest first, without those that ended and without tokens', async () => {
    const { user, session, token } = await signedIn()
    await insertSession(store, user.id, new Date(clock.now().getTime() - 1))
    await insertSession(store, (await insertUser(store)).id, new Date(session.expiresAt))
    clock.advance('1s')
    const newer = await insertSession(store, user.id, new Date(session.expiresAt))
    const listed = await sessions.list(user.id)
    expect(listed.map(({ id }) => id)).toEqual([newer.session.id, session.id])
    expect(listed[0]).toMatchObject({ ipAddress: '127.0.0.1', userAgent: 'test', expiresAt: session.expiresAt })
    expect(JSON.stringify(listed)).not.toContain(token)
  })

  it('are revoked by their owner only', async () => {
    const { user, session } = await signedIn()
    const stranger = await insertUser(store)
    await expect(sessions.revoke(stranger.id, session.id)).rejects.toMatchObject({ code: 'not_found' })
    await expect(sessions.revoke(user.id, 'sessions_none')).rejects.toMatchObject({ code: 'not_found' })
    expect(await sessions.list(user.id)).toHaveLength(1)
  })

  it('are all revoked, however many', async () => {
    const { user, session } = await signedIn()
    const stranger = await insertUser(store)
    await insertSession(store, stranger.id, new Date(session.expiresAt))
    await Promise.all(Array.from({ length: 120 }, () => insertSession(store, user.id)))
    expect(await sessions.revokeAll(user.id)).toBe(121)
    expect(await sessions.revokeAll(user.id)).toBe(0)
    expect(await store.collection(authSessions).count()).toBe(1)
  })
})

describe('users', () => {
  it('have their e-mail in lower case, and it as their username unless another is given', async () => {
    await signedIn()
    expect(await insertUser(store, { email: 'Grace@Here.com' })).toMatchObject({
      email: 'grace@here.com',
      username: 'grace@here.com',
    })
    expect(await insertUser(store, { email: 'Alan@Here.com', username: 'alan' })).toMatchObject({ username: 'alan' })
    await expect(insertUser(store, { email: 'GRACE@here.com' })).rejects.toMatchObject({ code: 'unique_violation' })
    await expect(insertUser(store, { username: 'alan' })).rejects.toMatchObject({ code: 'unique_violation' })
  })
})
