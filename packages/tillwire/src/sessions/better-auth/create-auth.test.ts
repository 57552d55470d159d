import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { getAuthTables } from 'better-auth/db'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { silentLogger, systemClock } from '../../core/index.ts'
import { type Store, StoreUnavailable } from '../../store/index.ts'
import { openSessions } from '../open-sessions.ts'
import { accounts, authSessions, mails, users, verifications } from '../schema.ts'
import { authOn, insertUser, mailTo, openTestStore, SECRET, type TestAuth, until } from '../testing/harness.ts'
import type { Sessions } from '../types.ts'

let store: Store
let sessions: Sessions
beforeEach(async () => {
  store = await openTestStore()
  sessions = openSessions({ store, secret: SECRET, clock: systemClock, logger: silentLogger })
})
afterEach(async () => {
  await sessions.close()
  await store.close()
})

const ada = { name: 'Ada', email: 'Ada@Here.com', password: 'correct horse battery' }
const start = (options: TestAuth = {}) => authOn(store, options).browser()

describe('signing up and in by e-mail and password', () => {
  it('signs in at once in local mode, with a cookie that our reader knows', async () => {
    const browser = start()
    const response = await browser.post('/sign-up/email', ada)
    expect(response.status).toBe(200)
    const identity = await sessions.reader.read({ cookie: browser.cookie })
    expect(identity?.user).toMatchObject({ name: 'Ada', email: 'ada@here.com' })
    expect(identity?.user.id).toMatch(/^users_/)
    const user = await store.collection(users).get(identity!.user.id)
    expect(user).toMatchObject({ username: 'ada@here.com', emailVerified: false })
  })

  it('keeps the password only as Better Auth hashed it', async () => {
    await start().post('/sign-up/email', ada)
    const account = await store.collection(accounts).findOne({ providerId: 'credential' })
    expect(account?.password).toMatch(/^[0-9a-f]{32}:[0-9a-f]{128}$/)
    const again = start()
    expect((await again.post('/sign-in/email', { ...ada, password: 'wrong horse battery' })).status).toBe(401)
    expect((await again.post('/sign-in/email', ada)).status).toBe(200)
  })

  it('ends the session on sign-out, and the lease of a socket with it', async () => {
    const browser = start()
    await browser.post('/sign-up/email', ada)
    const { cookie } = browser
    const identity = await sessions.reader.read({ cookie })
    const ends: string[] = []
    sessions.lease(identity!, { onEnd: (reason) => ends.push(reason), onRenew() {} })
    expect((await browser.post('/sign-out')).status).toBe(200)
    expect(await until(() => ends.length > 0)).toBeLessThan(1_000)
    expect(ends).toEqual(['revoked'])
    expect(await sessions.reader.read({ cookie })).toBeNull()
    expect(browser.cookie).toBe('')
  })

  it('makes one user when many sign up with one address at once', async () => {
    const { browser } = authOn(store)
    const statuses = await Promise.all(
      Array.from({ length: 6 }, async () => (await browser().post('/sign-up/email', ada)).status),
    )
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    expect(statuses.filter((status) => status === 422)).toHaveLength(5)
    expect(await store.collection(users).count()).toBe(1)
    expect(await store.collection(accounts).count()).toBe(1)
    expect(await store.collection(authSessions).count()).toBe(1)
  })

  it('tells of each new user once', async () => {
    const told: string[] = []
    const { browser } = authOn(store, { afterSignUp: async ({ email }) => void told.push(email) })
    await browser().post('/sign-up/email', ada)
    await browser().post('/sign-up/email', ada)
    await browser().post('/sign-in/email', ada)
    expect(told).toEqual(['ada@here.com'])
  })

  it('lets nobody in who is banned', async () => {
    const browser = start()
    await browser.post('/sign-up/email', ada)
    const user = await store.collection(users).findOne({ email: 'ada@here.com' })
    await store.collection(users).update(user!.id, { bannedAt: new Date().toISOString() })
    expect((await start().post('/sign-in/email', ada)).status).toBe(403)
    expect(await sessions.reader.read({ cookie: browser.cookie })).toBeNull()
  })

  it('refuses a request from elsewhere', async () => {
    const { auth } = authOn(store)
    const request = (origin: string) =>
      auth.handler(
        new Request('http://localhost:3000/api/auth/sign-in/email', {
          method: 'POST',
          headers: { 'content-type': 'application/json', origin, cookie: 'theme=dark' },
          body: JSON.stringify(ada),
        }),
      )
    expect((await request('https://evil.example')).status).toBe(403)
    expect((await request('http://localhost:3000')).status).toBe(401)
  })
})

