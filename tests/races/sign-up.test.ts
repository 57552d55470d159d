import { users } from 'tillwire/sessions'
import { expect, it } from 'vitest'
import { startWhole, type Whole } from '../../apps/server/tests/whole.ts'
import { plantSession } from '../support/evidence.ts'
import { timesOf } from '../support/long.ts'
import { PASSWORD } from '../support/planted.ts'

const RACES = timesOf({ short: 5, long: 100 })

async function signUp({ tillwire }: Whole, email: string): Promise<number> {
  const { webOrigin } = tillwire.settings
  const request = new Request(`${webOrigin}/api/auth/sign-up/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: webOrigin },
    body: JSON.stringify({ name: 'Ada', email, password: PASSWORD }),
  })
  const answer = await tillwire.auth.handler(request)
  plantSession(answer.headers.getSetCookie())
  await answer.body?.cancel()
  return answer.status
}

it(
  'makes one user and one customer of sign-ups and createCustomer for one address at once',
  async () => {
    await using whole = await startWhole()
    const { commerce, store } = whole.tillwire
    for (let race = 1; race <= RACES; race++) {
      const email = `user${race}@here.com`
      const [made, ...statuses] = await Promise.all([
        commerce.createCustomer(email),
        signUp(whole, email),
        signUp(whole, email.toUpperCase()),
      ])
      // One of them signs up, unless the address was a customer's already; the others are told that it is taken.
      for (const status of statuses) expect([200, 422]).toContain(status)
      expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(1)
      const { items } = await store.collection(users).find({ where: { email } })
      expect(items.map(({ id }) => id)).toEqual([made.userId])
      expect(await commerce.getCustomer(email)).toEqual(made)
    }
    const state = await (await fetch(`${whole.env.STRIPE_API_BASE}/_emulator/state`)).json()
    expect(state.counts.customers).toBe(RACES)
  },
  RACES * 5_000,
)
