import type { Answers, UsageSum } from 'tillwire/answers'

export const USAGE_DAYS = 14
const DAY_MS = 86_400_000

/** What was spent, in microcredits; sums may pass what a number holds. */
export interface Usage {
  /** Oldest first, one for each of the last days, also where nothing was spent. */
  readonly days: readonly { readonly day: string; readonly spent: bigint }[]
  /** Most first. `answers` are those that cost something. */
  readonly models: readonly { readonly model: string; readonly spent: bigint; readonly answers: number }[]
  readonly total: bigint
}

/** Spend of the last 14 days, by day in the reader's time zone and by model, of answers that ended. */
export async function spendOf(request: {
  answers: Pick<Answers, 'usage'>
  userId: string
  now: Date
  timeZone: string
}): Promise<Usage> {
  const { answers, userId, now, timeZone } = request
  const dayOf = dayIn(timeZone)
  const days = lastDays(now, dayOf)
  // A day may have an hour more; what is of an earlier day falls away.
  const from = new Date(now.getTime() - (USAGE_DAYS + 1) * DAY_MS)
  return summarise(await answers.usage({ userId, from, to: now }), days, dayOf)
}

/** Adds sums up by day and by model; those of other days are left out. */
export function summarise(
  sums: readonly Pick<UsageSum, 'at' | 'model' | 'spent' | 'answers'>[],
  days: readonly string[],
  dayOf: (time: Date) => string,
): Usage {
  const byDay = new Map(days.map((day) => [day, 0n]))
  const byModel = new Map<string, { spent: bigint; answers: number }>()
  let total = 0n
  for (const { at, model, spent, answers } of sums) {
    const day = dayOf(new Date(at))
    const before = byDay.get(day)
    if (before === undefined) continue
    byDay.set(day, before + BigInt(spent))
    const sum = byModel.get(model) ?? { spent: 0n, answers: 0 }
    byModel.set(model, { spent: sum.spent + BigInt(spent), answers: sum.answers + answers })
    total += BigInt(spent)
  }
  return {
    days: [...byDay].map(([day, spent]) => ({ day, spent })),
    models: [...byModel]
      .map(([model, sum]) => ({ model, ...sum }))
      .toSorted((a, b) => (a.spent < b.spent ? 1 : a.spent > b.spent ? -1 : 0)),
    total,
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
