import { describe, expect, it } from 'vitest'
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

  it('adds up by day and by model, with days on which nothing was spent', () => {
    const at = '2026-11-20T10:00:00.000Z'
    const usage = summarise(
      [
        { at, model: 'small', spent: 5 },
        { at, model: 'large', spent: 7 },
        { at: '2026-11-21T10:00:00.000Z', model: 'small', spent: 1 },
      ],
      ['2026-11-19', '2026-11-20', '2026-11-21'],
      dayIn('UTC'),
    )
    expect(usage).toEqual({
      days: [
        { day: '2026-11-19', spent: 0 },
        { day: '2026-11-20', spent: 12 },
        { day: '2026-11-21', spent: 1 },
      ],
      models: [
        { model: 'large', spent: 7, answers: 1 },
        { model: 'small', spent: 6, answers: 2 },
      ],
      total: 13,
    })
  })
})
