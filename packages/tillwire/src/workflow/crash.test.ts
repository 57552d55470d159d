import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import { crashPlans } from './testing/crash-plan.ts'
import { simulate } from './testing/simulate.ts'

const RUNS = 500
/** How many of them must come to each end, so that the plans reach what they are meant to reach. */
const AT_LEAST = 5
/** A failure is made smaller for so long; its seed and path play it again. */
const LIMIT_MS = 60_000

// The waits between tries take a turn of the event loop here: that they are waited for counts, not their length.
vi.mock('node:timers/promises', () => ({
  setTimeout: (_ms: number, value: unknown, { signal }: { signal?: AbortSignal } = {}) =>
    new Promise((resolve, reject) => setImmediate(() => (signal?.aborted ? reject(signal.reason) : resolve(value)))),
}))

it(
  'has each effect exactly once or undone, wherever its processes stop and whatever the outside answers',
  async () => {
    const ends = new Map<string, number>()
    const count = (end: string) => ends.set(end, (ends.get(end) ?? 0) + 1)
    await fc.assert(
      fc.asyncProperty(crashPlans, async (plan) => {
        const { problems, status, wrote } = await simulate(plan)
        count(status ?? 'never begun')
        if (wrote.has(1) && wrote.has(2)) count('recovered by two')
        expect(problems).toEqual([])
      }),
      { numRuns: RUNS, interruptAfterTimeLimit: LIMIT_MS },
    )
    for (const end of ['completed', 'failed', 'parked', 'never begun', 'recovered by two'])
      expect(ends.get(end), end).toBeGreaterThanOrEqual(AT_LEAST)
  },
  LIMIT_MS + 10_000,
)
