import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { shownBalance, shownCredits, shownDevice, shownLength } from './format.ts'

describe('credits on screen', () => {
  it.each([
    [0, '0'],
    [5_000_000_000, '5,000'],
    [1_234_560_000, '1,234.56'],
    [1_234_569_999, '1,234.56'],
    [1_500_000, '1.5'],
    [-1_446_400, '-1.44'],
  ])('shows %i microcredits as %s', (microcredits, shown) => {
    expect(shownCredits(microcredits)).toBe(shown)
    expect(shownBalance(microcredits)).toBe(shown)
  })

  it('never shows something as nothing, except in a balance', () => {
    expect(shownCredits(9_999)).toBe('<0.01')
    expect(shownCredits(-1)).toBe('>-0.01')
    expect(shownBalance(9_999)).toBe('0')
  })

  it('never shows a balance above what is there, and at most a hundredth below', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 15 }), (microcredits) => {
        const shown = Math.round(Number(shownBalance(microcredits).replaceAll(',', '')) * 1_000_000)
        expect(shown).toBeLessThanOrEqual(microcredits)
        expect(microcredits - shown).toBeLessThan(10_000)
      }),
    )
  })
})

describe('other words', () => {
  it.each([
    ['2026-11-21T10:00:00.000Z', '2026-11-21T10:00:00.840Z', '840 ms'],
    ['2026-11-21T10:00:00.000Z', '2026-11-21T10:00:03.240Z', '3.2 s'],
    ['2026-11-21T10:00:00.000Z', '2026-11-21T10:02:05.000Z', '2 min 5 s'],
  ])('tells how long it is from %s to %s', (start, end, shown) => {
    expect(shownLength(start, end)).toBe(shown)
  })

  it.each([
    [
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36',
      'Chrome on Linux',
    ],
    ['Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile Safari/604.1', 'Safari on iOS'],
    ['Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0', 'Edge on Windows'],
    ['curl/8.1', 'curl/8.1'],
    [null, 'Unknown device'],
  ])('names the device of %s', (userAgent, shown) => {
    expect(shownDevice(userAgent)).toBe(shown)
  })
})