describe('signing in by a mailed link', () => {
  it('works once', async () => {
    const browser = start()
    await browser.post('/sign-in/magic-link', { email: 'grace@here.com', callbackURL: '/dashboard' })
    const { link } = await mailTo(store, 'grace@here.com')
    const response = await browser.get(link!)
    expect([response.status, response.headers.get('location')]).toEqual([302, 'http://localhost:3000/dashboard'])
    const identity = await sessions.reader.read({ cookie: browser.cookie })
    expect(await store.collection(users).get(identity!.user.id)).toMatchObject({
      email: 'grace@here.com',
      emailVerified: true,
    })
    const replay = start()
    expect((await replay.get(link!)).headers.get('location')).toContain('error=INVALID_TOKEN')
    expect(await sessions.reader.read({ cookie: replay.cookie })).toBeNull()
  })

  it('lets one in when many follow it at once', async () => {
    const { browser } = authOn(store)
    await browser().post('/sign-in/magic-link', { email: 'grace@here.com' })
    const { link } = await mailTo(store, 'grace@here.com')
    const browsers = Array.from({ length: 5 }, () => browser())
    await Promise.all(browsers.map((one) => one.get(link!)))
    expect(await store.collection(authSessions).count()).toBe(1)
    expect(browsers.filter(({ cookie }) => cookie !== '')).toHaveLength(1)
  })

  it('keeps no token in clear beside the mail', async () => {
    await start().post('/sign-in/magic-link', { email: 'grace@here.com' })
    const { link } = await mailTo(store, 'grace@here.com')
    const token = new URL(link!).searchParams.get('token')
    const { items } = await store.collection(verifications).find()
    expect(items).toHaveLength(1)
    expect(JSON.stringify(items)).not.toContain(token)
  })
})

describe('a user who was made without a way to sign in', () => {
  const made = () => insertUser(store, { name: 'Ada Customer', email: 'ada@here.com' })

  it.each([false, true])(
    'is not taken over by signing up (mail verified first: %s)',
    async (requireEmailVerification) => {
      const user = await made()
      const browser = start({ requireEmailVerification })
      const response = await browser.post('/sign-up/email', ada)
      expect(response.status).toBe(requireEmailVerification ? 200 : 422)
      expect(browser.cookie).toBe('')
      expect(await store.collection(accounts).count()).toBe(0)
      expect(await store.collection(authSessions).count()).toBe(0)
      expect((await start({ requireEmailVerification }).post('/sign-in/email', ada)).status).toBe(401)
      expect(await store.collection(users).get(user.id)).toEqual(user)
    },
  )

  it('is told by mail, and the answer to a sign-up does not tell that it exists', async () => {
    await made()
    const { browser } = authOn(store, { requireEmailVerification: true })
    const known = await (await browser().post('/sign-up/email', ada)).json()
    const fresh = await (await browser().post('/sign-up/email', { ...ada, email: 'new@here.com' })).json()
    const shape = (answer: { user: object }) => ({ ...answer, user: Object.keys(answer.user).sort() })
    expect(shape(known)).toEqual(shape(fresh))
    expect(known.user.id).toMatch(/^users_/)
    expect((await mailTo(store, 'ada@here.com')).subject).toBe('You already have an account')
  })

  it('gets in by a mailed link, as the same user', async () => {
    const user = await made()
    const browser = start()
    await browser.post('/sign-in/magic-link', { email: user.email })
    await browser.get((await mailTo(store, user.email)).link!)
    const identity = await sessions.reader.read({ cookie: browser.cookie })
    expect(identity?.user.id).toBe(user.id)
    expect(await store.collection(users).get(user.id)).toMatchObject({ emailVerified: true, name: 'Ada Customer' })
  })

  it('takes back an address that another signed up with and never proved', async () => {
    const squatter = start()
    await squatter.post('/sign-up/email', ada)
    const owner = start()
    await owner.post('/sign-in/magic-link', { email: 'ada@here.com' })
    await owner.get((await mailTo(store, 'ada@here.com')).link!)
    expect(await sessions.reader.read({ cookie: owner.cookie })).not.toBeNull()
    expect(await sessions.reader.read({ cookie: squatter.cookie })).toBeNull()
    expect((await start().post('/sign-in/email', ada)).status).toBe(401)
  })
})

