import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Logger, silentLogger, systemClock } from '../../core/index.ts'
import type { Store } from '../../store/index.ts'
import { openSessions } from '../open-sessions.ts'
import { authSessions, mails, users, verifications } from '../schema.ts'
import { authOn, insertSession, mailTo, ORIGIN, openTestStore, SECRET, signed } from '../testing/harness.ts'
import type { Sessions } from '../types.ts'

const EMAIL = 'ada@here.com'
const PASSWORD = 'correct horse battery'
const KELVIN = '\u212a'
const ROUNDS = 15
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

describe('two sign-in links of one new address, opened at once', () => {
  it('both sign in, as one user, who is told of once', async () => {
    const told: string[] = []
    const { browser } = authOn(store, { afterSignUp: async ({ email }) => void told.push(email) })
    for (let round = 0; round < ROUNDS; round++) {
      const email = `new-${round}@here.com`
      const links = []
      for (let link = 0; link < 3; link++) {
        await browser().post('/sign-in/magic-link', { email, callbackURL: `/dashboard?link=${link}` })
        links.push((await mailTo(store, email)).link ?? '')
      }
      const opened = await Promise.all(
        [...new Set(links)].map(async (link) => {
          const one = browser()
          const { status } = await one.get(link)
          return { status, user: (await sessions.reader.read({ cookie: one.cookie }))?.user.id }
        }),
      )
      const user = await store.collection(users).findOne({ email })
      expect(opened).toEqual(Array(3).fill({ status: 302, user: user?.id }))
    }
    expect(told).toHaveLength(ROUNDS)
    expect(await store.collection(users).count()).toBe(ROUNDS)
  })

  it('stays good when opening it failed for a reason of ours', async () => {
    let broken = true
    const { browser } = authOn(store, {
      async onSignUp() {
        if (broken) throw new Error('out of order')
      },
    })
    await browser().post('/sign-in/magic-link', { email: EMAIL, callbackURL: '/dashboard' })
    const { link = '' } = await mailTo(store, EMAIL)
    const one = browser()
    await expect(one.get(link)).rejects.toThrow('out of order')
    expect(await store.collection(users).count()).toBe(0)
    expect(await store.collection(verifications).count()).toBe(1)
    broken = false
    expect((await one.get(link)).headers.get('location')).toBe('http://localhost:3000/dashboard')
    expect(await sessions.reader.read({ cookie: one.cookie })).toMatchObject({ user: { email: EMAIL } })
    expect((await browser().get(link)).headers.get('location')).toContain('error=INVALID_TOKEN')
  })
})

describe('what is asked for', () => {
  const signUp = { name: 'Ada', email: EMAIL, password: PASSWORD }
  const link = { email: EMAIL, callbackURL: '/dashboard' }
  it.each([
    ['INVALID_NAME', '/sign-up/email', { ...signUp, name: 'a'.repeat(201) }],
    ['INVALID_NAME', '/sign-up/email', { ...signUp, name: 5 }],
    ...['', '  ', '\u00a0', '\u200b', '\u3164', '\u2800', '\u0001'].flatMap((name): [string, string, object][] => [
      ['INVALID_NAME', '/sign-up/email', { ...signUp, name }],
      ['INVALID_NAME', '/sign-in/magic-link', { ...link, name }],
    ]),
    ['INVALID_NAME', '/sign-in/magic-link', { ...link, name: 'a'.repeat(300) }],
    ['INVALID_TEXT', '/sign-up/email', { ...signUp, name: 'a\0' }],
    ['INVALID_TEXT', '/sign-in/magic-link', { ...link, name: '\ud800' }],
    ['INVALID_TEXT', '/sign-in/magic-link', { ...link, metadata: { a: ['\udc00'] } }],
    ['INVALID_EMAIL', '/sign-up/email', { ...signUp, email: `${KELVIN}elvin@here.com` }],
    ['INVALID_EMAIL', '/sign-in/email', { email: `${KELVIN}elvin@here.com`, password: PASSWORD }],
    ['INVALID_EMAIL', '/sign-in/magic-link', { ...link, email: `${KELVIN}elvin@here.com` }],
    ['INVALID_EMAIL', '/sign-in/magic-link', { ...link, email: `${'a'.repeat(320)}@here.com` }],
    ['INVALID_EMAIL', '/send-verification-email', { email: null }],
    ['INVALID_CALLBACK_URL', '/sign-in/magic-link', { ...link, callbackURL: `/${'a'.repeat(2_048)}` }],
    ['INVALID_CALLBACK_URL', '/sign-in/magic-link', { ...link, redirectTo: `/${'a'.repeat(2_048)}` }],
    ['INVALID_IMAGE', '/sign-up/email', { ...signUp, image: `https://here.com/${'a'.repeat(2_048)}` }],
    ['INVALID_IMAGE', '/sign-up/email', { ...signUp, image: 'javascript:alert(1)' }],
  ])('is judged when it is asked: %s by %s', async (code, path, body) => {
    const response = await authOn(store).browser().post(path, body)
    expect([response.status, (await response.json()).code]).toEqual([400, code])
    for (const collection of [users, mails, verifications]) expect(await store.collection(collection).count()).toBe(0)
  })

  it('is judged in a profile, whose owner stays as they were', async () => {
    const browser = authOn(store).browser()
    await browser.post('/sign-up/email', signUp)
    for (const body of [
      { name: 'a'.repeat(201) },
      { name: ['Ada'] },
      { name: '' },
      { name: '\u00a0\u200b' },
      { name: 'a\0' },
      { image: 5 },
      { image: 'x://y' },
    ]) {
      expect((await browser.post('/update-user', body)).status).toBe(400)
    }
    expect(await store.collection(users).findOne({ email: EMAIL })).toMatchObject({ name: 'Ada', version: 1 })
    expect((await browser.post('/update-user', { name: 'a'.repeat(200), image: 'https://here.com/a' })).status).toBe(
      200,
    )
    expect((await browser.post('/update-user', { image: null })).status).toBe(200)
  })

  it('is bounded: 64 KB', async () => {
    const browser = authOn(store).browser()
    const post = (length: number) => browser.post('/sign-in/email', { email: EMAIL, password: 'x'.repeat(length) })
    expect((await post(60 * 1024)).status).toBe(400)
    expect((await post(64 * 1024)).status).toBe(413)
  })

  it('is read to its end when it is too long, so that the connection goes on, or ends the connection', async () => {
    const { auth } = authOn(store)
    const send = async (chunks: number) => {
      let sent = 0
      const body = new ReadableStream({
        pull(controller) {
          if (sent === chunks) return controller.close()
          sent += 1
          controller.enqueue(new Uint8Array(64 * 1024))
        },
      })
      const init = { method: 'POST', headers: { origin: ORIGIN }, body, duplex: 'half' } as const
      const { status, headers } = await auth.handler(new Request(`${ORIGIN}/api/auth/update-user`, init))
      return { status, connection: headers.get('connection'), sent }
    }
    expect(await send(32)).toEqual({ status: 413, connection: null, sent: 32 })
    const endless = await send(Number.POSITIVE_INFINITY)
    expect(endless).toMatchObject({ status: 413, connection: 'close' })
    expect(endless.sent).toBeLessThan(70)
  })

  it('is the mistake of who asks, not a fault, when it would lead to another site', async () => {
    const lines: string[] = []
    const write = (level: string) => (_fields: object, message: string) => void lines.push(`${level}: ${message}`)
    const logger: Logger = {
      debug: write('debug'),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
      child: () => logger,
    }
    const { browser } = authOn(store, { logger })
    for (const address of ['callbackURL', 'newUserCallbackURL', 'errorCallbackURL', 'redirectTo']) {
      const body = { ...link, [address]: 'https://elsewhere.example/x' }
      expect((await browser().post('/sign-in/magic-link', body)).status, address).toBe(403)
    }
    expect(lines.filter((line) => line.startsWith('warn: Invalid '))).toHaveLength(4)
    expect(lines.filter((line) => line.startsWith('error'))).toEqual([])
  })
})

