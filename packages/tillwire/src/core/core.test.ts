import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  backoffDelay,
  contentHash,
  harmless,
  IdempotencyConflict,
  InternalError,
  InvalidDuration,
  InvalidTime,
  isoAfter,
  isTillwireError,
  manualClock,
  milliseconds,
  newId,
  observed,
  own,
  parseTime,
  silentLogger,
  TillwireError,
} from './index.ts'

describe('TillwireError', () => {
  it('is recognised by its class and no other', () => {
    const error = new IdempotencyConflict({ operation: 'grant', key: 'k1' })
    expect(IdempotencyConflict.is(error)).toBe(true)
    expect(InternalError.is(error)).toBe(false)
    expect(isTillwireError(error)).toBe(true)
    expect(IdempotencyConflict.is({ code: 'idempotency_conflict' })).toBe(false)
    expect(error).toMatchObject({
      name: 'IdempotencyConflict',
      retryable: false,
      details: { operation: 'grant', key: 'k1' },
    })
  })

  it('is recognised when its module was loaded twice', async () => {
    const again: typeof import('./errors.ts') = await import('./errors.ts?again' as string)
    expect(again.InternalError).not.toBe(InternalError)
    expect(InternalError.is(new again.InternalError('x'))).toBe(true)
  })

  it('keeps its cause', () => {
    const cause = new Error('disk full')
    expect(new InternalError('x', { cause }).cause).toBe(cause)
    expect(new InternalError('x')).toBeInstanceOf(TillwireError)
  })
})

describe('Duration', () => {
  it('reads every unit', () => {
    expect((['1ms', '2s', '3m', '4h', '5d'] as const).map(milliseconds)).toEqual([
      1, 2_000, 180_000, 14_400_000, 432_000_000,
    ])
  })

  it.each(['', '5', 'm', '1.5h', '-1s', '1 s', '99999999999999999d', 0, null, undefined, ['5m'], Symbol('5m')])(
    'refuses %o',
    (text) => {
      expect(() => milliseconds(text as '1s')).toThrow(InvalidDuration)
    },
  )

  it('adds to a time', () => {
    expect(isoAfter(new Date('2026-01-31T23:59:59.000Z'), '1s')).toBe('2026-02-01T00:00:00.000Z')
  })

  it('leads to the last moment of the year 9999 at most', () => {
    const clock = manualClock('9999-12-31T23:59:59.998Z')
    expect(isoAfter(clock.now(), '1ms')).toBe('9999-12-31T23:59:59.999Z')
    for (const long of ['2ms', '99999999d', '100000000d'] as const) {
      expect(() => isoAfter(clock.now(), long)).toThrow(InvalidDuration)
      expect(() => clock.advance(long)).toThrow(InvalidDuration)
    }
    expect(clock.now().toISOString()).toBe('9999-12-31T23:59:59.998Z')
  })
})

describe('a time from outside', () => {
  it.each([
    ['2026-01-02', '2026-01-02T00:00:00.000Z'],
    ['2028-02-29T23:59Z', '2028-02-29T23:59:00.000Z'],
    ['2026-01-02T03:04:05.678901Z', '2026-01-02T03:04:05.678Z'],
    ['2026-01-02T03:04:05+14:00', '2026-01-01T13:04:05.000Z'],
  ])('is a moment: %s', (text, moment) => {
    expect(parseTime(text).toISOString()).toBe(moment)
    expect(manualClock(text).now().toISOString()).toBe(moment)
  })

  it.each([
    '',
    'tomorrow',
    '2027',
    '2027-02-30T00:00:00Z',
    '2027-02-29',
    '2100-02-29T00:00:00.000Z',
    '2027-13-01T00:00:00Z',
    '2027-04-31T10:00:00+02:00',
    '2027-01-01T25:00:00Z',
    '2027-01-01T00:00:00Z or so',
    '+010000-01-01T00:00:00Z',
    '9999-12-31T23:59:59-01:00',
    '0000-01-01T00:00:00+01:00',
    0,
    null,
  ])('is refused when there is no such moment: %j', (text) => {
    expect(() => parseTime(text as string)).toThrow(InvalidTime)
    expect(() => manualClock().set(text as string)).toThrow(InvalidTime)
  })

  it('is given back as it was when it is one that was written here', () => {
    const date = fc.date({
      min: new Date('0000-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    })
    fc.assert(
      fc.property(date, (moment) => {
        expect(parseTime(moment.toISOString())).toEqual(moment)
      }),
    )
  })
})

describe('ids, hashes, clocks', () => {
  it('makes ids that sort in the order they were made', () => {
    const ids = Array.from({ length: 10_000 }, () => newId('x'))
    expect([...ids].sort()).toEqual(ids)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('hashes alike whatever the order of keys, and otherwise apart', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const turned = Object.fromEntries(Object.entries(value).reverse())
        expect(contentHash(turned)).toBe(contentHash(value))
      }),
    )
    expect(contentHash({ a: 1 })).not.toBe(contentHash({ a: '1' }))
    expect(contentHash({ a: undefined })).toBe(contentHash({}))
  })

  it('stands still until it is moved', () => {
    const clock = manualClock('2026-01-01T00:00:00.000Z')
    clock.advance('90m')
    expect(clock.now().toISOString()).toBe('2026-01-01T01:30:00.000Z')
  })

  it('waits longer each time, up to its limit', () => {
    const delays = [1, 2, 3, 10].map((attempt) => backoffDelay({ first: 100, most: 1_000 }, attempt, () => 1))
    expect(delays).toEqual([100, 200, 400, 1_000])
    expect(backoffDelay({ first: 100, most: 1_000 }, 1, () => 0)).toBe(50)
  })
})

describe('an observer', () => {
  it('is told before and after a record is written, and not after when it was not', async () => {
    const told: string[] = []
    const observer = harmless<{ record: string }>(
      { reached: ({ record, when }) => told.push(`${when} ${record}`) },
      silentLogger,
    )
    expect(await observed(observer, { record: 'a' }, async () => told.push('a'))).toBe(2)
    await expect(observed(observer, { record: 'b' }, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(told).toEqual(['before a', 'a', 'after a', 'before b'])
  })

  it('ends nothing but itself by what it throws', async () => {
    const warned: object[] = []
    const logger = { ...silentLogger, warn: (fields: object) => void warned.push(fields) }
    const failing = {
      reached() {
        throw new Error('full')
      },
    }
    expect(await observed(harmless(failing, logger), { record: 'a' }, async () => 'written')).toBe('written')
    expect(warned).toMatchObject([
      { record: 'a', when: 'before' },
      { record: 'a', when: 'after' },
    ])
  })
})

describe('a look-up by a name from outside', () => {
  it('finds what the object itself has, and nothing of its prototype', () => {
    const prices: Record<string, number> = JSON.parse('{"a": 1, "__proto__": 2}')
    expect(own(prices, 'a')).toBe(1)
    expect(own(prices, '__proto__')).toBe(2)
    for (const name of ['constructor', 'toString', 'valueOf', 'hasOwnProperty'])
      expect(own(prices, name)).toBeUndefined()
  })
})
