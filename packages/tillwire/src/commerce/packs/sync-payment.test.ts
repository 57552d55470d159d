import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { holderOf } from '../../credits/index.ts'
import { LocalStripe, pack } from '../testing/open-shop.ts'
import { Case, PRICE } from '../testing/payment-case.ts'

let local: LocalStripe
beforeAll(async () => {
  local = await LocalStripe.start()
})
afterAll(() => local.close())

/** All orders of these. */
function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]]
  return items.flatMap((item, at) => permutations(items.toSpliced(at, 1)).map((rest) => [item, ...rest]))
}

describe('a payment', () => {
  it('comes to the same end in whatever order its events arrive, once or twice, with nothing granted before', async () => {
    const HANDLED = ['checkout.session.completed', 'refund.created', 'charge.refunded', 'charge.dispute.created']
    for (const order of permutations(HANDLED)) {
      for (const times of [1, 2]) {
        await using paid = await Case.open(local)
        await paid.refund(100)
        await paid.dispute(300)
        const events = (await paid.events()).filter(({ type }) => HANDLED.includes(type))
        for (const type of order)
          for (let time = 0; time < times; time++) await paid.deliver(events.find((event) => event.type === type)!)
        await paid.expectLeft(400)
      }
    }
  }, 120_000)

  it('comes to what Stripe says in the end, whatever happens to it, and however late its events are', async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('refund' as const), amount: fc.integer({ min: 1, max: 200 }) }),
      fc.record({ do: fc.constant('dispute' as const), amount: fc.integer({ min: 1, max: PRICE }) }),
      fc.record({ do: fc.constantFrom('fail', 'win', 'lose'), which: fc.nat(9) }),
      fc.record({ do: fc.constant('deliver' as const), which: fc.nat(30) }),
      fc.record({ do: fc.constant('deliver two at once' as const), which: fc.nat(30) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 14 }), fc.infiniteStream(fc.nat(1_000)), async (steps, shuffle) => {
        await using paid = await Case.open(local)
        const refunds: { id: string; amount: number; failed: boolean }[] = []
        const disputes: { id: string; amount: number; status: 'open' | 'won' | 'lost' }[] = []
        for (const one of steps) {
          const chosen = 'which' in one ? one.which : 0
          if (one.do === 'refund' && 'amount' in one) {
            const id = await paid.refund(one.amount).catch(() => null)
            if (id) refunds.push({ id, amount: one.amount, failed: false })
          } else if (one.do === 'dispute' && 'amount' in one)
            disputes.push({ id: await paid.dispute(one.amount), amount: one.amount, status: 'open' })
          else if (one.do === 'fail') {
            const refund = refunds[chosen]
            if (!refund || refund.failed) continue
            await local.failRefund(refund.id)
            refund.failed = true
          } else if (one.do === 'win' || one.do === 'lose') {
            const dispute = disputes[chosen]
            if (dispute?.status !== 'open') continue
            await paid.answer(dispute.id, one.do === 'win' ? 'winning_evidence' : 'losing_evidence')
            dispute.status = one.do === 'win' ? 'won' : 'lost'
          } else {
            const events = await paid.events()
            const [event, other] = [events[chosen % events.length]!, events[(chosen * 7) % events.length]!]
            if (one.do === 'deliver') await paid.deliver(event)
            else await Promise.all([paid.deliver(event), paid.deliver(other)])
          }
        }
        const events = (await paid.events()).map((event) => ({ event, at: shuffle.next().value as number }))
        for (const { event } of events.sort((a, b) => a.at - b.at)) await paid.deliver(event)
        const refunded = refunds.filter(({ failed }) => !failed).reduce((sum, { amount }) => sum + amount, 0)
        const taken = disputes.filter(({ status }) => status !== 'won').reduce((sum, { amount }) => sum + amount, 0)
        await paid.expectLeft(Math.min(PRICE, refunded + taken))
      }),
      { numRuns: 40 },
    )
  }, 120_000)

  it('ends right when its refund is the first that is heard of it', async () => {
    await using paid = await Case.open(local)
    await paid.refund(PRICE)
    const refunded = (await paid.events()).find(({ type }) => type === 'charge.refunded')!
    await paid.deliver(refunded)
    await paid.expectLeft(PRICE)
    expect(await paid.checkout()).toMatchObject({ status: 'paid', refunded: PRICE, reversed: pack.credits })
  })

  it('is not acted on by a reading that is older than another one', async () => {
    await using paid = await Case.open(local)
    await paid.deliverAll()
    const refund = await paid.refund(200)
    const dispute = await paid.dispute(100)
    const refunded = (await paid.events()).find(({ type }) => type === 'charge.refunded')!
    const before = (await local.requests()).length
    await local.fault({ method: 'GET', path: '/v1/disputes', kind: 'stall' })
    const slow = paid.deliver(refunded)
    const isRead = async () => (await local.requests()).slice(before).some(({ path }) => path.startsWith('/v1/refunds'))
    await expect.poll(isRead).toBe(true)
    await paid.answer(dispute, 'winning_evidence')
    await local.failRefund(refund)
    await paid.deliverAll()
    await local.clearFaults()
    await slow
    await paid.expectLeft(0)
  })

  it.each([
    ['refunds', (paid: Case) => paid.refund(200)],
    ['disputes', (paid: Case) => paid.dispute(200)],
  ])('waits for a list of %s that lags behind', async (list, take) => {
    await using paid = await Case.open(local)
    await paid.deliverAll()
    await local.fault({ method: 'GET', path: `/v1/${list}`, kind: 'stale', times: 2 })
    await take(paid)
    await paid.deliverAll()
    expect((await paid.shop.commerce.webhooks.list({ status: 'parked' })).items).toEqual([])
    paid.shop.clock.advance('1m')
    await paid.shop.commerce.webhooks.work()
    await paid.expectLeft(200)
  })

  it('is right when a list of disputes lacks another one than the event is about', async () => {
    await using paid = await Case.open(local)
    await paid.dispute(100)
    await paid.deliverAll()
    await local.fault({ method: 'GET', path: '/v1/disputes', kind: 'stale', times: 50 })
    await paid.dispute(200)
    await paid.deliverAll()
    await local.clearFaults()
    await paid.expectLeft(300)
  })

  it('goes back by our own refund when a list lags behind', async () => {
    await using paid = await Case.open(local)
    await paid.deliverAll()
    const { payment, shop } = paid
    await local.fault({ method: 'GET', path: '/v1/refunds', kind: 'stale', times: 2 })
    await shop.commerce.refundPack({ payment, key: 'k' }).catch(() => {})
    shop.clock.advance('1h')
    await shop.workflows.recover()
    await shop.commerce.refundPack({ payment, key: 'k' })
    await paid.expectLeft(PRICE)
  })

  it('ends right when many syncs of it run at once', async () => {
    await using paid = await Case.open(local)
    await paid.deliverAll()
    const dispute = await paid.dispute()
    const sync = async () => {
      await paid.shop.commerce.webhooks.poll()
      await paid.shop.commerce.webhooks.work()
    }
    await Promise.all([sync(), sync(), paid.answer(dispute, 'winning_evidence'), sync(), sync()])
    await sync()
    await paid.expectLeft(0)
  })

  it('that is not ours is left alone, whatever becomes of it', async () => {
    await using paid = await Case.open(local)
    await paid.deliverAll()
    const automatic_payment_methods = { enabled: true, allow_redirects: 'never' } as const
    const other = { amount: 900, currency: 'usd', automatic_payment_methods, confirm: true }
    await paid.shop.stripe.paymentIntents.create({ ...other, payment_method: 'pm_card_createDispute' })
    const refunded = await paid.shop.stripe.paymentIntents.create({ ...other, payment_method: 'pm_card_visa' })
    await paid.shop.stripe.refunds.create({ payment_intent: refunded.id })
    await paid.deliverAll()
    await paid.expectLeft(0)
  })
})

