import { TillwireError } from './errors.ts'
import { isMoment } from './time.ts'

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** A length of time: a whole number and a unit, as in `'15m'`, `'500ms'`, `'90d'`. */
export type Duration = `${number}${keyof typeof UNITS}`

/** Text that is not a duration. */
export class InvalidDuration extends TillwireError {
  static override readonly code = 'invalid_duration'
  constructor(text: string, problem = 'is not a duration') {
    super(InvalidDuration.code, `"${text}" ${problem}: write a whole number and ms, s, m, h or d, as in "15m".`, {
      details: { text },
    })
  }
}

/**
 * A duration in milliseconds.
 * @throws InvalidDuration when the text is not one, or is past 2^53-1 ms.
 * @example milliseconds('15m') // 900000
 */
export function milliseconds(duration: Duration): number {
  const match = typeof duration === 'string' && /^(\d+)(ms|s|m|h|d)$/.exec(duration)
  const result = match ? Number(match[1]) * UNITS[match[2] as keyof typeof UNITS] : Number.NaN
  if (!Number.isSafeInteger(result)) throw new InvalidDuration(String(duration))
  return result
}

/**
 * The time `duration` after `start`.
 * @throws InvalidDuration also when it leads past the year 9999
 */
export function timeAfter(start: Date, duration: Duration): Date {
  const time = start.getTime() + milliseconds(duration)
  if (!isMoment(time)) throw new InvalidDuration(duration, 'leads past the year 9999')
  return new Date(time)
}

/**
 * The time `duration` after `start`, as an ISO-8601 UTC string.
 * @throws InvalidDuration also when it leads past the year 9999
 */
export function isoAfter(start: Date, duration: Duration): string {
  return timeAfter(start, duration).toISOString()
}
