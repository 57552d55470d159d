import type { AnswerSummary, Answers } from 'tillwire/answers'

export const USAGE_DAYS = 14
const PAGE = 100
/** At most this many answers are read; spend of more is told as incomplete. */
const ANSWERS_MOST = 2_000
const DAY_MS = 86_400_000

/** What was spent, in microcredits. */
export interface Usage {
  /** Oldest first, one for each of the last days, also where nothing was spent. */
  readonly days: readonly { readonly day: string; readonly spent: number }[]
  /** Most first. */
  readonly models: readonly { readonly model: string; readonly spent: number; readonly answers: number }[]
  readonly total: number
  /** False when there were too many answers to read them all. */
  readonly complete: boolean
}

/** Spend of the last 14 days, by day in the reader's time zone and by model. */
export async function spendOf(request: {
  answers: Answers
  userId: string
  now: Date
  timeZone: string
}): Promise<Usage> {
  const { answers, userId, now, timeZone } = request
  const dayOf = dayIn(timeZone)
  const days = lastDays(now, dayOf)
  const found: AnswerSummary[] = []
  let after: string | undefined
  do {
    const page = await answers.list({ userId, limit: PAGE, ...(after ? { after } : {}) })
    const recent = page.items.filter((answer) => dayOf(new Date(answer.at)) >= (days[0] ?? ''))
    found.push(...recent)
    after = recent.length === page.items.length ? (page.next ?? undefined) : undefined
  } while (after && found.length < ANSWERS_MOST)
  return { ...summarise(found, days, dayOf), complete: !after }
}

/** Adds up answers by day and by model. */
export function summarise(
  answers: readonly { readonly at: string; readonly model: string; readonly spent: number }[],
  days: readonly string[],
  dayOf: (time: Date) => string,
): Omit<Usage, 'complete'> {
  const byDay = new Map(days.map((day) => [day, 0]))
  const byModel = new Map<string, { spent: number; answers: number }>()
  for (const { at, model, spent } of answers) {
    const day = dayOf(new Date(at))
    byDay.set(day, (byDay.get(day) ?? 0) + spent)
    const sum = byModel.get(model) ?? { spent: 0, answers: 0 }
    byModel.set(model, { spent: sum.spent + spent, answers: sum.answers + 1 })
  }
  return {
    days: [...byDay].map(([day, spent]) => ({ day, spent })),
    models: [...byModel].map(([model, sum]) => ({ model, ...sum })).toSorted((a, b) => b.spent - a.spent),
    total: answers.reduce((sum, { spent }) => sum + spent, 0),
  }
}

/** The calendar day of a time, as in 2026-11-21, in a time zone; in UTC when the zone is not known. */
export function dayIn(timeZone: string): (time: Date) => string {
  const options = { year: 'numeric', month: '2-digit', day: '2-digit' } as const
  let format: Intl.DateTimeFormat
  try {
    format = new Intl.DateTimeFormat('en-CA', { ...options, timeZone })
  } catch {
    format = new Intl.DateTimeFormat('en-CA', { ...options, timeZone: 'UTC' })
  }
  return (time) => format.format(time)
}

/** The last days up to today, oldest first. Steps of half a day, so that no change of clocks skips one. */
export function lastDays(now: Date, dayOf: (time: Date) => string, count = USAGE_DAYS): string[] {
  const days = new Set<string>()
  for (let back = 0; days.size < count; back += DAY_MS / 2) days.add(dayOf(new Date(now.getTime() - back)))
  return [...days].toReversed()
}
