import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Store } from '../store/index.ts'
import { forgetsEnds, forgetsKeys, losesUpdates } from './testing/planted.ts'
import { play, steps } from './testing/play.ts'

/** More by LEDGER_RUNS, for a long look. */
const RUNS = Number(process.env.LEDGER_RUNS ?? 150)

describe('the ledger beside a naive one', () => {
  it('agrees on every balance, grant, hold and refusal, whatever the order of commands', {
    timeout: 600_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(steps, (played) => play(played)),
      { numRuns: RUNS },
    )
  })

  const planted: Record<string, (store: Store) => Store> = {
    'a lost update': losesUpdates,
    'a double spend on replay': forgetsKeys,
    'a grant used after its end': forgetsEnds,
  }
  it.each(Object.keys(planted))('would tell %s', async (name) => {
    const result = await fc.check(
      fc.asyncProperty(steps, (played) => play(played, planted[name])),
      { numRuns: 1_000, endOnFailure: true },
    )
    expect(result.failed).toBe(true)
    expect(result.errorInstance).toHaveProperty('code', 'ERR_ASSERTION')
  })
})
