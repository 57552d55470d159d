import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { answerLog, answers, receipts } from '../../answers/index.ts'
import { checkouts, customers, webhookEvents } from '../../commerce/index.ts'
import { grants, holderOf, holds, ledgerAccounts, ledgerEntries, readHoldEntries } from '../../credits/index.ts'
import { newKey, units } from '../../credits/testing/open-ledger.ts'
import { users } from '../../sessions/index.ts'
import { workflowRuns } from '../../workflow/index.ts'
import { explain, printTimeline } from './index.ts'
import { MOST_TEXT } from './print-timeline.ts'
import { type History, playHistory } from './testing/play-history.ts'
import { MOST_ITEMS, timelineOf } from './timeline.ts'

const nobody = async () => null

describe('explain', () => {
  let history: History
  let answerId: string
  let payment: string
  beforeEach(async () => {
    history = await playHistory([
      { do: 'buy', amount: 1_000 },
      {
        do: 'answer',
        amount: 100,
        slices: [
          [10, 'Because '],
          [0, 'it '],
          [20, 'is.'],
        ],
        ended: true,
        over: 0,
      },
      { do: 'refund', amount: 995, which: 0 },
    ])
    answerId = [...history.answers.keys()][0]!
    payment = history.payments[0]!
  })
  afterEach(() => history[Symbol.asyncDispose]())

  const told = (id: string) => explain({ ...history, findUser: nobody }, id)
  const sentences = async (id: string) => (await told(id)).items.map(({ kind, says }) => `${kind}: ${says}`)

  it('tells an answer from the question over each hold and slice to the text and the sum', async () => {
    expect(await sentences(answerId)).toEqual([
      'answer: asked gpt-5-mini (prices v1) for at most 0.0001 credits, 1 tokens: "Why?"',
      expect.stringMatching(/^hold: held 0.0001 credits until \d{4}-/),
      'text: wrote the text from 0 to 8',
      'entry: spent 0.00001 credits of the hold, with the text up to 8',
      'text: wrote the text from 8 to 14',
      'entry: spent 0.00002 credits of the hold, with the text up to 14',
      'answer: ended: complete',
      'entry: settled at 0.00003 credits: spent 0 now, gave back 0.00007',
      'receipt: receipt of 0.00003 credits: 1 tokens read (0 cached) and 1 written, counted by us, at prices v1',
      'text: the text, 14 characters',
      'sum: spent 0.00003 credits, 0.00003 by its 4 entries, 0.00003 on its receipt: they agree',
    ])
  })

  it('tells a payment with what its credits came to, and a user with a line for each', async () => {
    expect(await sentences(payment)).toEqual([
      'checkout: went to buy Starter: 0.001 credits for $5.00',
      `checkout: was paid by ${payment}`,
      'grant: gave 0.001 credits',
      'entry: 0.00003 credits of it were spent by now, in 2 entries',
      'refund: took back 0.000995 credits for a refund, 0.000995 asked back in all, of which 0.000025 were spent and are owed now',
      'sum: granted 0.001 less 0.000995 taken back = 0.000005: 0 free, 0.00003 spent, less 0.000025 that became debt: they agree',
    ])
    expect(await sentences(history.userId)).toEqual([
      'user: was created: ada@example.com',
      `checkout: went to buy Starter: 0.001 credits for $5.00: paid by ${payment}`,
      'grant: gave 0.001 credits',
      'answer: answer by gpt-5-mini, complete: 14 characters for 0.00003 credits',
      expect.stringMatching(/^refund: took back 0.000995 credits/),
      'sum: has 0 available, 0 held, 0.000025 owed, the sum of 6 entries: they agree',
    ])
  })

  it('adds up refunds of parts, and what we bore ourselves', async () => {
    await using parts = await playHistory([
      { do: 'buy', amount: 1_000 },
      { do: 'refund', amount: 100, which: 0 },
      { do: 'answer', amount: 100, slices: [[10, 'Yes.']], ended: true, over: 3 },
      { do: 'refund', amount: 200, which: 0 },
    ])
    const [id = ''] = parts.answers.keys()
    const [paid = ''] = parts.payments
    const payments = await explain({ ...parts, findUser: nobody }, paid)
    expect(payments.problems).toEqual([])
    expect(payments.items.at(-1)?.amounts).toMatchObject({ granted: 1_000, takenBack: 300, spent: 100, free: 600 })
    const answer = await explain({ ...parts, findUser: nobody }, id)
    expect(answer.problems).toEqual([])
    expect(answer.items.map(({ says }) => says)).toContain(
      'settled at 0.0001 credits: spent 0.00009 now, gave back 0, and bore 0.000003 ourselves, with the text up to 4',
    )
    expect(answer.items.at(-1)?.amounts).toEqual({ answer: 100, entries: 100, receipt: 100 })
  })

  it('tells a customer that was deleted at Stripe and made again, by either id', async () => {
    await using history = await playHistory([{ do: 'buy', amount: 1_000 }])
    const [payment = ''] = history.payments
    await history.store.collection(customers).insert({
      id: 'customer_1',
      userId: history.userId,
      stripeCustomerId: 'cus_new',
      username: 'ada@example.com',
      email: 'ada@example.com',
      firstName: null,
      lastName: null,
      phone: null,
      address: null,
      former: ['cus_old'],
      remadeAt: new Date().toISOString(),
    })
    for (const id of ['cus_old', 'cus_new', payment]) {
      const { items } = await explain({ ...history, findUser: nobody }, id)
      expect(items.filter(({ kind }) => kind === 'customer').map(({ says }) => says)).toEqual([
        'became the customer cus_old at Stripe',
        'was made again at Stripe as the customer cus_new: cus_old was deleted there',
      ])
    }
  })

  it('may run while credits move: what is newer than the balance that it read is left out', async () => {
    await using moving = await playHistory([{ do: 'buy', amount: 1_000 }])
    const { credits, store, userId, payments } = moving
    const entries: typeof credits.entries = async (...request) => {
      await credits.spend({ holder: holderOf(userId), amount: units(5), key: newKey() })
      return credits.entries(...request)
    }
    for (const id of [userId, ...payments]) {
      const { items, problems } = await explain({ store, credits: { entries }, findUser: nobody }, id)
      expect(problems).toEqual([])
      expect(items.at(-1)?.says).toMatch(/they agree$/)
    }
  })

  it('finds the payment of a refund that no event has told of yet', async () => {
    const run = {
      workflow: 'commerce.refund-pack',
      workflowVersion: 1,
      key: 'k',
      requestId: null,
      inputHash: '',
      steps: [],
    }
    const ended = { status: 'completed', error: null, parked: null, owner: null, fence: 1, waits: 0 } as const
    const came = { input: { payment }, output: { refundId: 're_1' }, dueAt: null, endedAt: null }
    await history.store.collection(workflowRuns).insert({ ...run, ...ended, ...came })
    expect((await told('re_1')).subject).toEqual({ kind: 'payment', id: payment })
    await expect(told('re_2')).rejects.toMatchObject({ code: 'unknown_subject' })
  })

  it('is of a user whose document is gone, while the ledger is there', async () => {
    await history.store.collection(users).delete(history.userId)
    expect((await told(history.userId)).subject).toEqual({ kind: 'user', id: history.userId })
  })

  it.each(['', ' ', 'pi_none', 'evt_', 'constructor_x', 'answer_\0', '\ud800', 'x'.repeat(100_000)])(
    'says of %j that it is not known',
    async (id) => {
      await expect(told(id)).rejects.toMatchObject({ code: 'unknown_subject' })
    },
  )

  const first = async () => (await history.store.collection(ledgerEntries).find({ limit: 1 })).items[0]!
  const hold = () => [...history.answers.values()][0]!.hold
  const grant = async () => (await history.credits.findPurchase(payment))!.grant
  const account = () => holderOf(history.userId)
  const receipt = () => answerId.replace('answer_', 'receipt_')
  const checkout = async () => (await history.store.collection(checkouts).findOne({ payment }))!.id
  const tampering: Record<string, [subject: () => string, tamper: () => Promise<unknown>]> = {
    entry_unbalanced: [
      () => history.userId,
      async () =>
        history.store
          .collection(ledgerEntries)
          .update((await first()).id, { postings: (await first()).postings.slice(1) }),
    ],
    entry_missing: [
      () => answerId,
      async () => {
        const { entries } = await readHoldEntries(history.store, (await history.store.collection(holds).get(hold()))!)
        await history.store.collection(ledgerEntries).delete(entries[1]!.id)
      },
    ],
    balance_available: [
      () => history.userId,
      () => history.store.collection(ledgerAccounts).update(account(), { available: 1 }),
    ],
    balance_debt: [() => history.userId, () => history.store.collection(ledgerAccounts).update(account(), { debt: 1 })],
    grant_amount: [() => payment, async () => history.store.collection(grants).update(await grant(), { amount: 999 })],
    grant_reversed: [
      () => payment,
      async () => history.store.collection(grants).update(await grant(), { reversed: 1 }),
    ],
    grant_expired: [() => payment, async () => history.store.collection(grants).update(await grant(), { expired: 1 })],
    grant_free: [
      () => payment,
      async () => {
        const free = { id: await grant(), amount: 1, free: 1, held: 0, reversing: 0, expiresAt: null, priority: 100 }
        await history.store.collection(ledgerAccounts).update(account(), { grants: [free] })
      },
    ],
    grant_missing: [() => payment, async () => history.store.collection(grants).delete(await grant())],
    grant_differs: [
      () => payment,
      async () => history.store.collection(checkouts).update(await checkout(), { credits: 999 }),
    ],
    refund_not_reversed: [
      () => payment,
      async () => history.store.collection(checkouts).update(await checkout(), { reversed: 996 }),
    ],
    checkout_missing: [() => payment, async () => history.store.collection(checkouts).delete(await checkout())],
    event_parked: [
      () => payment,
      () => {
        const event = { type: 'charge.refunded', objectId: 'ch_1', payment, source: 'poll', attempts: 16 } as const
        const parked = { status: 'parked', dueAt: history.clock.now().toISOString(), lastError: 'no' } as const
        return history.store.collection(webhookEvents).insert({ ...event, ...parked })
      },
    ],
    run_parked: [
      () => payment,
      () => {
        const run = {
          workflow: 'commerce.refund-pack',
          workflowVersion: 1,
          requestId: null,
          key: 'k',
          inputHash: '',
          steps: [],
          output: null,
        }
        const rest = {
          input: { payment },
          error: null,
          parked: null,
          owner: null,
          fence: 1,
          waits: 0,
          dueAt: null,
          endedAt: null,
        }
        return history.store.collection(workflowRuns).insert({ ...run, ...rest, status: 'parked' })
      },
    ],
    answer_spent: [() => answerId, () => history.store.collection(answers).update(answerId, { spent: 31 })],
    hold_spent: [() => answerId, () => history.store.collection(holds).update(hold(), { spent: 31 })],
    hold_open: [() => answerId, () => history.store.collection(holds).update(hold(), { status: 'open' })],
    hold_missing: [() => answerId, () => history.store.collection(holds).delete(hold())],
    receipt_missing: [() => answerId, () => history.store.collection(receipts).delete(receipt())],
    receipt_spent: [() => answerId, () => history.store.collection(receipts).update(receipt(), { spent: 31 })],
    receipt_absorbed: [() => answerId, () => history.store.collection(receipts).update(receipt(), { absorbed: 1 })],
    text_gap: [
      () => answerId,
      async () => {
        const [, piece] = (await history.store.collection(answerLog).find()).items
        await history.store.collection(answerLog).delete(piece!.id)
      },
    ],
    text_length: [() => answerId, () => history.store.collection(answers).update(answerId, { textLength: 13 })],
  }
  it.each(Object.keys(tampering))('tells %s', async (code) => {
    const [subject, tamper] = tampering[code]!
    await tamper()
    expect((await told(subject())).problems.map((problem) => problem.code)).toContain(code)
  })

  it('tells of a user whose history has lost an entry, wherever', async () => {
    const entries = history.store.collection(ledgerEntries)
    const { items } = await entries.find()
    for (const { id, version: _version, createdAt, updatedAt, ...fields } of items) {
      await entries.delete(id)
      expect((await told(history.userId)).problems.map(({ code }) => code)).toContain('entry_missing')
      await entries.insert({ id, createdAt, updatedAt, ...fields })
    }
    expect((await told(history.userId)).problems).toEqual([])
  })

  it('puts its problems before the sum, and says there that amounts differ', async () => {
    await history.store.collection(answers).update(answerId, { spent: 31 })
    const lines = printTimeline(await told(answerId))
    expect(lines.at(-2)).toBe(
      `PROBLEM answer_spent ${answerId}: What the answer says was spent is 0.000031 credits where 0.00003 are expected.`,
    )
    expect(lines.at(-1)).toMatch(/they DIFFER$/)
  })
})

