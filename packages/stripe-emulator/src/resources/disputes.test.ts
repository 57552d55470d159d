import type Stripe from 'stripe'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type OpenEmulator, openEmulator, refusalOf } from '../testing/open-stripe.ts'

let open: OpenEmulator
let stripe: Stripe
beforeAll(async () => {
  open = await openEmulator()
  stripe = open.stripe
})
afterAll(() => open[Symbol.asyncDispose]())

function pay(card: string): Promise<Stripe.PaymentIntent> {
  return stripe.paymentIntents.create({
    amount: 1500,
    currency: 'usd',
    automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
    payment_method: card,
    confirm: true,
  })
}

async function disputeOf(intent: Stripe.PaymentIntent): Promise<Stripe.Dispute> {
  const { data } = await stripe.disputes.list({ payment_intent: intent.id })
  expect(data).toHaveLength(1)
  return data[0]!
}

/** The types of the events about objects of a payment, oldest first. */
async function told(...ids: string[]): Promise<string[]> {
  const events = (await stripe.events.list({ limit: 100 })).data.toReversed()
  return events.filter(({ data }) => ids.includes((data.object as { id: string }).id)).map(({ type }) => type)
}

describe('a dispute', () => {
  it.each([
    ['pm_card_createDispute', 'fraudulent'],
    ['pm_card_createDisputeProductNotReceived', 'product_not_received'],
  ])('follows a payment with %s, and takes the money', async (card, reason) => {
    const intent = await pay(card)
    expect(intent).toMatchObject({ status: 'succeeded', amount_received: 1500 })
    const dispute = await disputeOf(intent)
    expect(dispute).toMatchObject({ amount: 1500, reason, status: 'needs_response', charge: intent.latest_charge })
    expect(await stripe.charges.retrieve(String(intent.latest_charge))).toMatchObject({ disputed: true })
    expect(await told(dispute.id)).toEqual(['charge.dispute.created', 'charge.dispute.funds_withdrawn'])
    const refusal = await refusalOf(stripe.refunds.create({ payment_intent: intent.id }))
    expect(refusal).toMatchObject({ statusCode: 400, code: 'charge_disputed' })
  })

  it.each([
    ['winning_evidence', 'won', ['charge.dispute.closed', 'charge.dispute.funds_reinstated']],
    ['losing_evidence', 'lost', ['charge.dispute.closed']],
    ['a receipt', 'under_review', []],
  ])('ends by its evidence: %s', async (uncategorized_text, status, events) => {
    const { id } = await disputeOf(await pay('pm_card_createDispute'))
    const draft = await stripe.disputes.update(id, { evidence: { customer_name: 'Ada' }, submit: false })
    expect(draft).toMatchObject({ status: 'needs_response', evidence_details: { submission_count: 0 } })
    const submitted = await stripe.disputes.update(id, { evidence: { uncategorized_text } })
    expect(submitted).toMatchObject({ status, evidence: { customer_name: 'Ada' } })
    expect(submitted.evidence_details).toMatchObject({ has_evidence: true, submission_count: 1 })
    expect((await told(id)).slice(2)).toEqual(['charge.dispute.updated', 'charge.dispute.updated', ...events])
  })

  it('is lost when it is accepted, once', async () => {
    const { id } = await disputeOf(await pay('pm_card_createDispute'))
    expect(await stripe.disputes.close(id)).toMatchObject({ status: 'lost' })
    expect((await refusalOf(stripe.disputes.close(id))).statusCode).toBe(400)
    const evidence = { uncategorized_text: 'winning_evidence' }
    expect((await refusalOf(stripe.disputes.update(id, { evidence }))).statusCode).toBe(400)
  })
})

