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
const LEASE_OVER = '11s'

const points: { at: string; point: Until['point'] }[] = [
  { at: 'before the money goes back', point: { record: 'intent', step: 'refund', when: 'after' } },
  {
    at: 'before it is on record that the money went back',
    point: { record: 'result', step: 'refund', when: 'before' },
  },
  { at: 'after it is on record', point: { record: 'result', step: 'refund', when: 'after' } },
  { at: 'before the credits are taken back', point: { record: 'reverse', when: 'before' } },
  { at: 'after the credits are taken back', point: { record: 'reverse', when: 'after' } },
  { at: 'after its end is on record', point: { record: 'complete', when: 'after' } },
]

let server: KillableServer
beforeAll(async () => {
  server = await startKillableServer()
})
afterAll(() => server[Symbol.asyncDispose]())

/** Somebody who has bought a pack, and the payment. */
async function bought(name: string): Promise<{ userId: string; payment: string }> {
  const { commerce, credits: ledger, store } = server.tillwire
  const { email, userId } = await signUp(server.tillwire, name)
  explainOnFailure(server.tillwire, userId)
  const { url, checkoutId } = await commerce.checkout({ username: email, pack: 'starter' })
  await payOn(url, CARD)
  await until('the credits', async () => (await ledger.balance(holderOf(userId))).available === STARTER)
  return { userId, payment: (await store.collection(checkouts).get(checkoutId))?.payment ?? '' }
}

async function refundsOf(payment: string): Promise<{ id: string; amount: number }[]> {
  const state: { refunds: { id: string; amount: number; payment_intent: string }[] } = await (
    await fetch(`${server.stripe}/_emulator/state`)
  ).json()
  return state.refunds.filter(({ payment_intent }) => payment_intent === payment)
}

describe('a refund whose server is killed', () => {
  it.each(points)('gives the money back once, and takes the credits back once: $at', async ({ at, point }) => {
    const { userId, payment } = await bought(at.replaceAll(' ', '-'))
    const refund = { payment, key: `refund-${payment}` }
    await server.killAt({ point }, { refund })
    await server.startAfter(LEASE_OVER)

    const { workflows, commerce, credits: ledger } = server.tillwire
    const unfinished = async () => (await workflows.list()).items.filter(({ endedAt }) => endedAt === null)
    await until('every run to end', async () => (await unfinished()).length === 0)
    await until('the credits to go', async () => (await ledger.balance(holderOf(userId))).available === 0)
    const { refundId } = await commerce.refundPack(refund)
    expect(await refundsOf(payment)).toMatchObject([{ id: refundId, amount: 500 }])
    expect((await entriesOf(server, userId)).map(({ kind }) => kind)).toEqual(['reverse', 'grant'])
    await expectSquare(server, userId, 0)
  })

  it('leaves nothing that `tillwire check` finds', async () => {
    expect(await server.check()).toMatchObject({ ok: true, problems: [] })
  })
})
