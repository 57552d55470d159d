import { type Duration, timeAfter } from './duration.ts'
import { parseTime } from './time.ts'

/** Where time comes from. Passed in everywhere, so that a test can move it. */
export interface Clock {
  now(): Date
}

/** The machine's own clock. */
export const systemClock: Clock = { now: () => new Date() }

/** A clock that stands still until it is moved. */
export interface ManualClock extends Clock {
  advance(by: Duration): void
  set(at: Date | string): void
}

/**
 * A clock for tests.
 * @throws InvalidTime, also from `set`, at a time that there is not; InvalidDuration from `advance`
 * @example
 * const clock = manualClock('2026-01-01T00:00:00.000Z')
 * clock.advance('15m')
 * clock.now().toISOString() // '2026-01-01T00:15:00.000Z'
 */
export function manualClock(start: Date | string = '2026-01-01T00:00:00.000Z'): ManualClock {
  let time = momentOf(start)
  return {
    now: () => new Date(time),
    advance(by) {
      time = timeAfter(time, by)
    },
    set(at) {
      time = momentOf(at)
    },
  }
}

function momentOf(at: Date | string): Date {
  return parseTime(at instanceof Date && !Number.isNaN(at.getTime()) ? at.toISOString() : (at as string))
}
