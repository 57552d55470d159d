import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { manualClock, credits as units } from './core/index.ts'
import { type Credits, creditsCollections, holderOf, openCredits } from './credits/index.ts'
import { createAuth } from './sessions/better-auth/index.ts'
import { sessionsCollections, users } from './sessions/index.ts'
import { checkSignUpCredits, giveMissedSignUpCredits, giveSignUpCredits, signUps } from './sign-up-credits.ts'
import { openStore, type Store } from './store/index.ts'

const ADA = { name: 'Ada', email: 'ada@here.com', password: 'correct horse battery' }
const AMOUNT = units(100)

describe('credits at sign-up', () => {
  let store: Store
  let credits: Credits

  beforeEach(async () => {
    const collections = [...sessionsCollections, ...creditsCollections, signUps]
    const keys = [{ id: 'k1', key: new Uint8Array(32) }]
    store = await openStore({ url: 'memory:', collections, keys })
    credits = openCredits({ store })
  })
  afterEach(async () => {
    await credits.close()
    await store.close()
  })

  /** Signs up; `dies` right after the user is stored. Returns the user's id. */
  async function signUp({ dies }: { dies: boolean }): Promise<string> {
    const auth = createAuth({
      store,
      secret: 'a secret that is long enough to sign',
      webOrigin: 'http://localhost:3000',
      production: false,
      onSignUp: async (tx, id) => void (await tx.collection(signUps).insert({ id, amount: AMOUNT })),
      ...(dies ? {} : { afterSignUp: ({ id }) => giveSignUpCredits({ store, credits }, id) }),
    })
    const request = new Request('http://localhost:3000/api/auth/sign-up/email', {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: 'http://localhost:3000' },
      body: JSON.stringify(ADA),
    })
    expect((await auth.handler(request)).status).toBe(200)
    return (await store.collection(users).findOne({ email: ADA.email }))!.id
  }
  const available = async (userId: string) => (await credits.balance(holderOf(userId))).available

  it('are there when the sign-up is answered, and nothing is left to do', async () => {
    const id = await signUp({ dies: false })
    expect(await available(id)).toBe(AMOUNT)
    expect(await store.collection(signUps).count()).toBe(0)
    await giveMissedSignUpCredits({ store, credits })
    expect(await available(id)).toBe(AMOUNT)
  })

  it('are given once by whoever comes after a process that died before it', async () => {
    const id = await signUp({ dies: true })
    expect(await available(id)).toBe(0)
    await Promise.all([
      giveMissedSignUpCredits({ store, credits }),
      giveMissedSignUpCredits({ store, credits: openCredits({ store }) }),
      giveSignUpCredits({ store, credits }, id),
    ])
    expect(await available(id)).toBe(AMOUNT)
    expect(await store.collection(signUps).count()).toBe(0)
    expect((await credits.check()).problems).toEqual([])
  })

  it('that cannot be given to one are given to the others, named by check, and tried again later', async () => {
    const clock = manualClock()
    const c = store.collection(signUps)
    const page = 100
    // More than are looked through at once, and all before the one that can have them.
    for (let index = 0; index < page + 1; index++)
      await c.insert({ id: `a${1_000 + index}${'x'.repeat(200)}`, amount: AMOUNT })
    await c.insert({ id: 'b', amount: AMOUNT })
    await giveMissedSignUpCredits({ store, credits, clock })
    expect(await available('b')).toBe(AMOUNT)
    expect(await c.count()).toBe(page + 1)
    const [problem] = await checkSignUpCredits(store)
    expect(problem).toMatchObject({ code: 'sign_up_credits_missing', message: expect.stringContaining('(1 times)') })
    await giveMissedSignUpCredits({ store, credits, clock })
    expect((await c.find({ limit: 1 })).items[0]?.failures).toBe(1)
    clock.advance('1m')
    await giveMissedSignUpCredits({ store, credits, clock })
    expect((await c.find({ limit: 1 })).items[0]?.failures).toBe(2)
  })

  it('are noted with the user, and only when they are stored', async () => {
    await signUp({ dies: true })
    const again = await signUp({ dies: true }).catch((error: Error) => error)
    expect(again).toBeInstanceOf(Error)
    expect(await store.collection(signUps).count()).toBe(1)
  })
})
