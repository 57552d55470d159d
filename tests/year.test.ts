import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { manualClock } from 'tillwire'
import { afterAll, describe, expect, it } from 'vitest'
import { makeYear } from '../bench/year/make-year.ts'
import { END, part, YEAR } from '../bench/year/plan.ts'
import { freePort } from './support/free-port.ts'
import { tillwireCommand } from './support/tillwire-command.ts'

describe("a part of the year's data that `npm run bench -- year` measures", () => {
  const folder = mkdtempSync(join(tmpdir(), 'tillwire-year-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('is what a server would have left: `tillwire check` finds no problem', { timeout: 60_000 }, async () => {
    const size = part(YEAR, 1 / 200)
    await makeYear({ folder, clock: manualClock(new Date(END)) }, size)
    const { stdout, status } = await tillwireCommand(['check', '--json'], {
      TILLWIRE_ROOT: folder,
      DATABASE_URL: `file:${folder}/data/tillwire.db`,
      STRIPE_SECRET_KEY: '',
      // Nothing answers there: its payments are of no Stripe.
      STRIPE_EMULATOR_PORT: String(await freePort()),
    })
    const { problems, checked } = JSON.parse(stdout)
    expect(problems).toEqual([])
    expect(checked).toMatchObject({ holders: size.users, holds: size.answers, runs: size.events / 5, openAnswers: 0 })
    expect(checked.entries).toBeGreaterThan(2 * size.answers)
    expect(status).toBe(0)
  })
})
