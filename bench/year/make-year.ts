import { credits, type Microcredits, microcredits, type Tillwire } from 'tillwire'
import { checkouts, customers, webhookEvents } from 'tillwire/commerce'
import { holderOf } from 'tillwire/credits'
import { accounts, authSessions, mails, users, verifications } from 'tillwire/sessions'
import { type AnyCollection, type InsertOf, insert } from 'tillwire/store'
import { workflowRuns } from 'tillwire/workflow'
import { withSpend } from '../../packages/tillwire/src/answers/day-sums.ts'
import { answerDays } from '../../packages/tillwire/src/answers/schema.ts'
import { answered } from './answers.ts'
import { open, type Place } from './open.ts'
import { type Asked, END, idAt, planAnswers, randomNumbers, type Size } from './plan.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
/** Answers that the ledger is asked for at once, and documents of a commit. */
const AT_ONCE = 512
/** The feed is let go of as often as this many answers were made; a server does it each minute. */
const SWEEP_EVERY = 20 * AT_ONCE
/** Credits are bought when so few are left that a batch of answers could use them up. */
const LEAST_LEFT = credits(100)
const GIVEN = credits(50)
const PACK = { id: 'pack', name: 'Pack', credits: credits(500), price: { amount: 500, currency: 'usd' } }
/** How long what is over stays, a little less than its retention says. */
const EVENTS_MS = 30 * DAY_MS
const RUNS_MS = 89 * DAY_MS
const MAILS_MS = 29 * DAY_MS
const SESSIONS_A_USER = 3

export const userIdOf = (user: number) => `user_${String(user).padStart(6, '0')}`
const iso = (time: number) => new Date(time).toISOString()

/**
 * Makes the data of a year: what moves credits by the ledger's own commands, each answer's documents in the commit of
 * its hold; the rest, which nothing else depends on, by `commit`. The clock is that of the time that is made.
 */
export async function makeYear(place: Place, size: Size): Promise<void> {
  const { clock } = place
  const planned = planAnswers(size)
  clock.set(iso(planned[0]?.at ?? END))
  await using tillwire = await open(place)
  await writeUsers(tillwire, size)
  const left = new Map<number, Microcredits>()
  for (let user = 0; user < size.users; user++) left.set(user, GIVEN)
  let purchases = 0
  for (let from = 0; from < planned.length; from += AT_ONCE) {
    const batch = planned.slice(from, from + AT_ONCE)
    clock.set(iso(batch[0]?.at ?? END))
    const buyers = new Set(batch.map(({ user }) => user).filter((user) => (left.get(user) ?? 0) < LEAST_LEFT))
    await Promise.all([...buyers].map((user) => buy(tillwire, user, purchases++)))
    for (const user of buyers) left.set(user, microcredits((left.get(user) ?? 0) + PACK.credits))
    for (const { user, cost } of batch) left.set(user, microcredits((left.get(user) ?? 0) - cost))
    const asked = batch.map((one, i) => ({ ...one, number: from + i, userId: userIdOf(one.user) }))
    await Promise.all(asked.map((one) => answered(tillwire, one)))
    if (from % SWEEP_EVERY === 0) await sweep(tillwire)
  }
  await writeDays(tillwire, planned)
  clock.set(iso(END - 2 * HOUR_MS))
  await writeEvents(tillwire, size)
  await writeRuns(tillwire, size)
  await writeSessions(tillwire, size)
  clock.set(iso(END))
  await sweep(tillwire)
}

/** What the server's jobs would have done by now. */
async function sweep({ store, credits: ledger }: Tillwire): Promise<void> {
  await ledger.expireDue()
  await store.sweep()
}

/** What is the same for all collections: documents in commits of many. */
export async function writeAll<C extends AnyCollection>(
  { store }: Pick<Tillwire, 'store'>,
  collection: C,
  documents: readonly InsertOf<C>[],
): Promise<void> {
  for (let from = 0; from < documents.length; from += AT_ONCE)
    await store.commit({
      writes: documents.slice(from, from + AT_ONCE).map((document) => insert(collection, document)),
    })
}

async function writeUsers(tillwire: Tillwire, size: Size): Promise<void> {
  const all = Array.from({ length: size.users }, (_, user) => ({ id: userIdOf(user), email: `${user}@example.com` }))
  await writeAll(tillwire, users, all)
  await writeAll(
    tillwire,
    accounts,
    all.map(({ id }) => ({ userId: id, providerId: 'credential', accountId: id, password: 'hash' })),
  )
  for (let from = 0; from < all.length; from += AT_ONCE)
    await Promise.all(
      all.slice(from, from + AT_ONCE).map(({ id }) =>
        tillwire.credits.grant({
          holder: holderOf(id),
          amount: GIVEN,
          key: 'sign-up',
          source: { kind: 'sign-up' },
        }),
      ),
    )
}

