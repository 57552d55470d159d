import { credits } from 'tillwire'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { payOn, signUp } from '../../apps/server/tests/whole.ts'
import { explainOnFailure } from '../support/explain-on-failure.ts'
import { entriesOf, expectSquare } from '../support/money.ts'
import { CARD } from '../support/planted.ts'
import { until } from '../support/until.ts'
import { type KillableServer, startKillableServer } from './killable-server.ts'
import type { Until } from './server-until.ts'

const STARTER = credits(5_000)
const TYPE = 'checkout.session.completed'
/** Longer than the lease of the jobs. */
const JOBS_LEASE_OVER = '7s'
/** Longer than work on an event may take. */
const WORK_LEASE_OVER = '61s'

/** Every record from a delivery to its end; after `time`, what would be done again is done again. */
const points = [
  { at: 'before it is stored', point: { record: 'receive', type: TYPE, when: 'before' }, time: JOBS_LEASE_OVER },
  { at: 'stored, before the 2xx', point: { record: 'receive', type: TYPE, when: 'after' }, time: JOBS_LEASE_OVER },
  { at: 'before it is worked on', point: { record: 'take', type: TYPE, when: 'before' }, time: JOBS_LEASE_OVER },
  { at: 'taken to be worked on', point: { record: 'take', type: TYPE, when: 'after' }, time: WORK_LEASE_OVER },
  { at: 'before the grant', point: { record: 'grant', when: 'before' }, time: WORK_LEASE_OVER },
  { at: 'after the grant', point: { record: 'grant', when: 'after' }, time: WORK_LEASE_OVER },
  { at: 'with its mark', point: { record: 'done', type: TYPE, when: 'before' }, time: WORK_LEASE_OVER },
] as const

let server: KillableServer
/** Each group of tests has a server of its own. */
function startServer(): void {
  beforeAll(async () => {
    server = await startKillableServer()
  })
  afterAll(() => server[Symbol.asyncDispose]())
}

/** Somebody who has gone to buy a pack, in the web app's process. */
async function buyer(name: string) {
  const { email, userId } = await signUp(server.tillwire, name)
  explainOnFailure(server.tillwire, userId)
  const { url, checkoutId } = await server.tillwire.commerce.checkout({ username: email, pack: 'starter' })
  return { userId, checkoutId, pay: () => payOn(url, CARD) }
}

async function control<T>(path: string, body?: object): Promise<T> {
  const init = body && { method: 'POST', body: JSON.stringify(body) }
  return (await fetch(`${server.stripe}/_emulator/${path}`, init)).json()
}

/** Stripe's event of a checkout that was paid. */
async function eventOf(checkoutId: string): Promise<string> {
  const { events } = await control<{ events: { id: string; type: string; data: object }[] }>('state')
  const event = events.find(({ type, data }) => type === TYPE && JSON.stringify(data).includes(checkoutId))
  if (!event) throw new Error(`Stripe has no ${TYPE} of ${checkoutId}`)
  return event.id
}

/** Granted once, also when Stripe delivers again and again; the inbox holds the event once. */
async function expectGrantedOnce({ userId, checkoutId }: { userId: string; checkoutId: string }): Promise<void> {
  const { webhooks } = server.tillwire.commerce
  const eventId = await eventOf(checkoutId)
  const kept = async () => (await webhooks.list({ limit: 1_000 })).items.filter(({ id }) => id === eventId)
  await until('the event to be done', async () => (await kept()).some(({ status }) => status === 'done'))
  await control('webhooks/replay', { eventId, times: 3 })
  await until('every delivery to be taken', async () => {
    const { deliveries } = await control<{ deliveries: { event: string; state: string }[] }>('webhooks/deliveries')
    return deliveries.filter(({ event }) => event === eventId).every(({ state }) => state === 'delivered')
  })
  expect(await kept()).toMatchObject([{ status: 'done' }])
  await expectSquare(server, userId, STARTER)
  expect((await entriesOf(server, userId)).map(({ kind }) => kind)).toEqual(['grant'])
}

describe('a payment whose server is killed', () => {
  startServer()

  it.each(points)('is granted once: $at', async ({ at, point, time }) => {
    const somebody = await buyer(at.replaceAll(/\W/g, '-'))
    await server.killAt({ point }, somebody.pay)
    await server.startAfter(time)
    await expectGrantedOnce(somebody)
  })

  it('leaves no event unfinished, and nothing that `tillwire check` finds', async () => {
    const { webhooks } = server.tillwire.commerce
    await until('every event', async () => (await webhooks.list({ status: 'pending' })).items.length === 0)
    expect((await webhooks.list({ status: 'parked' })).items).toEqual([])
    const checked = { payments: points.length, purchases: points.length }
    expect(await server.check()).toMatchObject({ ok: true, problems: [], checked })
  })
})

describe('a payment whose server is killed, and the next one too', () => {
  startServer()

  it('is granted once', async () => {
    const somebody = await buyer('twice')
    const grant = (when: Until['point']['when']): Until => ({ point: { record: 'grant', when } })
    await server.killAt(grant('before'), somebody.pay)
    await server.startAfter(WORK_LEASE_OVER, grant('after'))
    await server.startAfter(JOBS_LEASE_OVER)
    await expectGrantedOnce(somebody)
  })
})
