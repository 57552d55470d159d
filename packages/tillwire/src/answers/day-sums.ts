import { microcredits } from '../core/index.ts'
import { insert, replace, type Store, type Write } from '../store/index.ts'
import { InvalidAnswerRequest } from './errors.ts'
import { type AnswerDayFields, answerDays } from './schema.ts'
import type { UsageSum } from './types.ts'

/** Every time zone's days begin at a quarter of an hour of UTC, so quarters add up to the days of whoever looks. */
const QUARTER_MS = 15 * 60_000
const DAY_MS = 86_400_000
/** The most days of one question. */
const MOST_DAYS = 366

/** What an answer adds to its user's day: that on which it was asked. */
export interface Spend {
  readonly userId: string
  readonly model: string
  readonly spent: number
  /** ISO: when it was asked. */
  readonly at: string
}

/** The write that adds a spend to its day, of which there is one document a user. */
export async function addToDay(store: Store, spend: Spend): Promise<Write> {
  const id = dayId(spend.userId, spend.at)
  const before = await store.collection(answerDays).get(id)
  const sums = withSpend(before?.sums ?? [], spend)
  return before ? replace(answerDays, id, { sums }, { ifVersion: before.version }) : insert(answerDays, { id, sums })
}

/** The sums with a spend added. Beside a sum that no number would hold with it, another one begins. */
export function withSpend(sums: AnswerDayFields['sums'], { at, model, spent }: Spend): AnswerDayFields['sums'] {
  const quarter = Math.floor((Date.parse(at) % DAY_MS) / QUARTER_MS)
  const index = sums.findIndex(
    (sum) => sum.quarter === quarter && sum.model === model && Number.isSafeInteger(sum.spent + spent),
  )
  const before = sums[index] ?? { quarter, model, spent: 0, answers: 0 }
  const after = { ...before, spent: before.spent + spent, answers: before.answers + 1 }
  return index === -1 ? [...sums, after] : sums.with(index, after)
}

/**
 * What a user spent from `from` to `to`, by quarter of an hour and model, oldest first; one that no number holds as
 * several.
 * @throws InvalidAnswerRequest for times that are none, or more than 366 days apart
 */
export async function usageOf(
  store: Store,
  { userId, from, to }: { readonly userId: string; readonly from: Date; readonly to: Date },
): Promise<UsageSum[]> {
  const days = daysBetween(from, to)
  const documents = await store.collection(answerDays).getMany(days.map((day) => `${userId}/${day}`))
  const found = documents.flatMap((document, index) =>
    (document?.sums ?? []).map(({ quarter, model, spent, answers }) => ({
      at: new Date(Date.parse(days[index] ?? '') + quarter * QUARTER_MS).toISOString(),
      model,
      spent: microcredits(spent),
      answers,
    })),
  )
  const within = found.filter(
    ({ at }) => Date.parse(at) > from.getTime() - QUARTER_MS && Date.parse(at) <= to.getTime(),
  )
  return within.toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
}

const dayId = (userId: string, at: string) => `${userId}/${at.slice(0, 'YYYY-MM-DD'.length)}`

function daysBetween(from: Date, to: Date): string[] {
  const first = Math.floor((from.getTime() - QUARTER_MS) / DAY_MS)
  const last = Math.floor(to.getTime() / DAY_MS)
  const count = last - first + 1
  if (!(count <= MOST_DAYS + 2))
    throw new InvalidAnswerRequest({ path: 'from', reason: `give at most ${MOST_DAYS} days` })
  return Array.from({ length: Math.max(0, count) }, (_, index) =>
    new Date((first + index) * DAY_MS).toISOString().slice(0, 'YYYY-MM-DD'.length),
  )
}