describe('in production', () => {
  const production = { production: true, webOrigin: 'https://here.com', rateLimit: null }

  it('signs in only after the address was proven, with a __Secure- cookie for the shared domain', async () => {
    const { browser } = authOn(store, { ...production, cookieDomain: 'here.com' })
    const first = browser()
    expect((await first.post('/sign-up/email', ada)).status).toBe(200)
    expect(first.cookie).toBe('')
    expect((await first.post('/sign-in/email', ada)).status).toBe(403)
    const response = await first.get((await mailTo(store, 'ada@here.com')).link!)
    const [cookie] = response.headers.getSetCookie()
    expect(cookie).toMatch(/^__Secure-better-auth\.session_token=/)
    for (const attribute of ['Domain=here.com', 'Secure', 'HttpOnly', 'SameSite=Lax', 'Path=/'])
      expect(cookie).toContain(attribute)
    expect(await sessions.reader.read({ cookie: first.cookie })).not.toBeNull()
    expect((await browser().post('/sign-in/email', ada)).status).toBe(200)
  })

  it('lets an address try ten times a minute, and others go on', async () => {
    const { browser } = authOn(store, { production: true, webOrigin: 'https://here.com' })
    const eager = browser()
    const statuses: number[] = []
    const wrong = { email: 'nobody@here.com', callbackURL: '/' }
    for (let attempt = 0; attempt < 12; attempt++)
      statuses.push((await eager.post('/sign-in/magic-link', wrong)).status)
    expect(statuses).toEqual([...Array(10).fill(200), 429, 429])
    expect((await browser().post('/sign-in/magic-link', wrong)).status).toBe(200)
  })

  it('has no such limit in local mode', async () => {
    const browser = start()
    for (let attempt = 0; attempt < 15; attempt++)
      expect((await browser.post('/sign-in/magic-link', { email: 'ada@here.com' })).status).toBe(200)
    expect(await store.collection(mails).count()).toBe(15)
  })
})

describe('the collections', () => {
  it("have every field of Better Auth's tables", async () => {
    const { auth } = authOn(store)
    const tables = Object.entries(getAuthTables(auth.options))
    const own = { user: users, session: authSessions, account: accounts, verification: verifications }
    expect(tables.map(([table]) => table).sort()).toEqual(Object.keys(own).sort())
    for (const [table, { fields }] of tables) {
      const kept = [...Object.keys(own[table as keyof typeof own].schema.shape), 'createdAt', 'updatedAt', 'id']
      expect(kept).toEqual(expect.arrayContaining(Object.keys(fields)))
    }
  })
})

describe('secrets', () => {
  it('are not in the files of the store: password, session token, link', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tillwire-secrets-'))
    await using files = await openTestStore(`file:${join(folder, 'auth.db')}`)
    const browser = authOn(files).browser()
    await browser.post('/sign-up/email', ada)
    await browser.post('/sign-in/magic-link', { email: 'ada@here.com' })
    const link = new URL((await mailTo(files, 'ada@here.com')).link!).searchParams.get('token')!
    const session = decodeURIComponent(browser.cookie.split('=')[1]!).split('.')[0]!
    const contents = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), 'latin1')))
    const everything = contents.join()
    expect(everything).toContain('ada@here.com')
    for (const secret of [ada.password, session, link]) {
      expect(secret.length).toBeGreaterThan(20)
      expect(everything).not.toContain(secret)
    }
    await rm(folder, { recursive: true })
  })

  it('are in no log line and no error', async () => {
    const lines: unknown[] = []
    const write = (fields: object, message: string) => void lines.push({ fields, message })
    const printed = vi.spyOn(console, 'error').mockImplementation((...args) => void lines.push(inspect(args)))
    const logger = { debug: write, info: write, warn: write, error: write, child: () => logger }
    const { browser } = authOn(store, { logger })
    const one = browser()
    await one.post('/sign-up/email', ada)
    await one.post('/sign-up/email', ada)
    await one.post('/sign-in/magic-link', { email: 'ada@here.com' })
    await store.close()
    const error = await one.post('/sign-in/email', ada).catch((thrown: unknown) => thrown)
    expect(StoreUnavailable.is(error)).toBe(true)
    const told = JSON.stringify(lines) + inspect(error)
    const token = decodeURIComponent(one.cookie.split('=')[1] ?? '').split('.')[0] ?? ''
    expect(token.length).toBeGreaterThan(20)
    for (const secret of [SECRET, ada.password, token]) expect(told).not.toContain(secret)
    printed.mockRestore()
  })
})
