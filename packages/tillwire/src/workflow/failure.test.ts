import { describe, expect, it } from 'vitest'
import { InternalError, TillwireError } from '../core/index.ts'
import { KeySpent, NothingHappened } from './errors.ts'
import { didNothing, failureOf, isDefinite, neverConnected } from './failure.ts'
import { Away, Refused } from './testing/outside.ts'

const failure = { code: 'refused', message: 'It is refused.', details: { what: 'It' }, retryable: false }

class Odd extends TillwireError {}

function systemError(code: string, syscall?: string): Error {
  return Object.assign(new Error(code), { code, syscall })
}

describe('an error', () => {
  it('is definite when it is a refusal that will not change', () => {
    expect(isDefinite(new Refused('it'))).toBe(true)
    const doubtful = [new Away(), new KeySpent('key'), new InternalError('broken'), new Error('broken'), 'broken', null]
    expect(doubtful.filter(isDefinite)).toEqual([])
  })

  it('is kept with code, message, details and whether it may pass', () => {
    expect(failureOf(new Refused('It'))).toEqual(failure)
    expect(failureOf(new Away())).toMatchObject({ code: 'away', retryable: true })
  })

  it('that is none of ours is internal, and keeps its message', () => {
    const internal = { code: 'internal', message: 'broken', details: {}, retryable: false }
    expect(failureOf(new TypeError('broken'))).toEqual(internal)
    expect(failureOf('broken')).toEqual(internal)
  })

  it('says that nothing happened when it is a refusal, or says so, or when no connection was made', () => {
    const errors = [
      new Refused('it'),
      new NothingHappened('the breaker is open'),
      systemError('ECONNREFUSED', 'connect'),
      systemError('ENOTFOUND', 'getaddrinfo'),
      systemError('ETIMEDOUT', 'connect'),
      new TypeError('fetch failed', { cause: systemError('ECONNREFUSED') }),
      new AggregateError([systemError('ECONNREFUSED'), systemError('ENETUNREACH', 'connect')]),
    ]
    expect(errors.filter((error) => !didNothing(error))).toEqual([])
    expect(isDefinite(new NothingHappened('the breaker is open'))).toBe(false)
  })

  it('leaves it open whether anything happened in every other case', () => {
    const errors = [
      new Away(),
      new Odd('odd', 'of others', { cause: systemError('ECONNREFUSED'), retryable: true }),
      new KeySpent('key'),
      new InternalError('broken'),
      new TypeError('URI malformed'),
      systemError('ECONNRESET', 'read'),
      systemError('ETIMEDOUT', 'read'),
      new AggregateError([]),
      new AggregateError([systemError('ECONNREFUSED'), systemError('ECONNRESET', 'read')]),
      'ECONNREFUSED',
      null,
    ]
    expect(errors.filter(didNothing)).toEqual([])
    const loop = new Error('of itself')
    loop.cause = loop
    expect(neverConnected(loop)).toBe(false)
  })

  it('is kept without what looks like a secret', () => {
    const message = 'sk_live_51Habc at postgres://ada:geheim@db/x with Bearer abc.def and card 4242 4242 4242 4242'
    expect(failureOf(new Error(message)).message).toBe('[…] at postgres://[…]db/x with […] and card […]')
  })

  it('can always be kept, whatever it carries', () => {
    const loop: Record<string, unknown> = {}
    loop.self = loop
    const details = {
      loop,
      big: 1n,
      text: 'a\0\ud800',
      'k\0': { 'l\0': 'é😀' },
      long: Array(9_000).fill('x'),
      good: [1],
    }
    expect(failureOf(new Odd('odd', 'a\0b', { details }))).toEqual({
      code: 'odd',
      message: 'a\ufffdb',
      details: { text: 'a\ufffd\ufffd', 'k\ufffd': { 'l\ufffd': 'é😀' }, good: [1] },
      retryable: false,
    })
    expect(failureOf(Symbol('x'))).toMatchObject({ code: 'internal', message: 'a thrown symbol' })
    expect(failureOf(new Error('x'.repeat(10_000))).message).toHaveLength(500)
  })
})
