import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { users } from 'tillwire/sessions'
import { expect, it } from 'vitest'
import { startWhole, type Whole } from '../../apps/server/tests/whole.ts'
import type { Made } from '../support/make-customers.ts'

const CALLS = 50

/** Runs this many calls at once in a process of its own; resolves when it is ready, to start with all others. */
async function prepare(whole: Whole, username: string, calls: number) {
  const script = fileURLToPath(new URL('../support/make-customers.ts', import.meta.url))
  const child = fork(script, [username, String(calls)], { env: { ...process.env, ...whole.env } })
  const message = () => new Promise<unknown>((resolve) => child.once('message', resolve))
  await message()
  return async (): Promise<Made[]> => {
    const made = message()
    child.send('go')
    return (await made) as Made[]
  }
}

it('lets one of 50 calls for one username win, from two processes, and makes one customer at Stripe', async () => {
  await using whole = await startWhole()
  const username = 'user@here.com'
  const starts = await Promise.all([1, 2].map(() => prepare(whole, username, CALLS / 2)))
  const made = (await Promise.all(starts.map((start) => start()))).flat()

  expect(made).toHaveLength(CALLS)
  const winners = made.filter(({ customer }) => customer !== null)
  expect(winners).toHaveLength(1)
  expect(made.map(({ code }) => code).filter((code) => code !== null)).toEqual(Array(CALLS - 1).fill('customer_exists'))

  const state = await (await fetch(`${whole.env.STRIPE_API_BASE}/_emulator/state`)).json()
  expect(state.counts.customers).toBe(1)
  expect(state.customers[0].id).toBe(winners[0]?.customer?.stripeCustomerId)
  expect(await whole.tillwire.commerce.getCustomer(username)).toEqual(winners[0]?.customer)
  expect(await whole.tillwire.store.collection(users).count({ email: username })).toBe(1)
  expect((await whole.tillwire.workflows.list()).items.filter(({ status }) => status === 'running')).toEqual([])
})
