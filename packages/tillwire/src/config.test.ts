import { describe, expect, it } from 'vitest'
import { defaultConfig, defineConfig, InvalidConfig } from './config.ts'
import { credits } from './core/index.ts'

describe('defineConfig', () => {
  it('fills in the defaults', () => {
    expect(defineConfig()).toEqual(defaultConfig)
    expect(defineConfig({ limits: { openAnswersPerUser: 2 } }).limits).toEqual({
      ...defaultConfig.limits,
      openAnswersPerUser: 2,
    })
  })

  it('sells what the design says by default', () => {
    expect(defaultConfig.packs.map(({ id, credits: size, price }) => [id, size, price.amount])).toEqual([
      ['starter', 5_000_000_000, 500],
      ['plus', 20_000_000_000, 1_800],
      ['pro', 100_000_000_000, 8_000],
    ])
    expect(defaultConfig.prices.models['gpt-5-mini']).toMatchObject({
      input: credits(400),
      cachedInput: credits(40),
      output: credits(3_200),
    })
  })

  it.each([
    ['packs.0.price.amount', { packs: [{ id: 'a', name: 'A', credits: 1, price: { amount: 1.5, currency: 'usd' } }] }],
    ['packs.0.price.currency', { packs: [{ id: 'a', name: 'A', credits: 1, price: { amount: 1, currency: 'USD' } }] }],
    ['packs.0.id', { packs: [{ id: 'A b', name: 'A', credits: 1, price: { amount: 1, currency: 'usd' } }] }],
    ['limits.frameBytes', { limits: { frameBytes: 0 } }],
    ['signUpCredits', { signUpCredits: -1 as never }],
    ['prices', { prices: { ...defaultConfig.prices, defaultModel: 'gpt-9' } }],
  ])('names what is wrong: %s', (path, config) => {
    expect(() => defineConfig(config)).toThrow(InvalidConfig)
    expect(() => defineConfig(config)).toThrow(path)
  })

  it('refuses two packs with one id', () => {
    const pack = { id: 'a', name: 'A', credits: 1, price: { amount: 1, currency: 'usd' } }
    expect(() => defineConfig({ packs: [pack, pack] })).toThrow('two packs')
  })
})
