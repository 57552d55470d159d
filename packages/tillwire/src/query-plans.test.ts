import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerLog, answers, answersCollections, receipts } from './answers/index.ts'
import { charges, checkouts, commerceCollections, customers, webhookEvents } from './commerce/index.ts'
import { creditsCollections, grants } from './credits/index.ts'
import { accounts, authSessions, mails, sessionsCollections, users, verifications } from './sessions/index.ts'
import { signUps } from './sign-up-credits.ts'
import type { AnyCollection, FindOptions, Scalar } from './store/index.ts'
import { Pipeline } from './store/pipeline.ts'
import { prepareCount, prepareFind } from './store/prepare-read.ts'
import { Connection } from './store/sqlite/connection.ts'
import { countSql, findSql } from './store/sqlite/find-sql.ts'
import { alignIndexes, createDocumentTables, createSystemTables } from './store/sqlite/tables.ts'
import { workflowCollections, workflowRuns } from './workflow/index.ts'

const COLLECTIONS: readonly AnyCollection[] = [
  ...sessionsCollections,
  ...creditsCollections,
  ...workflowCollections,
  ...commerceCollections,
  ...answersCollections,
  signUps,
]
const ledgerAlarms = creditsCollections.find(({ name }) => name === 'ledger_alarms')!
const now = '2026-01-01T00:00:00.000Z'

/** Each search of ours: what it is for, of what, and how. Whoever adds one adds it here. */
const SEARCHES: readonly [name: string, collection: AnyCollection, options: FindOptions][] = [
  ['text of an answer', answerLog, { where: { id: { gt: 'a/5', lt: 'a/:' } }, orderBy: { id: 'asc' } }],
  ['answers of a user', answers, { where: { userId: 'u' }, orderBy: { id: 'desc' } }],
  ['an answer by its key', answers, { where: { userId: 'u', key: 'k' } }],
  ['open answers of a user', answers, { where: { userId: 'u', slot: { gte: 0 } }, orderBy: { slot: 'asc' } }],
  [
    'answers whose lease is over',
    answers,
    { where: { state: 'streaming', leaseUntil: { lt: now } }, orderBy: { leaseUntil: 'asc' } },
  ],
  ['receipt of an answer', receipts, { where: { answerId: 'a' } }],
  ['receipts of a user', receipts, { where: { userId: 'u' }, orderBy: { id: 'desc' } }],
  ['a session by its token', authSessions, { where: { token: 't' } }],
  [
    'sessions of a user',
    authSessions,
    { where: { userId: 'u', expiresAt: { gt: now } }, orderBy: { createdAt: 'desc' } },
  ],
  ['accounts of a user', accounts, { where: { userId: 'u' } }],
  ['an account of a provider', accounts, { where: { providerId: 'p', accountId: 'a' } }],
  ['verifications of an address', verifications, { where: { identifier: 'i' }, orderBy: { createdAt: 'desc' } }],
  ['a user by address', users, { where: { email: 'e' } }],
  ['users by names', users, { where: { or: [{ email: { in: ['a', 'b'] } }, { handle: { in: ['a', 'b'] } }] } }],
  ['a user by name', users, { where: { or: [{ email: { in: ['a'] } }, { handle: { in: ['a'] } }] } }],
  ['mail that is due', mails, { where: { status: 'queued', dueAt: { lte: now } }, orderBy: { dueAt: 'asc' } }],
  ['the newest mail', mails, { orderBy: { createdAt: 'desc' } }],
  ['credits at sign-up', signUps, {}],
  ['a customer of a user', customers, { where: { userId: 'u' } }],
  ['a customer at Stripe', customers, { where: { stripeCustomerId: 'c' } }],
  ['open checkouts of a user', checkouts, { where: { userId: 'u', status: 'open' }, orderBy: { createdAt: 'desc' } }],
  ['checkouts of a user', checkouts, { where: { userId: 'u' }, orderBy: { id: 'desc' } }],
  ['a checkout of a session', checkouts, { where: { stripeSessionId: 's' } }],
  ['a checkout of a payment', checkouts, { where: { payment: 'p' } }],
  ['a charge of a payment', charges, { where: { paymentIntent: 'p' } }],
  ['charges of a customer', charges, { where: { customerId: 'c' }, orderBy: { id: 'desc' } }],
  [
    'events that are due',
    webhookEvents,
    { where: { status: 'pending', dueAt: { lte: now } }, orderBy: { dueAt: 'asc' } },
  ],
  ['parked events', webhookEvents, { where: { status: 'parked' }, orderBy: { dueAt: 'asc' } }],
  ['the newest events', webhookEvents, { orderBy: { createdAt: 'desc' } }],
  ['the newest events in a state', webhookEvents, { where: { status: 'parked' }, orderBy: { createdAt: 'desc' } }],
  ['events of a payment', webhookEvents, { where: { payment: 'p' }, orderBy: { id: 'desc' } }],
  ['an event of a payment and an object', webhookEvents, { where: { payment: 'p', objectId: { startsWith: 'cs_' } } }],
  ['events of an object', webhookEvents, { where: { objectId: 'o', payment: { exists: true } } }],
  ['the newest runs', workflowRuns, { orderBy: { createdAt: 'desc' } }],
  ['the newest runs in a state', workflowRuns, { where: { status: 'parked' }, orderBy: { createdAt: 'desc' } }],
  ['a run by its key', workflowRuns, { where: { workflow: 'w', key: 'k' } }],
  ['runs that are due', workflowRuns, { where: { dueAt: { lte: now } }, orderBy: { dueAt: 'asc' } }],
  [
    'runs that nobody goes on with',
    workflowRuns,
    { where: { dueAt: { lte: now }, workflow: { notIn: ['a', 'b'] } }, orderBy: { dueAt: 'asc' } },
  ],
  ['a grant of a payment', grants, { where: { 'source.payment': 'p' } }],
  ['accounts that are due', ledgerAlarms, { where: { at: { lte: now } }, orderBy: { at: 'asc' } }],
]

