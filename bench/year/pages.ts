import type { Tillwire } from 'tillwire'
import { answers } from 'tillwire/answers'
import { webhookEvents } from 'tillwire/commerce'
import { holderOf } from 'tillwire/credits'
import { spendOf } from '../../apps/web/src/server/usage.ts'
import { userIdOf } from './make-year.ts'
import { MEASURED, type Size } from './plan.ts'

const HISTORY_PAGE = 50
const ANSWERS_PAGE = 30
/** A next page is the one behind so many. */
const PAGES_BEFORE = 4
/** From one user to the next, so that they are far apart; a prime, so that all have their turn. */
const STRIDE = 17

export type Page = () => Promise<unknown>
type List = (after: string | undefined) => Promise<{ readonly items: readonly unknown[]; readonly next: string | null }>

/** What pages read, and what an operator's do, for a user who asked much: by the calls that they make. */
export async function pagesOf(tillwire: Tillwire) {
  const { answers: asked, credits, sessions, commerce, workflows, store, clock, findUser } = tillwire
  const userId = userIdOf(MEASURED)
  const holder = holderOf(userId)
  const history: List = (after) => credits.entries(holder, { limit: HISTORY_PAGE, ...(after && { after }) })
  const list: List = (after) => asked.list({ userId, limit: ANSWERS_PAGE, ...(after && { after }) })
  const { items } = await asked.list({ userId, limit: 1 })
  const [{ id: answerId = '', receiptId = '' } = {}] = items
  const pages = {
    balance: () => credits.balance(holder),
    history: () => history(undefined),
    historyNext: await nextPage(history),
    answers: () => list(undefined),
    answersNext: await nextPage(list),
    answer: () => asked.get({ userId, answerId }),
    receipt: () => asked.receipt({ userId, receiptId: receiptId ?? '' }),
    usage: () => spendOf({ answers: asked, userId, now: clock.now(), timeZone: 'Europe/Berlin' }),
    sessions: () => sessions.list(userId),
    user: () => findUser(`${MEASURED}@example.com`),
    events: () => commerce.webhooks.list({}),
    runs: () => workflows.list({}),
    metrics: () =>
      Promise.all([
        store.collection(answers).count({ state: 'streaming' }),
        store.collection(webhookEvents).count({ status: 'pending' }),
        store.collection(webhookEvents).count({ status: 'parked' }),
      ]),
  } satisfies Record<string, Page>
  return pages
}

type FirstPage = (tillwire: Tillwire, userId: string) => Promise<unknown>

/** What a user reads first who was not here for long: measured on a store that was just opened, whose cache is empty. */
export const coldPages: Readonly<Record<string, FirstPage>> = {
  balance: ({ credits }, userId) => credits.balance(holderOf(userId)),
  history: ({ credits }, userId) => credits.entries(holderOf(userId), { limit: HISTORY_PAGE }),
  answers: ({ answers: asked }, userId) => asked.list({ userId, limit: ANSWERS_PAGE }),
}

/** Another user at each turn, as far as there are others. */
export function userAt(turn: number, { users }: Size): string {
  return userIdOf((turn * STRIDE) % users)
}

/** The page behind the first few; both sizes have more than that. */
async function nextPage(list: List): Promise<Page> {
  let after: string | undefined
  for (let page = 0; page < PAGES_BEFORE; page++) {
    const { next } = await list(after)
    if (next === null) throw new Error('The measured user has too little for a next page.')
    after = next
  }
  return () => list(after)
}
