import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { crashPlans } from './testing/crash-plan.ts'
import { playCrash } from './testing/play-crash.ts'
import { openProcessStage } from './testing/process-stage.ts'

/** Its plans kill and stop first processes and recoverers alike; `comes to every end` holds it to that. */
const SEED = 344
const RUNS = 24
/** The acts of these processes are their records: about two a step. */
const ACTS = { first: 12, recoverer: 6 }
const LIMIT_MS = 60_000

const ends = new Set<string>()
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tillwire-workflow-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe.concurrent('a workflow whose processes are killed and stopped by signals', () => {
  const plans = fc.sample(crashPlans(ACTS), { seed: SEED, numRuns: RUNS })

  it.for(plans.map((plan, at) => ({ at, plan })))(
    'has each effect exactly once or undone: plan $at',
    { timeout: LIMIT_MS },
    async ({ plan }, { onTestFinished }) => {
      const stage = await openProcessStage(plan, folder)
      // A process that was stopped outlives its parent, so it is ended also when the time is over.
      onTestFinished(() => stage[Symbol.asyncDispose]())
      const { problems, status } = await playCrash(plan, stage)
      expect(problems, JSON.stringify(plan)).toEqual([])
      ends.add(status ?? 'never begun')
      if (stage.wrote.has(1) && stage.wrote.has(2)) ends.add('recovered by two')
    },
  )
})

it('comes to every end', () => {
  expect([...ends].sort()).toEqual(['completed', 'failed', 'never begun', 'parked', 'recovered by two'])
})
