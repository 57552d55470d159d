import { TillwireError } from './errors.ts'

/** The first and the last moment whose ISO text has four digits of a year: those that compare as text. */
const FIRST = Date.parse('0000-01-01T00:00:00.000Z')
const LAST = Date.parse('9999-12-31T23:59:59.999Z')
const DATE = /^(\d{4})-(\d\d)-(\d\d)(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?$/

/** Text that names no moment. */
export class InvalidTime extends TillwireError {
  static override readonly code = 'invalid_time'
  constructor(text: string) {
    super(
      InvalidTime.code,
      `"${text}" is not a time: write an ISO-8601 time of a day that there is, as in "2026-01-31T09:00:00Z".`,
      { details: { text } },
    )
  }
}

/** Whether a moment, in milliseconds since 1970, has an ISO text that compares with those of others. */
export function isMoment(milliseconds: number): boolean {
  return milliseconds >= FIRST && milliseconds <= LAST
}

/**
 * The moment that an ISO-8601 text names, years 0000 to 9999. A day that there is not, which `Date` would take for
 * one of the next month, is refused.
 * @throws InvalidTime
 * @example parseTime('2026-02-30T00:00:00Z') // throws
 */
export function parseTime(text: string): Date {
  const parts = typeof text === 'string' ? DATE.exec(text) : null
  if (!parts || !isDay(Number(parts[1]), Number(parts[2]), Number(parts[3]))) throw new InvalidTime(String(text))
  const time = new Date(text)
  if (!isMoment(time.getTime())) throw new InvalidTime(text)
  return time
}

function isDay(year: number, month: number, day: number): boolean {
  // The calendar repeats every 400 years, and Date.UTC takes years below 100 for those of the last century.
  const date = new Date(Date.UTC(2000 + (year % 400), month - 1, day))
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day
}
