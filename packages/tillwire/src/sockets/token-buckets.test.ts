import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Places } from './places.ts'
import { TokenBuckets } from './token-buckets.ts'

describe('token buckets', () => {
  it('never lets more through than the burst and the rate allow, nor less', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ min: 1, max: 200 }),
        fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 200 }),
        (perSecond, burst, gaps) => {
          const buckets = new TokenBuckets({ perSecond, burst })
          let now = 1_000_000
          const allowed: number[] = []
          for (const gap of gaps) {
            now += gap
            const taken = buckets.take('key', now)
            if (taken) allowed.push(now)
            const from = (start: number) => allowed.filter((at) => at >= start).length
            for (const start of allowed)
              expect(from(start)).toBeLessThanOrEqual(burst + (perSecond * (now - start)) / 1_000 + 1e-6)
            // Refused only when the tokens are truly gone.
            if (!taken) {
              const most = Math.max(...allowed.map((start) => from(start) - (perSecond * (now - start)) / 1_000))
              expect(most).toBeGreaterThan(burst - 1 - 1e-6)
            }
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  it('goes on when the clock is set back', () => {
    const buckets = new TokenBuckets({ perSecond: 10, burst: 1 })
    expect(buckets.take('key', 1_000_000)).toBe(true)
    expect(buckets.take('key', 500_000)).toBe(false)
    expect(buckets.take('key', 500_100)).toBe(true)
  })

  it('forgets keys that it has not seen for a while', () => {
    const buckets = new TokenBuckets({ perSecond: 1, burst: 10 })
    for (let index = 0; index < 1_000; index++) buckets.take(`key${index}`, 1_000_000)
    buckets.take('last', 1_020_000)
    expect(buckets.size).toBe(1)
  })
})

describe('places', () => {
  it('gives back a place once, however often it is asked to', () => {
    const places = new Places(2)
    const first = places.take('a')
    const second = places.take('a')
    expect(first && second && places.take('a')).toBeNull()
    expect(places.take('b')).not.toBeNull()
    first?.()
    first?.()
    expect(places.take('a')).not.toBeNull()
    expect(places.take('a')).toBeNull()
  })
})