/** A pack: its checkout and its grant; with the first one, the customer. */
async function buy({ store, credits: ledger, clock }: Tillwire, user: number, number: number): Promise<void> {
  const userId = userIdOf(user)
  const at = clock.now()
  const [stripeCustomerId, payment] = [`cus_${user}`, `pi_${number}`]
  if (!(await store.collection(customers).findOne({ userId })))
    await store.collection(customers).insert({
      userId,
      stripeCustomerId,
      username: `${user}@example.com`,
      email: `${user}@example.com`,
      firstName: null,
      lastName: null,
      phone: null,
      address: null,
    })
  const checkout = insert(checkouts, {
    id: idAt('checkout', at.getTime(), number),
    userId,
    stripeCustomerId,
    pack: PACK.id,
    name: PACK.name,
    credits: PACK.credits,
    price: PACK.price,
    status: 'paid',
    stripeSessionId: `cs_${number}`,
    payment,
    paidAt: at.toISOString(),
    paid: PACK.price.amount,
    refunded: 0,
    reversed: 0,
  })
  await ledger.grant({
    holder: holderOf(userId),
    amount: PACK.credits,
    key: payment,
    source: { kind: 'purchase', payment },
    also: { writes: [checkout] },
  })
}

/** What the answers cost by day, as each one's end would have added it. */
async function writeDays(tillwire: Tillwire, planned: readonly Asked[]): Promise<void> {
  const days = new Map<string, ReturnType<typeof withSpend>>()
  for (const { at, user, cost: spent, model } of planned) {
    const time = iso(at)
    const id = `${userIdOf(user)}/${time.slice(0, 'YYYY-MM-DD'.length)}`
    days.set(id, withSpend(days.get(id) ?? [], { userId: userIdOf(user), model, spent, at: time }))
  }
  await writeAll(
    tillwire,
    answerDays,
    [...days].map(([id, sums]) => ({ id, sums: [...sums] })),
  )
}

/** Times from so long before the end to its last hours, in order. */
function timesWithin(ms: number, count: number): number[] {
  const from = END - ms
  const length = ms - 2 * HOUR_MS
  return Array.from({ length: count }, (_, i) => Math.floor(from + (i * length) / count))
}

const EVENT_TYPES = ['checkout.session.completed', 'payment_intent.succeeded', 'charge.succeeded', 'refund.created']

async function writeEvents(tillwire: Tillwire, { events }: Size): Promise<void> {
  const documents = timesWithin(EVENTS_MS, events).map((at, number) => ({
    id: `evt_${number}`,
    createdAt: iso(at),
    updatedAt: iso(at),
    type: EVENT_TYPES[number % EVENT_TYPES.length] ?? '',
    objectId: `cs_${number >> 2}`,
    payment: `pi_${number >> 2}`,
    source: 'webhook' as const,
    status: 'done' as const,
    attempts: 1,
    dueAt: iso(at + 60_000),
    lastError: null,
    doneAt: iso(at + 1_000),
  }))
  await writeAll(tillwire, webhookEvents, documents)
}

/** Finished runs, a fifth as many as events; and mail, as often. */
async function writeRuns(tillwire: Tillwire, { events }: Size): Promise<void> {
  const runs = timesWithin(RUNS_MS, Math.ceil(events / 5)).map((at, number) => ({
    id: idAt('run', at, number),
    createdAt: iso(at),
    updatedAt: iso(at),
    workflow: 'commerce.checkout',
    workflowVersion: 1,
    key: `run-${number}`,
    requestId: null,
    input: { username: `${number}@example.com`, pack: PACK.id },
    inputHash: 'made for a benchmark',
    status: 'completed' as const,
    steps: [],
    output: { url: `https://checkout.example.com/cs_${number}` },
    error: null,
    parked: null,
    owner: null,
    fence: 1,
    waits: 0,
    dueAt: null,
    endedAt: iso(at + 1_000),
  }))
  await writeAll(tillwire, workflowRuns, runs)
  const sent = timesWithin(MAILS_MS, Math.ceil(events / 5)).map((at, number) => ({
    createdAt: iso(at),
    updatedAt: iso(at),
    to: `${number}@example.com`,
    subject: 'Sign in',
    text: 'Open the link to sign in.',
    link: `https://example.com/in?token=${number}`,
    status: 'sent' as const,
    attempts: 1,
    dueAt: iso(at + 60_000),
    endedAt: iso(at + 1_000),
  }))
  await writeAll(tillwire, mails, sent)
}

/** Each user has some sessions, of which the last is over; and every other one had a link by mail today. */
async function writeSessions(tillwire: Tillwire, size: Size): Promise<void> {
  const random = randomNumbers(size.users)
  const sessions = Array.from({ length: size.users * SESSIONS_A_USER }, (_, number) => {
    const isOver = number % SESSIONS_A_USER === SESSIONS_A_USER - 1
    const expiresAt = END + (isOver ? -1 : 1) * (DAY_MS + Math.floor(random() * 5 * DAY_MS))
    return {
      userId: userIdOf(Math.floor(number / SESSIONS_A_USER)),
      token: `token-${number}`,
      createdAt: iso(expiresAt - 7 * DAY_MS),
      expiresAt: iso(expiresAt),
      ipAddress: '203.0.113.1',
      userAgent: 'A browser',
    }
  })
  await writeAll(tillwire, authSessions, sessions)
  const links = Array.from({ length: size.users >> 1 }, (_, number) => ({
    identifier: `link-${number}`,
    value: '{}',
    expiresAt: iso(END - Math.floor(random() * 20 * HOUR_MS)),
  }))
  await writeAll(tillwire, verifications, links)
}
