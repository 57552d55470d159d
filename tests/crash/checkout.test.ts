import { credits } from 'tillwire'
import { holderOf } from 'tillwire/credits'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { payOn, signUp } from '../../apps/server/tests/whole.ts'
import { expectSquare } from '../support/money.ts'
import { until } from '../support/until.ts'
import { type KillableServer, startKillableServer } from './killable-server.ts'

const STARTER = credits(5_000)
const CARD = '4242 4242 4242 4242'
/** Longer than the lease of a run. */
const LEASE_OVER = '11s'

const workflows = [
  { workflow: 'commerce.create-customer', steps: ['claim-username', 'create-stripe-customer', 'link'] },
  { workflow: 'commerce.checkout', steps: ['record-checkout', 'open-session', 'keep-session'] },
]

/** Every record of a run that is not undone, in order, before and after it is written. */
function pointsOf(steps: readonly string[]) {
  const records = [
    { record: 'start', step: null },
    ...steps.flatMap((step) => ['intent', 'result'].map((record) => ({ record, step }))),
    { record: 'complete', step: null },
  ]
  return records.flatMap(({ record, step }) =>
    (['before', 'after'] as const).map((when) => ({
      at: `${when} ${record}${step === null ? '' : ` of ${step}`}`,
      point: { record, step, when },
    })),
  )
}

/** What Stripe has for this address. */
async function atStripe({ stripe }: KillableServer, email: string) {
  const state: { customers: { id: string; email: string }[]; checkout_sessions: { customer: string }[] } = await (
    await fetch(`${stripe}/_emulator/state`)
  ).json()
  const customers = state.customers.filter((customer) => customer.email === email)
  const sessions = state.checkout_sessions.filter(({ customer }) => customers.some(({ id }) => id === customer))
  return { customers: customers.length, sessions: sessions.length }
}

describe.each(workflows)('a checkout whose server is killed in $workflow', ({ workflow, steps }) => {
  let server: KillableServer
  beforeAll(async () => {
    server = await startKillableServer()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  it.each(pointsOf(steps))('is brought to its end by the next one: $at', async ({ at, point }) => {
    const { tillwire } = server
    const { email, userId } = await signUp(tillwire, at.replaceAll(' ', '-'))
    const checkout = { username: email, pack: 'starter', key: `buys-${email}` }
    await server.killAt({ point: { workflow, ...point } }, { checkout })
    await server.startAfter(LEASE_OVER)

    const unfinished = async () => (await tillwire.workflows.list()).items.filter(({ endedAt }) => endedAt === null)
    await until('every run to end', async () => (await unfinished()).length === 0)
    const begun = point.record !== 'start' || point.when === 'after'
    const buying = workflow === 'commerce.checkout'
    expect(await atStripe(server, email)).toEqual({
      customers: buying || begun ? 1 : 0,
      sessions: buying && begun ? 1 : 0,
    })

    const { url } = await tillwire.commerce.checkout(checkout)
    expect(await atStripe(server, email)).toEqual({ customers: 1, sessions: 1 })
    expect(await payOn(url, CARD)).toContain('checkout=success')
    await until('the credits', async () => (await tillwire.credits.balance(holderOf(userId))).available > 0)
    await expectSquare(server, userId, STARTER)
    const { items: runs } = await tillwire.workflows.list()
    expect(runs.filter(({ status }) => status !== 'completed')).toEqual([])
  })

  it('leaves nothing that `tillwire check` finds', async () => {
    expect(await server.check()).toMatchObject({
      ok: true,
      problems: [],
      checked: { purchases: pointsOf(steps).length },
    })
  })
})
