import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CURRENCIES } from './currencies.ts'
import { chargeProblem, currencyDigits, formatMoney } from './money.ts'

const plain = (text: string) => text.replaceAll(/[^\d.,]/g, '')

describe('formatMoney', () => {
  it.each([
    ['usd', 500, '5.00'],
    ['jpy', 500, '500'],
    ['huf', 50_000, '500.00'],
    ['twd', 80_045, '800.45'],
    ['isk', 500, '5.00'],
    ['ugx', 500, '5.00'],
    ['clp', 500, '500'],
    ['mga', 500, '500'],
    ['kwd', 5_120, '5.120'],
    ['cop', 100_050, '1,000.50'],
    ['idr', 100_050, '1,000.50'],
    ['lbp', 100_050, '1,000.50'],
    ['USD', 500, '5.00'],
  ])('tells %s in the decimals that Stripe charges with', (currency, amount, shown) => {
    expect(plain(formatMoney({ amount, currency }))).toBe(shown)
  })

  it('differs from what Intl takes for the decimals of some currencies', () => {
    const intl = (currency: string) =>
      new Intl.NumberFormat('en-US', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits
    const differing = [...CURRENCIES].filter(([code, { digits }]) => intl(code) !== digits).map(([code]) => code)
    expect(differing).toEqual(expect.arrayContaining(['huf', 'isk', 'ugx']))
  })

  it('takes no other spelling of a code for another currency', () => {
    expect(currencyDigits('JPY')).toBe(0)
  })

  it.each(['', 'xyz', 'us', 'constructor', '__proto__', 'u$d', undefined])('names a code that is none: %j', (code) => {
    const currency = code as string
    const named = { code: 'unknown_currency', details: { currency: String(code) } }
    const message = expect.stringContaining('docs.stripe.com/currencies')
    expect(() => formatMoney({ amount: 1, currency })).toThrow(expect.objectContaining({ ...named, message }))
    expect(() => currencyDigits(currency)).toThrow(expect.objectContaining(named))
  })
})

describe('chargeProblem', () => {
  it.each([
    [{ amount: 49, currency: 'usd' }, '$0.50'],
    [{ amount: 100_000_000, currency: 'usd' }, '$999,999.99'],
    [{ amount: 17_499, currency: 'huf' }, '175.00'],
    [{ amount: 550, currency: 'isk' }, 'a multiple of 100'],
    [{ amount: 5_124, currency: 'kwd' }, 'a multiple of 10'],
    [{ amount: 500, currency: 'xyz' }, 'use one of aed,'],
    [{ amount: 500, currency: 'USD' }, 'use one of aed,'],
    [{ amount: 500, currency: 'constructor' }, 'use one of aed,'],
    [{ amount: 0, currency: 'pgk' }, 'give 1 or more'],
  ])('says what is allowed: %j', (money, allowed) => {
    expect(chargeProblem(money)).toContain(allowed)
  })

  it('finds nothing wrong with what lies between the limits of a currency', () => {
    const codes = fc.constantFrom(...CURRENCIES.keys())
    fc.assert(
      fc.property(codes, fc.double({ min: 0, max: 1, noNaN: true }), (currency, share) => {
        const { least, most, step } = CURRENCIES.get(currency)!
        const amount = Math.ceil((least + share * (most - least - step)) / step) * step
        expect(chargeProblem({ amount, currency })).toBeNull()
      }),
    )
  })
})
