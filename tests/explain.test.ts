import { credits, explain, type Timeline } from 'tillwire'
import { checkouts, customers, webhookEvents } from 'tillwire/commerce'
import { grants, holderOf, ledgerEntries } from 'tillwire/credits'
import { accounts } from 'tillwire/sessions'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { payOn, type SignedUp, startWhole, type Whole } from '../apps/server/tests/whole.ts'
import { main } from '../packages/tillwire/src/cli/index.ts'
import { timelinesOf } from './support/explain-on-failure.ts'
import { CARD, PLANTED } from './support/planted.ts'
import { until } from './support/until.ts'

const STARTER = credits(5_000)
const QUESTION = 'Write 150 words about rivers'

let whole: Whole
let ada: SignedUp
let answerId: string
let payment: string
let checkoutId: string
let refundId: string

/** Somebody buys, asks, and gets the money back. */
beforeAll(async () => {
  whole = await startWhole()
  for (const [name, value] of Object.entries(whole.env)) vi.stubEnv(name, value)
  const { commerce, credits: ledger, store } = whole.tillwire
  ada = await whole.signUp('ada')
  const bought = await commerce.checkout({ username: ada.email, pack: 'starter' })
  checkoutId = bought.checkoutId
  await payOn(bought.url, CARD)
  await until('the credits', async () => (await ledger.balance(holderOf(ada.userId))).available === STARTER)
  payment = (await store.collection(checkouts).get(checkoutId))!.payment!
  const tab = await whole.open(ada.cookie)
  const asked = { key: 'first', messages: [{ role: 'user', content: QUESTION }] }
  const started = await tab.ask<{ answerId: string }>('answer:start', asked)
  if (!started.ok) throw new Error(started.error.message)
  answerId = started.data.answerId
  await tab.until('answer:end')
  refundId = (await commerce.refundPack({ payment })).refundId
  await until(
    'the events of the refund',
    async () => (await eventsOf('charge.refunded', 'refund.created')).length === 2,
  )
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await whole[Symbol.asyncDispose]()
})

async function eventsOf(...types: string[]) {
  const { items } = await whole.tillwire.store.collection(webhookEvents).find({ where: { type: { in: types } } })
  return items.filter(({ status }) => status === 'done')
}

/** The command's exit code and what it printed. */
async function command(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  using out = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  using err = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  const code = await main(['explain', ...args])
  return { code, out: out.mock.calls.flat().join(''), err: err.mock.calls.flat().join('') }
}

async function json(id: string): Promise<Timeline> {
  const { code, out } = await command(id, '--json')
  expect(code).toBe(0)
  return JSON.parse(out)
}