/** Searches by two indexes at once; what they find is sorted, and is a few documents. */
const OF_FEW = new Set(['users by names', 'a user by name'])

const COUNTS: readonly [name: string, collection: AnyCollection, where: NonNullable<FindOptions['where']>][] = [
  ['open answers', answers, { state: 'streaming' }],
  ['events in a state', webhookEvents, { status: 'pending' }],
  ['answers of a user', answers, { userId: 'u' }],
]

describe('searches of ours', () => {
  let connection: Connection
  const pipelines = new Map<AnyCollection, Pipeline>()

  beforeAll(async () => {
    connection = await Connection.open(':memory:')
    const keys = [{ id: 'k', key: new Uint8Array(32) }]
    for (const one of COLLECTIONS) pipelines.set(one, new Pipeline(one, keys))
    const tables = [...pipelines.values()].map(({ table }) => table)
    await createSystemTables(connection, 'store')
    await createDocumentTables(connection, tables)
    await alignIndexes(connection, tables)
  })
  afterAll(() => connection.close())

  /**
   * The steps of SQLite's plan that read more than what is asked for, or sort it. Ties of what a unique index is
   * ordered by are one document, and sorting them by id (the last term) is nothing.
   */
  function excess({ text, values }: { text: string; values: readonly (string | number | null)[] }): string[] {
    return connection.db
      .prepare(`EXPLAIN QUERY PLAN ${text}`)
      .all(...values)
      .map(({ detail }) => String(detail))
      .filter((step) => /^SCAN (?!json_each|CONSTANT)|TEMP B-TREE FOR (?!LAST TERM)/.test(step))
  }

  it.each(SEARCHES)('find %s by an index, in its order, and so their next pages', (name, collection, options) => {
    const pipeline = pipelines.get(collection)!
    const { query } = prepareFind(pipeline, options).stored
    const behind = query.order.map(({ path }): Scalar => (path.type === 'number' ? 1 : now))
    const pages = [null, behind].flatMap((after) => findSql(collection.name, { ...query, after }))
    for (const { text, values } of pages) {
      const steps = excess({ text, values: [...values, query.limit] })
      // All of them in the order of an index is what is asked for, where nothing else is.
      const allowed = options.where === undefined ? /^SCAN \S+ USING INDEX / : OF_FEW.has(name) ? /TEMP B-TREE/ : /^$/
      expect(steps.filter((step) => !allowed.test(step))).toEqual([])
    }
  })

  it.each(COUNTS)('count %s by an index', (_, collection, where) => {
    const { filter } = prepareCount(pipelines.get(collection)!, where).stored
    expect(excess(countSql(collection.name, filter))).toEqual([])
  })
})
