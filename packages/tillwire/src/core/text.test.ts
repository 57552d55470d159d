import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InternalError, isPlainText, MAX_DETAIL, MAX_MESSAGE, shorten, textProblem } from './index.ts'

describe('a text', () => {
  it.each(['', 'a', 'é', '😀', '\ue000\uffff', '\n\t\u0001'])('is plain: %j', (text) => {
    expect(textProblem(text)).toBeNull()
    expect(isPlainText(text)).toBe(true)
  })

  it('that has a NUL or half a surrogate pair is told as such', () => {
    for (const text of ['\0', 'a\0b']) expect(textProblem(text)).toBe('has a NUL character')
    for (const text of ['\ud800', 'a\udc00', '😀\ud83d', '\udc00\ud800'])
      expect(textProblem(text)).toBe('has half of a surrogate pair')
    expect(isPlainText('\ud800')).toBe(false)
  })

  it('that is plain comes back from UTF-8 as it was, and no other', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)) }), (text) => {
        const same = Buffer.from(text).toString() === text
        expect(isPlainText(text)).toBe(same && !text.includes('\0'))
      }),
    )
  })

  it('is cut to a length, never through a pair', () => {
    expect(shorten('abcd', 4)).toBe('abcd')
    expect(shorten('abcde', 4)).toBe('abc…')
    expect(shorten('ab😀de', 4)).toBe('ab…')
  })
})

describe('an error', () => {
  it('has a message and details of bounded length, however long what they tell of', () => {
    const long = 'x'.repeat(1_000_000)
    const error = new InternalError(long, { details: { long, list: [long, 1], count: 5 } })
    expect(error.message).toHaveLength(MAX_MESSAGE)
    expect(error.details).toMatchObject({ count: 5, list: [expect.any(String), 1] })
    expect(JSON.stringify(error.details).length).toBeLessThan(3 * MAX_DETAIL)
  })

  it('keeps details as they are where nothing is too long', () => {
    const details = { id: 'a', at: { list: 'writes', index: 1 }, fields: ['a', 'b'] }
    expect(new InternalError('x', { details }).details).toBe(details)
  })
})