it('is refused for a page that was made for somebody else than who is signed in now', async () => {
  const { auth, browser } = authOn(store)
  const bob = browser()
  await bob.post('/sign-up/email', { name: 'Bob', email: 'bob@here.com', password: PASSWORD })
  const user = await store.collection(users).findOne({ email: 'bob@here.com' })
  const rename = (expected: string, cookie: string) =>
    auth.handler(
      new Request(`${ORIGIN}/api/auth/update-user`, {
        method: 'POST',
        headers: { cookie, origin: ORIGIN, 'content-type': 'application/json', 'x-tillwire-user': expected },
        body: JSON.stringify({ name: 'Renamed' }),
      }),
    )
  for (const [expected, cookie] of [
    ['users_ada', bob.cookie],
    ['users_ada', ''],
    [user?.id ?? '', ''],
  ] as const) {
    const response = await rename(expected, cookie)
    expect([response.status, (await response.json()).code]).toEqual([401, 'SIGNED_IN_AS_ANOTHER'])
  }
  expect((await store.collection(users).get(user?.id ?? ''))?.name).toBe('Bob')
  expect((await rename(user?.id ?? '', bob.cookie)).status).toBe(200)
})

describe('a session cookie that was sent twice', () => {
  it('is the one whose session goes on, for Better Auth as for our reader', async () => {
    const { auth, browser } = authOn(store)
    const first = browser()
    await first.post('/sign-up/email', { name: 'Ada', email: EMAIL, password: PASSWORD })
    const user = await store.collection(users).findOne({ email: EMAIL })
    const ended = await insertSession(store, user?.id ?? '', new Date(Date.now() - 1_000))
    const right = first.cookie
    const name = 'better-auth.session_token'
    const ask = async (cookie: string) => {
      const response = await auth.handler(new Request(`${ORIGIN}/api/auth/get-session`, { headers: { cookie } }))
      return ((await response.json()) as { user?: { email: string } } | null)?.user?.email
    }
    for (const old of [
      ended.cookie,
      `${name}=${signed('revoked long ago')}`,
      `${name}=forged`,
      `__Secure-${ended.cookie}`,
    ]) {
      const cookie = `theme=dark; ${old}; ${right}`
      expect(await ask(cookie)).toBe(EMAIL)
      expect((await sessions.reader.read({ cookie }))?.user.email).toBe(EMAIL)
    }
    const olds = Array.from({ length: 40 }, (_, n) => `${name}=${signed(`ended-${n}`)}`)
    const junk = Array.from({ length: 200 }, (_, n) => `${name}=junk${n}`)
    for (const many of [olds, junk]) {
      const cookie = [...many, right].join('; ')
      expect(await ask(cookie)).toBe(EMAIL)
      expect((await sessions.reader.read({ cookie }))?.user.email).toBe(EMAIL)
    }
    expect(await ask(`__Secure-${right}`)).toBe(EMAIL)
    expect(await ask(`${ended.cookie}; ${name}=forged`)).toBeUndefined()

    const headers = { cookie: `${ended.cookie}; ${right}`, origin: ORIGIN, 'content-type': 'application/json' }
    await auth.handler(new Request(`${ORIGIN}/api/auth/sign-out`, { method: 'POST', headers, body: '{}' }))
    expect(await store.collection(authSessions).findOne({ id: { ne: ended.session.id } })).toBeNull()
  })
})