describe('an inquiry', () => {
  it('takes no money, and may be refunded', async () => {
    const intent = await pay('pm_card_createDisputeInquiry')
    const dispute = await disputeOf(intent)
    expect(dispute).toMatchObject({ status: 'warning_needs_response', is_charge_refundable: true })
    expect(await told(dispute.id)).toEqual(['charge.dispute.created'])
    expect(await stripe.refunds.create({ payment_intent: intent.id, amount: 1 })).toMatchObject({ status: 'succeeded' })
    const evidence = { uncategorized_text: 'losing_evidence' }
    expect(await stripe.disputes.update(dispute.id, { evidence })).toMatchObject({ status: 'warning_closed' })
  })

  it('may become a dispute', async () => {
    const { id } = await disputeOf(await pay('pm_card_createDisputeInquiry'))
    const evidence = { uncategorized_text: 'escalate_inquiry_evidence' }
    expect(await stripe.disputes.update(id, { evidence })).toMatchObject({ status: 'needs_response' })
    expect((await told(id)).at(-1)).toBe('charge.dispute.funds_withdrawn')
  })
})

it('is warned of before anybody disputes', async () => {
  const { id: payment_intent, latest_charge: charge } = await pay('pm_card_createIssuerFraudRecord')
  const { data } = await stripe.radar.earlyFraudWarnings.list({ payment_intent })
  expect(data).toMatchObject([{ charge, actionable: true }])
  expect(await stripe.radar.earlyFraudWarnings.retrieve(data[0]!.id)).toEqual(data[0])
  expect((await stripe.disputes.list({ payment_intent })).data).toEqual([])
  expect(await told(data[0]!.id)).toEqual(['radar.early_fraud_warning.created'])
})

describe('a refund', () => {
  it('may succeed late', async () => {
    const { id: payment_intent } = await pay('pm_card_pendingRefund')
    const { id, status } = await stripe.refunds.create({ payment_intent })
    expect(status).toBe('pending')
    await open.control('POST', 'clock', { advance: '5s' })
    expect(await stripe.refunds.retrieve(id)).toMatchObject({ status: 'succeeded' })
    expect(await told(id)).toEqual(['refund.created', 'refund.updated'])
  })

  it('may fail after it succeeded, and its amount can be refunded again', async () => {
    const { id: payment_intent, latest_charge } = await pay('pm_card_refundFail')
    const { id, status } = await stripe.refunds.create({ payment_intent, amount: 1000 })
    expect(status).toBe('succeeded')
    const charge = () => stripe.charges.retrieve(String(latest_charge))
    expect(await charge()).toMatchObject({ amount_refunded: 1000 })
    await open.control('POST', 'clock', { advance: '5s' })
    const failed = { status: 'failed', failure_reason: 'expired_or_canceled_card' }
    expect(await stripe.refunds.retrieve(id)).toMatchObject(failed)
    expect(await charge()).toMatchObject({ amount_refunded: 0, refunded: false })
    expect(await told(id)).toEqual(['refund.created', 'refund.updated', 'charge.refund.updated', 'refund.failed'])
    expect(await stripe.refunds.create({ payment_intent })).toMatchObject({ amount: 1500 })
  })

  it('may be cancelled while it is pending', async () => {
    const { id: payment_intent } = await pay('pm_card_pendingRefund')
    const { id } = await stripe.refunds.create({ payment_intent })
    expect(await stripe.refunds.cancel(id)).toMatchObject({ status: 'canceled' })
    await open.control('POST', 'clock', { advance: '5s' })
    expect(await stripe.refunds.retrieve(id)).toMatchObject({ status: 'canceled' })
    expect((await refusalOf(stripe.refunds.cancel(id))).statusCode).toBe(400)
  })
})

describe('control', () => {
  it('disputes a part of a charge, and lets a refund fail', async () => {
    const intent = await pay('pm_card_visa')
    const refund = await stripe.refunds.create({ payment_intent: intent.id, amount: 500 })
    const charge = String(intent.latest_charge)
    const { dispute } = await open.control<{ dispute: Stripe.Dispute }>('POST', 'disputes', { charge, amount: 700 })
    expect(await stripe.disputes.retrieve(dispute.id)).toMatchObject({ amount: 700, status: 'needs_response' })
    await open.control('POST', 'refunds/fail', { refund: refund.id })
    expect(await stripe.refunds.retrieve(refund.id)).toMatchObject({ status: 'failed' })
    expect(await open.control('POST', 'refunds/fail', { refund: refund.id })).toMatchObject({ status: 400 })
    expect(await open.control('POST', 'disputes', { charge, amount: 1501 })).toMatchObject({ status: 400 })
  })
})
