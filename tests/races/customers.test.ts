import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { users } from 'tillwire/sessions'
import { expect, it } from 'vitest'
import { startWhole, type Whole } from '../../apps/server/tests/whole.ts'
import { timesOf } from '../support/long.ts'
import type { Made } from '../support/make-customers.ts'

const CALLS = 50
const RACES = timesOf({ short: 5, long: 200 })

/** A process of its own that makes a customer by half of the calls, when it is told to. */
async function startMaker(whole: Whole) {
  const script = fileURLToPath(new URL('../support/make-customers.ts', import.meta.url))
  const child = fork(script, [String(CALLS / 2)], { env: { ...process.env, ...whole.env } })
  await once(child, 'message')
  return {
    async make(username: string): Promise<Made[]> {
      const answered = once(child, 'message')
      child.send(username)
      const [made] = await answered
      return made
    },
    async [Symbol.asyncDispose]() {
      child.disconnect()
      await once(child, 'exit')
    },
  }
}

it(
  'lets one of 50 calls for one username win, from two processes, and makes one customer at Stripe',
  async () => {
    await using whole = await startWhole()
    await using one = await startMaker(whole)
    await using other = await startMaker(whole)
    for (let race = 1; race <= RACES; race++) {
      const username = `user${race}@here.com`
      const made = (await Promise.all([one, other].map((maker) => maker.make(username)))).flat()

      expect(made).toHaveLength(CALLS)
      const winners = made.filter(({ customer }) => customer !== null)
      expect(winners).toHaveLength(1)
      const lost = made.map(({ code }) => code).filter((code) => code !== null)
      expect(lost).toEqual(Array(CALLS - 1).fill('customer_exists'))

      const state = await (await fetch(`${whole.env.STRIPE_API_BASE}/_emulator/state`)).json()
      expect(state.counts.customers).toBe(race)
      expect(state.customers[0].id).toBe(winners[0]?.customer?.stripeCustomerId)
      expect(await whole.tillwire.commerce.getCustomer(username)).toEqual(winners[0]?.customer)
      expect(await whole.tillwire.store.collection(users).count({ email: username })).toBe(1)
    }
    expect((await whole.tillwire.workflows.list({ status: 'running' })).items).toEqual([])
  },
  RACES * 5_000,
)