describe('a printed timeline', () => {
  const item = (at: string, says = '', content?: string) => {
    return { at, kind: 'text' as const, id: 'answer_1', says, refs: [], ...(content && { content }) }
  }
  const subject = { kind: 'answer', id: 'answer_1' } as const
  const timeline = (items: ReturnType<typeof item>[], unread = 0) =>
    timelineOf({
      subject,
      items,
      unread,
      closing: [{ kind: 'sum', id: 'answer_1', says: 'sum', refs: [] }],
      problems: [],
    })

  it('has so many items, the newest, and says how many it has not', () => {
    const items = Array.from({ length: MOST_ITEMS + 3 }, (_, at) => item(new Date(at).toISOString(), `item ${at}`))
    const { items: kept, leftOff } = timeline(items.toReversed(), 4)
    expect([kept.length, kept[0]?.says, leftOff]).toEqual([MOST_ITEMS + 1, 'item 3', 7])
    expect(printTimeline(timeline(items, 4))[1]).toBe('(7 older items are left off)')
    expect(printTimeline(timeline([item('2026-01-01T00:00:00.000Z')])).join()).not.toContain('left off')
  })

  it('cuts a long text, and says so', () => {
    const text = 'x'.repeat(MOST_TEXT + 5)
    const [, , shown, cut] = printTimeline(timeline([item('2026-01-01T00:00:00.000Z', 'the text', text)]))
    expect(shown).toBe(`    ${'x'.repeat(MOST_TEXT)}`)
    expect(cut).toBe('    (cut: 5 more characters; --json prints all of them)')
  })

  it('gives a terminal no orders', () => {
    const printed = printTimeline(timeline([item('2026-01-01T00:00:00.000Z', 'a\u001b[2Jb\nc', 'd\u0007\ne')]))
    expect(printed.slice(1, -1)).toEqual([
      '2026-01-01T00:00:00.000Z  text           answer_1  a\ufffd[2Jb c',
      '    d\ufffd',
      '    e',
    ])
  })
})