describe('tillwire explain', () => {
  it('tells a payment from Stripe and the steps of its runs over the grant to the refund', async () => {
    const { subject, items, problems, leftOff } = await json(payment)
    expect({ subject, problems, leftOff }).toEqual({
      subject: { kind: 'payment', id: payment },
      problems: [],
      leftOff: 0,
    })
    const kinds = items.map(({ kind }) => kind)
    for (const kind of [
      'customer',
      'workflow',
      'workflow-step',
      'checkout',
      'stripe-event',
      'grant',
      'entry',
      'refund',
    ])
      expect(kinds).toContain(kind)
    const says = items.map((item) => item.says)
    for (const sentence of [
      'step open-session of commerce.checkout is done',
      'received checkout.session.completed by webhook',
      'processed checkout.session.completed at the first try',
      `was paid by ${payment}`,
      'step refund of commerce.refund-pack is done',
      'received charge.refunded by webhook',
    ])
      expect(says).toContain(sentence)
    expect(says.findIndex((line) => line.startsWith('received checkout.session'))).toBeLessThan(kinds.indexOf('grant'))
    const { spent } = (await whole.tillwire.answers.list({ userId: ada.userId })).items[0]!
    expect(items.at(-1)).toMatchObject({
      kind: 'sum',
      amounts: { granted: STARTER, takenBack: STARTER, spent, debt: spent },
    })
  })

  it('tells an answer with each entry that paid for it, and all of its text', async () => {
    const { items, problems } = await json(answerId)
    expect(problems).toEqual([])
    const { text, spent, receiptId } = await whole.tillwire.answers.get({ userId: ada.userId, answerId })
    const receipt = await whole.tillwire.answers.receipt({ userId: ada.userId, receiptId: receiptId! })
    const movements = items.filter(({ kind }) => kind === 'hold' || kind === 'entry')
    expect(movements.map(({ id }) => id)).toEqual(receipt.entries)
    expect(movements.reduce((sum, { amounts }) => sum + (amounts?.spent ?? 0), 0)).toBe(spent)
    expect(movements.at(-1)?.says).toMatch(new RegExp(`with the text up to ${text.length}$`))
    expect(items.at(-2)?.content).toBe(text)
    expect(items.at(-1)?.amounts).toEqual({ answer: spent, entries: spent, receipt: spent })
  })

  it('tells a user with a line for each payment and answer, by id, username or e-mail in any case', async () => {
    const timeline = await json(ada.userId)
    expect(timeline).toMatchObject({ subject: { kind: 'user', id: ada.userId }, problems: [], leftOff: 0 })
    expect(timeline.items.map(({ kind }) => kind)).toEqual([
      'user',
      'customer',
      'checkout',
      'grant',
      'answer',
      'refund',
      'sum',
    ])
    const { available, held, debt } = await whole.tillwire.credits.balance(holderOf(ada.userId))
    expect(timeline.items.at(-1)?.amounts).toEqual({ available, held, debt })
    expect(await json(ada.email)).toEqual(timeline)
    expect(await json(` ${ada.email.toUpperCase()} `)).toEqual(timeline)
  })

  it('follows every id that leads to one of these', async () => {
    const { store, answers, credits: ledger, workflows } = whole.tillwire
    const { stripeSessionId = '' } = (await store.collection(checkouts).get(checkoutId))!
    const customer = (await store.collection(customers).findOne({ userId: ada.userId }))!
    const { grant } = (await ledger.findPurchase(payment))!
    const runs = (await workflows.list()).items
    const runOf = (workflow: string) => runs.find((run) => run.workflow === workflow)!.id
    const events = await eventsOf('checkout.session.completed', 'charge.refunded', 'refund.created')
    const charge = events.find(({ type }) => type === 'charge.refunded')!.objectId
    const { receiptId } = await answers.get({ userId: ada.userId, answerId })
    const { entries } = await answers.receipt({ userId: ada.userId, receiptId: receiptId! })
    const hold = (await store.collection(ledgerEntries).get(entries[0]!))!.hold!.id
    const given = (await store.collection(grants).get(grant))!.entry
    const ids = {
      payment: [
        ...[stripeSessionId, checkoutId, refundId, charge, ...events.map(({ id }) => id), grant, given],
        ...[runOf('commerce.checkout'), runOf('commerce.refund-pack')],
      ],
      answer: [receiptId!, hold, ...entries],
      user: [customer.id, customer.stripeCustomerId, runOf('commerce.create-customer')],
    }
    expect(events).toHaveLength(3)
    const subjects = { payment, answer: answerId, user: ada.userId }
    for (const kind of ['payment', 'answer', 'user'] as const)
      for (const id of ids[kind])
        expect([id, (await explain(whole.tillwire, id)).subject]).toEqual([id, { kind, id: subjects[kind] }])
  })

  it('tells a payment that nothing was granted for yet, by its session and by its payment', async () => {
    const { commerce, store } = whole.tillwire
    const bob = await whole.signUp('bob')
    const { url, checkoutId: bobs } = await commerce.checkout({ username: bob.email, pack: 'starter' })
    const { stripeSessionId = '' } = (await store.collection(checkouts).get(bobs))!
    expect((await explain(whole.tillwire, stripeSessionId)).subject).toEqual({ kind: 'payment', id: stripeSessionId })

    await store.collection(checkouts).update(bobs, { price: { amount: 499, currency: 'usd' } })
    await payOn(url, CARD)
    const parked = async () => (await commerce.webhooks.list({ status: 'parked' })).items[0]
    const event = await until('the event to be parked', parked)
    const { code, out } = await command(event.id)
    expect(code).toBe(1)
    const lines = out.trimEnd().split('\n')
    expect(lines[0]).toMatch(/^payment pi_/)
    expect(lines.at(-2)).toMatch(new RegExp(`^PROBLEM event_parked ${event.id}: .*payment_mismatch`))
    expect(lines.at(-1)).toMatch(/granted nothing: the checkout is open$/)
    expect((await explain(whole.tillwire, lines[0]!.split(' ')[1]!)).problems).toHaveLength(1)
  })

  it('says what it takes when an id is not known (1), and that it needs one (2)', async () => {
    const unknown = await command('nobody@example.com')
    expect([unknown.code, unknown.out]).toEqual([1, ''])
    expect(unknown.err).toMatch(/^Nothing is known of "nobody@example.com": give a user's id, username or e-mail/)
    expect((await command()).code).toBe(2)
    expect((await command(payment, 'and more')).code).toBe(2)
  })

  it('prints no secret', async () => {
    const hashes = (await whole.tillwire.store.collection(accounts).find()).items.map(({ password }) => password ?? '')
    const token = /session_token=([^;.]+)/.exec(decodeURIComponent(ada.cookie))?.[1] ?? ''
    const secrets = [...PLANTED.map(({ value }) => value), CARD.replaceAll(' ', ''), ...hashes, token]
    expect(secrets.every((secret) => secret.length >= 10)).toBe(true)
    for (const id of [ada.userId, payment, answerId]) {
      const printed = (await command(id)).out + (await command(id, '--json')).out
      expect(secrets.filter((secret) => printed.includes(secret))).toEqual([])
    }
  })
})

describe('the failure of a test', () => {
  it('tells the user, the payments and the answers', async () => {
    const told = await timelinesOf(whole.tillwire, ada.userId)
    for (const subject of [`user ${ada.userId}`, `payment ${payment}`, `answer ${answerId}`])
      expect(told).toMatch(new RegExp(`^${subject}$`, 'm'))
  })

  it('is never hidden by what cannot be told, nor kept waiting for it', async () => {
    const { store, credits: ledger } = whole.tillwire
    const broken = { store, credits: ledger, findUser: async () => Promise.reject(new Error('no store')) }
    expect(await timelinesOf(broken, 'user_none')).toBe('(user_none could not be explained: Error: no store)')
    const silent = { store, credits: ledger, findUser: () => new Promise<never>(() => {}) }
    expect(await timelinesOf(silent, 'user_none', 5)).toBe('(no more within 5 ms)')
  })
})

describe('a ledger that was tampered with', () => {
  it('is told plainly, with exit code 1', async () => {
    const { store } = whole.tillwire
    const { items } = await store
      .collection(ledgerEntries)
      .find({ where: { holder: holderOf(ada.userId), kind: 'settle' } })
    const { id, postings } = items[0]!
    const more = postings.map((posting) => ({
      ...posting,
      amount: posting.amount + (posting.account === 'consumed' ? 1 : 0),
    }))
    await store.collection(ledgerEntries).update(id, { postings: more })
    for (const subject of [ada.userId, payment, answerId]) {
      const { code, out } = await command(subject)
      expect([subject, code]).toEqual([subject, 1])
      expect(out).toContain(`PROBLEM entry_unbalanced ${id}: The postings sum to 1 microcredits, not to zero.`)
    }
    expect((await command(answerId)).out.trimEnd()).toMatch(/they DIFFER$/)
    await store.collection(ledgerEntries).update(id, { postings })
    expect((await command(answerId)).code).toBe(0)
  })
})
