import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { users } from '../../sessions/index.ts'
import { checkouts } from '../schema.ts'
import { LocalStripe, openShop, type Shop } from '../testing/open-shop.ts'

const EMAIL = 'user@here.com'
const amount = { amount: 100, currency: 'usd' }
const REFUNDS = '/v1/refunds'

let local: LocalStripe
let shop: Shop
let payment: string
beforeAll(async () => {
  local = await LocalStripe.start()
})
afterAll(() => local.close())
beforeEach(async () => {
  await local.reset()
  shop = await openShop({ emulatorUrl: local.url })
  await shop.store.collection(users).insert({ email: EMAIL })
  const { url, checkoutId } = await shop.commerce.checkout({ username: EMAIL, pack: 'starter' })
  await local.pay(url)
  await shop.commerce.syncCheckouts(EMAIL)
  payment = (await shop.store.collection(checkouts).get(checkoutId))!.payment!
})
afterEach(() => shop[Symbol.asyncDispose]())

const refund = (key: string, part: typeof amount | null = amount) =>
  shop.commerce.refundPack({ payment, key, ...(part && { amount: part }) })
const elsewhere = () => shop.stripe.refunds.create({ payment_intent: payment, amount: 100 })
const atStripe = async () => (await shop.stripe.refunds.list({ payment_intent: payment })).data.map(({ id }) => id)
const refuse = (status: number, phase: 'before' | 'after', times = 1) =>
  local.fault({ method: 'POST', path: REFUNDS, phase, kind: 'error', status, times })
const parked = async () => (await shop.workflows.list({ status: 'parked' })).items

/** Lets runs that wait go on until none does, or they are parked. */
async function recover() {
  for (let wait = 0; wait < 6; wait++) {
    shop.clock.advance('30m')
    await shop.workflows.recover()
  }
}

/** A refund that is begun while Stripe is away, so that what is done before it goes on comes between. */
async function begin(key: string, part: typeof amount | null = amount) {
  await refuse(503, 'before', 3)
  await expect(refund(key, part)).rejects.toMatchObject({ code: 'workflow_pending' })
}

describe('a refund of which no answer told', () => {
  it.each(['before', 'after'] as const)(
    'is not one of the same sum from the dashboard: a stored 500 %s it',
    async (phase) => {
      await begin('ours')
      const theirs = await elsewhere()
      await refuse(500, phase)
      await recover()
      const ours = await refund('ours')
      expect(ours.refundId).not.toBe(theirs.id)
      expect((await atStripe()).sort()).toEqual([ours.refundId, theirs.id].sort())
    },
  )

  it.each(['before', 'after'] as const)('is not that of another run: a stored 500 %s it', async (phase) => {
    await begin('one')
    const other = await refund('two')
    await refuse(500, phase)
    await recover()
    const one = await refund('one')
    expect((await atStripe()).sort()).toEqual([one.refundId, other.refundId].sort())
    expect(one.refundId).not.toBe(other.refundId)
  })

  it('is parked in sight when Stripe does not say who made one, and goes on once it does', async () => {
    await begin('ours')
    await local.fault({ method: 'GET', path: '/v1/events', kind: 'stale', times: 1_000 })
    const theirs = await elsewhere()
    await refuse(500, 'after')
    await recover()
    const [run] = await parked()
    expect(run).toMatchObject({ error: { code: 'outcome_unknown' } })
    await expect(refund('ours')).rejects.toMatchObject({ code: 'workflow_parked' })
    expect(await atStripe()).toHaveLength(2)

    await local.clearFaults()
    await shop.workflows.retry(run!.id)
    await recover()
    const ours = await refund('ours')
    expect((await atStripe()).sort()).toEqual([ours.refundId, theirs.id].sort())
  })

  it('of the whole has nothing left to do when all was given back elsewhere, and says so', async () => {
    await begin('ours', null)
    await shop.stripe.refunds.create({ payment_intent: payment })
    await refuse(500, 'before')
    await recover()
    await expect(refund('ours', null)).rejects.toMatchObject({ code: 'already_refunded' })
    expect(await atStripe()).toHaveLength(1)
    expect(await parked()).toEqual([])
  })

  it('is made once however late Stripe lists it', async () => {
    await begin('ours')
    await local.fault({ method: 'GET', path: REFUNDS, kind: 'stale', times: 1_000 })
    await refuse(500, 'after')
    await recover()
    expect(await local.counts()).toMatchObject({ refunds: 1 })
    await local.clearFaults()
    await recover()
    expect(await atStripe()).toEqual([(await refund('ours')).refundId])
  })
})
