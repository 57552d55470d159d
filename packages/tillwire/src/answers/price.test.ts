import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { microcredits } from '../core/index.ts'
import { coveredTokens, earned, firstHold, type Terms, topUp, worstCase } from './plan-slices.ts'
import { costOf, outputWithin, providerCostOf } from './price.ts'

const price = fc.integer({ min: 0, max: 100_000_000_000 }).map(microcredits)
const prices = fc.record({ input: price, cachedInput: price, output: price.filter((amount) => amount > 0) })
const tokens = fc
  .record({ input: fc.nat(200_000), cached: fc.double({ min: 0, max: 1, noNaN: true }), output: fc.nat(100_000) })
  .map(({ input, cached, output }) => ({ input, cachedInput: Math.floor(input * cached), output }))
const terms: fc.Arbitrary<Terms> = fc.record({
  prices,
  minimum: fc.nat(50_000).map(microcredits),
  inputTokens: fc.integer({ min: 7, max: 200_000 }),
  maxOutputTokens: fc.integer({ min: 1, max: 100_000 }),
})

describe('costOf', () => {
  it('is price times tokens, rounded up once', () => {
    fc.assert(
      fc.property(prices, tokens, (prices, tokens) => {
        const millionths =
          BigInt(prices.input) * BigInt(tokens.input - tokens.cachedInput) +
          BigInt(prices.cachedInput) * BigInt(tokens.cachedInput) +
          BigInt(prices.output) * BigInt(tokens.output)
        const over = BigInt(costOf(prices, tokens)) * 1_000_000n - millionths
        expect(over >= 0n && over < 1_000_000n).toBe(true)
      }),
    )
  })

  it('never falls as tokens are added, so that slices charge what is above zero and sum to the total', () => {
    fc.assert(
      fc.property(prices, fc.array(fc.nat(500), { maxLength: 50 }), (prices, slices) => {
        let output = 0
        let charged = 0
        for (const slice of slices) {
          output += slice
          const due = costOf(prices, { input: 0, cachedInput: 0, output }) - charged
          expect(due).toBeGreaterThanOrEqual(0)
          charged += due
        }
        expect(charged).toBe(costOf(prices, { input: 0, cachedInput: 0, output }))
      }),
    )
  })

  it('refuses a total that a number cannot hold exactly', () => {
    const dear = { input: microcredits(1), cachedInput: microcredits(1), output: microcredits(2 ** 53 - 1) }
    expect(() => costOf(dear, { input: 0, cachedInput: 0, output: 2_000_000 })).toThrow()
  })
})

describe('outputWithin', () => {
  it('is the most that can be paid for', () => {
    fc.assert(
      fc.property(prices, fc.nat(10_000), fc.nat(1_000_000_000), (prices, input, amount) => {
        const output = outputWithin(prices, microcredits(amount), input)
        const cost = (output: number) => costOf(prices, { input, cachedInput: 0, output })
        if (output > 0) expect(cost(output)).toBeLessThanOrEqual(amount)
        expect(cost(output + 1)).toBeGreaterThan(amount)
      }),
    )
  })
})

describe('providerCostOf', () => {
  it('is in millionths of a dollar', () => {
    const provider = { input: 0.25, cachedInput: 0.025, output: 2 }
    expect(providerCostOf(provider, { input: 1_000, cachedInput: 400, output: 500 })).toBe(150 + 10 + 1_000)
  })
})

describe('slices', () => {
  it('never earn more than any count within the margin costs', () => {
    fc.assert(
      fc.property(terms, fc.nat(20_000), fc.double({ min: -1, max: 1, noNaN: true }), (terms, output, off) => {
        const near = (count: number) => Math.max(0, Math.round(count + off * Math.max(8, count * 0.04)))
        const input = near(terms.inputTokens)
        for (const cachedInput of [0, input]) {
          const told = { input, cachedInput, output: near(output) }
          expect(earned(terms, output)).toBeLessThanOrEqual(costOf(terms.prices, told))
        }
      }),
    )
  })

  it('earn more and more as the answer grows', () => {
    fc.assert(
      fc.property(terms, fc.nat(20_000), fc.nat(100), (terms, output, more) => {
        expect(earned(terms, output + more)).toBeGreaterThanOrEqual(earned(terms, output))
      }),
    )
  })

  it('are covered after a top-up, and never hold more than the worst case', () => {
    fc.assert(
      fc.property(terms, fc.nat(100_000), (terms, written) => {
        const output = Math.min(written, terms.maxOutputTokens)
        const held = firstHold(terms, 'slice')
        const more = topUp(terms, held, output)
        expect(coveredTokens(terms, microcredits(held + more))).toBeGreaterThanOrEqual(output)
        expect(held + more).toBeLessThanOrEqual(worstCase(terms))
        expect(firstHold(terms, 'whole')).toBe(worstCase(terms))
        expect(coveredTokens(terms, worstCase(terms))).toBe(Number.POSITIVE_INFINITY)
      }),
    )
  })
})