describe('a dispute', () => {
  it('takes the credits when it is opened, gives them back when it is won, and keeps them when it is lost', async () => {
    await using paid = await Case.open(local)
    await paid.deliverAll()
    const won = await paid.dispute()
    await paid.deliverAll()
    await paid.expectLeft(PRICE)
    await paid.answer(won, 'winning_evidence')
    await paid.deliverAll()
    await paid.expectLeft(0)
    const lost = await paid.dispute(200)
    await paid.answer(lost, 'losing_evidence')
    await paid.deliverAll()
    await paid.expectLeft(200)
    const { items } = await paid.shop.credits.entries(holderOf((await paid.checkout()).userId))
    const told = items.map(({ kind, refs }) => [kind, refs.reason])
    expect(told).toEqual([
      ['reverse', 'dispute'],
      ['restore', 'dispute'],
      ['reverse', 'dispute'],
      ['grant', undefined],
    ])
  })

  it('by a card that always brings one takes what was just granted', async () => {
    await using paid = await Case.open(local, '4000000000000259')
    await paid.deliverAll()
    await paid.expectLeft(PRICE)
  })

  it('that is only an inquiry takes nothing, until it becomes a dispute', async () => {
    await using paid = await Case.open(local, '4000000000001976')
    await paid.deliverAll()
    await paid.expectLeft(0)
    const [inquiry] = (await paid.shop.stripe.disputes.list({ payment_intent: paid.payment })).data
    await paid.answer(inquiry!.id, 'escalate_inquiry_evidence')
    await paid.deliverAll()
    await paid.expectLeft(PRICE)
  })

  it('and refunds never take more than was paid', async () => {
    await using paid = await Case.open(local)
    await paid.refund(300)
    await paid.dispute()
    await paid.deliverAll()
    await paid.expectLeft(PRICE)
    expect(await paid.checkout()).toMatchObject({ refunded: 300, disputed: PRICE, reversed: pack.credits })
  })
})

describe('a refund', () => {
  it('that fails after all gives the credits back', async () => {
    await using paid = await Case.open(local, '4000000000005126')
    await paid.refund(PRICE)
    await paid.deliverAll()
    await paid.expectLeft(PRICE)
    await local.advance('5s')
    await paid.deliverAll()
    await paid.expectLeft(0)
    expect(await paid.checkout()).toMatchObject({ refunded: 0, reversed: 0 })
  })

  it('that is pending counts, and one that is cancelled does not', async () => {
    await using paid = await Case.open(local, '4000000000007726')
    const refund = await paid.refund(100)
    await paid.deliverAll()
    await paid.expectLeft(100)
    await paid.shop.stripe.refunds.cancel(refund)
    await paid.deliverAll()
    await paid.expectLeft(0)
  })

  it('counts among more of them than one page of Stripe has', async () => {
    await using paid = await Case.open(local)
    for (let count = 0; count < 101; count++) await paid.refund(1)
    const [newest] = (await paid.shop.stripe.events.list({ type: 'refund.created', limit: 1 })).data
    await paid.deliver(newest!)
    await paid.expectLeft(101)
  })
})
