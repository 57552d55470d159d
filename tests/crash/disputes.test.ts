import { credits } from 'tillwire'
import { checkouts } from 'tillwire/commerce'
import { holderOf } from 'tillwire/credits'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { payOn, signUp } from '../../apps/server/tests/whole.ts'
import { explainOnFailure } from '../support/explain-on-failure.ts'
import { entriesOf, expectSquare } from '../support/money.ts'
import { CARD } from '../support/planted.ts'
import { until } from '../support/until.ts'
import { type KillableServer, startKillableServer } from './killable-server.ts'
import type { Until } from './server-until.ts'

const STARTER = credits(5_000)
/** Longer than the lease of the jobs. */
const JOBS_LEASE_OVER = '7s'
/** Longer than work on an event may take. */
const WORK_LEASE_OVER = '61s'

/** What no delivery brings is polled every 15 s: with two deaths, that may be twice. */
const POLLED_MS = 40_000
const TEST_MS = 2 * POLLED_MS

let server: KillableServer
/** Each group of tests has a server of its own. */
function startServer(): void {
  beforeAll(async () => {
    server = await startKillableServer()
  })
  afterAll(() => server[Symbol.asyncDispose]())
}

async function buyer(name: string) {
  const { email, userId } = await signUp(server.tillwire, name)
  explainOnFailure(server.tillwire, userId)
  const { url, checkoutId } = await server.tillwire.commerce.checkout({ username: email, pack: 'starter' })
  return { userId, checkoutId, pay: () => payOn(url, CARD) }
}

/** Asks Stripe as its dashboard would. */
async function stripe<T>(path: string, form?: Record<string, string>): Promise<T> {
  const init = form && { method: 'POST', body: new URLSearchParams(form) }
  const headers = { authorization: 'Bearer sk_test_dashboard' }
  return (await fetch(`${server.stripe}/v1/${path}`, { ...init, headers })).json()
}

/** The payment of a checkout, and its charge. */
async function paymentOf(checkoutId: string): Promise<{ payment: string; charge: string }> {
  const { stripeSessionId } = (await server.tillwire.store.collection(checkouts).get(checkoutId)) ?? {}
  const session = `checkout/sessions/${stripeSessionId}?expand[]=payment_intent`
  const { payment_intent } = await stripe<{ payment_intent: { id: string; latest_charge: string } }>(session)
  return { payment: payment_intent.id, charge: payment_intent.latest_charge }
}

async function available(userId: string, amount: number): Promise<void> {
  const { credits: ledger, commerce } = server.tillwire
  const isThere = async () => (await ledger.balance(holderOf(userId))).available === amount
  await until('the credits', isThere, POLLED_MS)
  await until('every event', async () => (await commerce.webhooks.list({ status: 'pending' })).items.length === 0)
  await expectSquare(server, userId, amount)
}

const kindsOf = async (userId: string) => (await entriesOf(server, userId)).map(({ kind }) => kind)
const names = ({ record, when }: Until['point']) => `${when}-${record}`

describe('a payment that was refunded before it was granted, and whose server is killed', () => {
  startServer()

  it.each<Until['point']>([
    { record: 'grant', when: 'before' },
    { record: 'grant', when: 'after' },
    { record: 'reverse', when: 'before' },
    { record: 'reverse', when: 'after' },
  ])('leaves nothing, once: $when $record', { timeout: TEST_MS }, async (point) => {
    const { userId, checkoutId, pay } = await buyer(names(point))
    await server.killAt({ point: { record: 'receive', when: 'before' } }, pay)
    const { payment } = await until('the payment', () => paymentOf(checkoutId).catch(() => null))
    await stripe('refunds', { payment_intent: payment })
    await server.startAfter(JOBS_LEASE_OVER, { point })
    await server.startAfter(WORK_LEASE_OVER)
    await until('the refund', async () => (await kindsOf(userId)).length === 2, POLLED_MS)
    await available(userId, 0)
    expect(await kindsOf(userId)).toEqual(['reverse', 'grant'])
  })

  it('leaves nothing that `tillwire check` finds', async () => {
    expect(await server.check()).toMatchObject({ ok: true, problems: [] })
  })
})

describe('a dispute that is opened, then won, and whose server is killed both times', () => {
  startServer()

  it.each(['before', 'after'] as const)(
    'takes the credits once and gives them back once: %s',
    { timeout: TEST_MS },
    async (when) => {
      const { userId, checkoutId, pay } = await buyer(when)
      await pay()
      await available(userId, STARTER)
      const { charge } = await paymentOf(checkoutId)
      await server.killAt({ point: { record: 'reverse', when } }, () =>
        fetch(`${server.stripe}/_emulator/disputes`, { method: 'POST', body: JSON.stringify({ charge }) }),
      )
      await server.startAfter(WORK_LEASE_OVER)
      await available(userId, 0)
      const [dispute] = (await stripe<{ data: { id: string }[] }>(`disputes?charge=${charge}`)).data
      await server.killAt({ point: { record: 'restore', when } }, () =>
        stripe(`disputes/${dispute?.id}`, { 'evidence[uncategorized_text]': 'winning_evidence' }),
      )
      await server.startAfter(WORK_LEASE_OVER)
      await available(userId, STARTER)
      expect(await kindsOf(userId)).toEqual(['restore', 'reverse', 'grant'])
    },
  )

  it('leaves nothing that `tillwire check` finds', async () => {
    expect(await server.check()).toMatchObject({ ok: true, problems: [] })
  })
})
