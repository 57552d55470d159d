import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { manualClock } from 'tillwire'
import { afterAll, describe, expect, it } from 'vitest'
import { compare } from '../bench/year/compare.ts'
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

describe("a year's data beside little", () => {
  const rounds = Array.from({ length: 60 }, (_, round) => 1 + (round % 7) / 10)

  it('is over the limit when most rounds took longer by more than a third', () => {
    const year = rounds.map((ms) => ms * 1.5)
    expect(compare({ little: rounds, year })).toMatchObject({ ratio: 1.5, isOver: true })
  })

  it('is not when only some did, however much', () => {
    const year = rounds.map((ms, round) => (round % 3 === 0 ? ms * 20 : ms * 1.1))
    expect(compare({ little: rounds, year })).toMatchObject({ ratio: 1.1, isOver: false })
  })
})
