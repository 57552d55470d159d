import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { credits, formatCredits, InvalidAmount, type Microcredits, microcredits, parseCredits } from './microcredits.ts'

const amounts = fc
  .integer({ min: -Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER })
  .map((value) => value as Microcredits)

describe('Microcredits', () => {
  it('reads back exactly what it printed', () => {
    fc.assert(
      fc.property(amounts, (amount) => {
        expect(parseCredits(formatCredits(amount).replaceAll(',', ''))).toBe(amount === 0 ? 0 : amount)
      }),
    )
  })

  it('rounds towards zero for people, never up', () => {
    fc.assert(
      fc.property(amounts, (amount) => {
        const shown = parseCredits(formatCredits(amount, { decimals: 2 }).replaceAll(',', ''))
        expect(Math.abs(shown)).toBeLessThanOrEqual(Math.abs(amount))
        expect(Math.abs(amount) - Math.abs(shown)).toBeLessThan(10_000)
      }),
    )
  })

  it.each([
    [12.5, 12_500_000],
    [0.000001, 1],
    [0, 0],
    [5000, 5_000_000_000],
  ])('turns %d credits into %d', (value, expected) => {
    expect(credits(value)).toBe(expected)
  })

  it.each(['1e3', '', '1.0000001', '0x10', ' 1', '1,000', 'NaN', 'Infinity', '99999999999'])('refuses %j', (text) => {
    expect(() => parseCredits(text)).toThrow(InvalidAmount)
  })

  it.each([0.1, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY])('refuses %d microcredits', (value) => {
    expect(() => microcredits(value)).toThrow(InvalidAmount)
  })

  it('shows thousands, and fixed decimals when asked', () => {
    expect(formatCredits(credits(1234567.891))).toBe('1,234,567.891')
    expect(formatCredits(credits(1234), { decimals: 2, fixed: true })).toBe('1,234.00')
    expect(formatCredits(credits(-0.001), { decimals: 2 })).toBe('0')
    expect(formatCredits(-3n * BigInt(Number.MAX_SAFE_INTEGER))).toBe('-27,021,597,764.222973')
  })
})
