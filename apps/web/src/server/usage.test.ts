import { microcredits, credits as units } from 'tillwire'
import { describe, expect, it } from 'vitest'
import { shownCredits } from '../format.ts'
import { dayIn, lastDays, summarise, USAGE_DAYS } from './usage.ts'

describe('usage', () => {
  it('lists the last days, oldest first, also over a change of clocks', () => {
    const days = lastDays(new Date('2026-11-05T12:00:00Z'), dayIn('America/New_York'))
    expect(days).toHaveLength(USAGE_DAYS)
    expect(days[0]).toBe('2026-10-23')
    expect(days.slice(-5)).toEqual(['2026-11-01', '2026-11-02', '2026-11-03', '2026-11-04', '2026-11-05'])
  })

  it('counts a day as the reader does, in UTC when their zone is not known', () => {
    const late = new Date('2026-11-21T23:30:00Z')
    expect(dayIn('Europe/Berlin')(late)).toBe('2026-11-22')
    expect(dayIn('Nowhere/Land')(late)).toBe('2026-11-21')
  })

  it('adds up by day and by model, with days on which nothing was spent, and without days that are not asked for', () => {
    const at = '2026-11-20T10:00:00.000Z'
    const usage = summarise(
      [
        { at: '2026-11-18T23:45:00.000Z', model: 'small', spent: units(100), answers: 9 },
        { at, model: 'small', spent: units(5), answers: 2 },
        { at, model: 'large', spent: units(7), answers: 1 },
        { at: '2026-11-21T10:00:00.000Z', model: 'small', spent: units(1), answers: 1 },
      ],
      ['2026-11-19', '2026-11-20', '2026-11-21'],
      dayIn('UTC'),
    )
    expect(usage).toEqual({
      days: [
        { day: '2026-11-19', spent: 0n },
        { day: '2026-11-20', spent: 12_000_000n },
        { day: '2026-11-21', spent: 1_000_000n },
      ],
      models: [
        { model: 'large', spent: 7_000_000n, answers: 1 },
        { model: 'small', spent: 6_000_000n, answers: 3 },
      ],
      total: 13_000_000n,
    })
  })

  it('is exact past what a number holds', () => {
    const most = microcredits(Number.MAX_SAFE_INTEGER)
    const sums = [1, 2, 3].map((hour) => ({
      at: `2026-11-20T0${hour}:00:00.000Z`,
      model: 'm',
      spent: most,
      answers: 1,
    }))
    const spent = 3n * BigInt(most)
    const usage = summarise(sums, ['2026-11-20'], dayIn('UTC'))
    expect(usage).toEqual({
      days: [{ day: '2026-11-20', spent }],
      models: [{ model: 'm', spent, answers: 3 }],
      total: spent,
    })
    expect(shownCredits(usage.total)).toBe('27,021,597,764.22')
  })

  it('puts a quarter of an hour into the day of the reader, wherever that begins', () => {
    const late = [{ at: '2026-11-20T18:15:00.000Z', model: 'm', spent: units(1), answers: 1 }]
    const inKathmandu = summarise(late, ['2026-11-20', '2026-11-21'], dayIn('Asia/Kathmandu'))
    expect(inKathmandu.days).toEqual([
      { day: '2026-11-20', spent: 0n },
      { day: '2026-11-21', spent: 1_000_000n },
    ])
  })
})
