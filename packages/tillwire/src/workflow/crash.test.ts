import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import { crashPlans } from './testing/crash-plan.ts'
import { playCrash } from './testing/play-crash.ts'
import { openSimulatedStage } from './testing/simulated-stage.ts'

const RUNS = 700
/** A run takes about three a step. */
const ACTS = { first: 24, recoverer: 12 }
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
      fc.asyncProperty(crashPlans(ACTS), async (plan) => {
        await using stage = await openSimulatedStage(plan)
        const { problems, status } = await playCrash(plan, stage)
        count(status ?? 'never begun')
        if (stage.wrote.has(1) && stage.wrote.has(2)) count('recovered by two')
        expect(problems).toEqual([])
      }),
      { numRuns: RUNS, interruptAfterTimeLimit: LIMIT_MS },
    )
    for (const end of ['completed', 'failed', 'parked', 'never begun', 'recovered by two'])
      expect(ends.get(end), end).toBeGreaterThanOrEqual(AT_LEAST)
  },
  LIMIT_MS + 10_000,
)
