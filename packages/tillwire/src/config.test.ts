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
    expect(defineConfig({ retention: { feed: { after: '2h' } } }).retention.feed).toEqual({
      after: '2h',
      changes: 1_000_000,
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
    ['retention.feed.after', { retention: { feed: { after: '59s' as const } } }],
    ['retention.feed.changes', { retention: { feed: { changes: 999 } } }],
    ['models.gpt-5.silence', { models: { 'gpt-5': { silence: '2h' as const } } }],
    ['models.gpt-5.firstEvent', { models: { 'gpt-5': { firstEvent: 'soon' as never } } }],
    ['models.gpt-5', { models: { 'gpt-5': { patience: '1m' } as never } }],
    ['signUpCredits', { signUpCredits: -1 as never }],
    ['prices', { prices: { ...defaultConfig.prices, defaultModel: 'gpt-9' } }],
    ['defaultModel', { prices: { ...defaultConfig.prices, defaultModel: 'constructor' } }],
  ])('names what is wrong: %s', (path, config) => {
    expect(() => defineConfig(config)).toThrow(InvalidConfig)
    expect(() => defineConfig(config)).toThrow(path)
  })

  it('refuses two packs with one id', () => {
    const pack = { id: 'a', name: 'A', credits: 1, price: { amount: 50, currency: 'usd' } }
    expect(() => defineConfig({ packs: [pack, pack] })).toThrow('two packs')
  })

  it.each([
    [{ amount: 49, currency: 'usd' }, 'packs.0.price.amount', '$0.50'],
    [{ amount: 100_000_000, currency: 'eur' }, 'packs.0.price.amount', '€999,999.99'],
    [{ amount: 550, currency: 'ugx' }, 'packs.0.price.amount', 'a multiple of 100'],
    [{ amount: 500, currency: 'xyz' }, 'packs.0.price.currency', 'usd'],
  ])('refuses a pack that Stripe would not charge, and says what is allowed: %j', (price, path, allowed) => {
    const config = { packs: [{ id: 'a', name: 'A', credits: 1, price }] }
    expect(() => defineConfig(config)).toThrow(path)
    expect(() => defineConfig(config)).toThrow(allowed)
  })

  it("takes a pack of Stripe's least charge, in a currency whose decimals are its own", () => {
    const pack = { id: 'a', name: 'A', credits: 1, price: { amount: 17_500, currency: 'huf' } }
    expect(defineConfig({ packs: [pack] }).packs).toEqual([pack])
  })
})
