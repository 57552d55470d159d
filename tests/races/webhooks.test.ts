import { createHmac } from 'node:crypto'
import { credits } from 'tillwire'
import { holderOf } from 'tillwire/credits'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { payOn, startWhole, type Whole } from '../../apps/server/tests/whole.ts'
import { explainOnFailure } from '../support/explain-on-failure.ts'
import { entriesOf, expectSquare } from '../support/money.ts'
import { CARD, WEBHOOK_SECRET } from '../support/planted.ts'
import { until } from '../support/until.ts'

const TIMES = 20
const STARTER = credits(5_000)

let whole: Whole
beforeAll(async () => {
  whole = await startWhole()
})
afterAll(() => whole[Symbol.asyncDispose]())

async function stripe(method: string, path: string): Promise<{ data: { id: string }[] }> {
  const headers = { authorization: `Bearer ${whole.env.STRIPE_SECRET_KEY}` }
  return (await fetch(`${whole.env.STRIPE_API_BASE}/v1/${path}`, { method, headers })).json()
}

const signatureOf = (body: string, secret = WEBHOOK_SECRET, at = Math.floor(Date.now() / 1_000)) =>
  `t=${at},v1=${createHmac('sha256', secret).update(`${at}.${body}`).digest('hex')}`

interface Delivery {
  readonly body: string
  readonly signature: string
  readonly genuine: boolean
}

async function deliver({ body, signature, genuine }: Delivery) {
  const headers = { 'stripe-signature': signature, 'content-type': 'application/json' }
  const answer = await fetch(`${whole.url}/webhooks/stripe`, { method: 'POST', headers, body })
  return { genuine, status: answer.status, body: await answer.json() }
}

/** An event as a thief would send it: not signed by Stripe, or not what was signed, or signed long ago. */
function forgeriesOf(body: string, name: string): Delivery[] {
  const own = body.replace(/"id":"evt_\w+"/, `"id":"evt_${name}"`)
  const forged = (signature: string): Delivery => ({ body: own, signature, genuine: false })
  return [
    forged(signatureOf(own, 'whsec_guessed')),
    forged(signatureOf(body)),
    forged(signatureOf(own, WEBHOOK_SECRET, Math.floor(Date.now() / 1_000) - 301)),
    forged(''),
  ]
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)
}

it('grants once what 20 deliveries of each event at once say was paid, and nothing for forged ones', async () => {
  // Stripe's own deliveries would come first: this test makes them itself.
  for (const { id } of (await stripe('GET', 'webhook_endpoints')).data)
    await stripe('DELETE', `webhook_endpoints/${id}`)
  const buyers = await Promise.all(['ada', 'bob', 'eve'].map((name) => whole.signUp(name)))
  for (const { email, userId } of buyers) {
    explainOnFailure(whole.tillwire, userId)
    const { url } = await whole.tillwire.commerce.checkout({ username: email, pack: 'starter' })
    expect(await payOn(url, CARD)).toContain('checkout=success')
  }
  const events = (await stripe('GET', 'events?limit=100')).data
  expect(events.length).toBeGreaterThanOrEqual(3 * buyers.length)

  const deliveries = events.flatMap((event, at) => {
    const body = JSON.stringify(event)
    const genuine = Array.from({ length: TIMES }, () => ({ body, signature: signatureOf(body), genuine: true }))
    return [...genuine, ...forgeriesOf(body, `forged_${at}`)]
  })
  const answers = await Promise.all(shuffled(deliveries).map(deliver))
  for (const { genuine, status, body } of answers) {
    if (genuine) expect(status).toBe(200)
    else expect([status, body.error.code]).toEqual([400, 'invalid_payload'])
  }
  const fresh = answers.filter(({ body }) => body.duplicate === false).map(({ body }) => body.eventId)
  expect(fresh.toSorted()).toEqual(events.map(({ id }) => id).toSorted())

  const { webhooks } = whole.tillwire.commerce
  await until('the inbox to be worked on', async () => (await webhooks.list({ status: 'pending' })).items.length === 0)
  const kept = (await webhooks.list({ limit: 100 })).items
  expect(kept.map(({ id }) => id).toSorted()).toEqual(events.map(({ id }) => id).toSorted())
  expect(kept.filter(({ status }) => status !== 'done')).toEqual([])
  for (const { userId } of buyers) {
    expect(await whole.tillwire.credits.balance(holderOf(userId))).toMatchObject({ available: STARTER, held: 0 })
    expect((await entriesOf(whole, userId)).map(({ kind }) => kind)).toEqual(['grant'])
    await expectSquare(whole, userId, STARTER)
  }
  expect((await whole.tillwire.commerce.check()).problems).toEqual([])
})

it('grants once what webhooks, polling and the success page find at the same moment', async () => {
  const ada = await whole.signUp('all-ways')
  explainOnFailure(whole.tillwire, ada.userId)
  const { url } = await whole.tillwire.commerce.checkout({ username: ada.email, pack: 'starter' })
  expect(await payOn(url, CARD)).toContain('checkout=success')
  const { data } = await stripe('GET', 'events?limit=10')
  const { commerce } = whole.tillwire
  await Promise.all(
    Array.from({ length: TIMES }, () => [
      commerce.webhooks.poll(),
      commerce.webhooks.work(),
      commerce.syncCheckouts(ada.email),
      ...data.map((event) => {
        const body = JSON.stringify(event)
        return deliver({ body, signature: signatureOf(body), genuine: true })
      }),
    ]).flat(),
  )
  await until('the inbox to be worked on', async () => {
    return (await commerce.webhooks.list({ status: 'pending' })).items.length === 0
  })
  expect((await entriesOf(whole, ada.userId)).map(({ kind }) => kind)).toEqual(['grant'])
  await expectSquare(whole, ada.userId, STARTER)
  expect((await commerce.check()).problems).toEqual([])
})
