import { credits } from 'tillwire'
import { holderOf } from 'tillwire/credits'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { payOn, signUp } from '../../apps/server/tests/whole.ts'
import { explainOnFailure } from '../support/explain-on-failure.ts'
import { expectSquare } from '../support/money.ts'
import { CARD } from '../support/planted.ts'
import { until } from '../support/until.ts'
import { type KillableServer, startKillableServer } from './killable-server.ts'
import type { Until } from './server-until.ts'

const STARTER = credits(5_000)
/** Longer than the lease of a run. */
const LEASE_OVER = '11s'

const workflows = [
  { workflow: 'commerce.create-customer', steps: ['claim-username', 'create-stripe-customer', 'link'] },
  { workflow: 'commerce.checkout', steps: ['record-checkout', 'open-session', 'keep-session'] },
]

/** Where a checkout is killed whose page at Stripe was made without an answer, and is taken back. */
const undoing = [
  { at: 'once it has failed', point: { record: 'fail', step: null, when: 'after' } },
  { at: 'once the page is found', point: { record: 'result', step: 'open-session', when: 'after' } },
  { at: 'once the page is closed', point: { record: 'undone', step: 'open-session', when: 'before' } },
  { at: 'once that is on record', point: { record: 'undone', step: 'open-session', when: 'after' } },
  { at: 'once all is undone', point: { record: 'end', step: null, when: 'before' } },
] as const

/** Every moment of a run that is not undone: after one record is before the next, but for a step's work, between its two. */
function pointsOf(steps: readonly string[]): { at: string; point: Until['point'] }[] {
  return [
    { at: 'before it is on record', point: { record: 'start', step: null, when: 'before' } },
    { at: 'after it is on record', point: { record: 'start', step: null, when: 'after' } },
    ...steps.flatMap((step): { at: string; point: Until['point'] }[] => [
      { at: `before ${step} is tried`, point: { record: 'intent', step, when: 'after' } },
      { at: `before the result of ${step} is on record`, point: { record: 'result', step, when: 'before' } },
      { at: `after the result of ${step} is on record`, point: { record: 'result', step, when: 'after' } },
    ]),
    { at: 'after its end is on record', point: { record: 'complete', step: null, when: 'after' } },
  ]
}

/** What Stripe has for this address. */
async function atStripe({ stripe }: KillableServer, email: string) {
  const state: { customers: { id: string; email: string }[]; checkout_sessions: Session[] } = await (
    await fetch(`${stripe}/_emulator/state`)
  ).json()
  const customers = state.customers.filter((customer) => customer.email === email)
  const sessions = state.checkout_sessions.filter(({ customer }) => customers.some(({ id }) => id === customer))
  return { customers: customers.length, sessions: sessions.map(({ status }) => status) }
}
interface Session {
  readonly customer: string
  readonly status: string
}

/** Waits until the server has brought every run to its end. */
async function runsEnd({ tillwire }: KillableServer): Promise<void> {
  const unfinished = async () => (await tillwire.workflows.list()).items.filter(({ endedAt }) => endedAt === null)
  await until('every run to end', async () => (await unfinished()).length === 0)
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
    explainOnFailure(tillwire, userId)
    const checkout = { username: email, pack: 'starter', key: `buys-${email}` }
    await server.killAt({ point: { workflow, ...point } }, { checkout })
    await server.startAfter(LEASE_OVER)

    await runsEnd(server)
    const begun = point.record !== 'start' || point.when === 'after'
    const buying = workflow === 'commerce.checkout'
    expect(await atStripe(server, email)).toEqual({
      customers: buying || begun ? 1 : 0,
      sessions: buying && begun ? ['open'] : [],
    })

    const { url } = await tillwire.commerce.checkout(checkout)
    expect(await atStripe(server, email)).toEqual({ customers: 1, sessions: ['open'] })
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

describe('a checkout that is taken back when its server is killed', () => {
  let server: KillableServer
  beforeAll(async () => {
    server = await startKillableServer()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  it.each(undoing)('is taken back by the next one: $at', async ({ at, point }) => {
    const { tillwire } = server
    const { email, userId } = await signUp(tillwire, at.replaceAll(' ', '-'))
    explainOnFailure(tillwire, userId)
    await tillwire.commerce.createCustomer(email)
    const fault = {
      method: 'POST',
      path: '/v1/checkout/sessions',
      phase: 'after',
      kind: 'error',
      status: 503,
      times: 3,
    }
    await fetch(`${server.stripe}/_emulator/faults`, { method: 'POST', body: JSON.stringify(fault) })
    const checkout = { username: email, pack: 'starter', key: `buys-${email}` }
    await server.killAt({ point: { workflow: 'commerce.checkout', ...point } }, { checkout })
    await server.startAfter(LEASE_OVER)

    await runsEnd(server)
    expect(await atStripe(server, email)).toEqual({ customers: 1, sessions: ['expired'] })
    const [run] = (await tillwire.workflows.list({ limit: 1 })).items
    expect(run).toMatchObject({ workflow: 'commerce.checkout', key: checkout.key, status: 'failed' })
    expect(run?.steps.map(({ state }) => state)).toEqual(['undone', 'undone'])

    await tillwire.commerce.checkout({ ...checkout, key: `${checkout.key}-again` })
    expect(await atStripe(server, email)).toEqual({
      customers: 1,
      sessions: expect.arrayContaining(['expired', 'open']),
    })
  })

  it('leaves nothing that `tillwire check` finds', async () => {
    expect(await server.check()).toMatchObject({ ok: true, problems: [] })
  })
})
