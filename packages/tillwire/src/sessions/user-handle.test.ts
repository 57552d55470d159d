import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { emailAddress, foldUsername } from './user-handle.ts'

describe('a username folded', () => {
  it.each([
    ['bob', 'BOB'],
    ['bob', 'ＢＯＢ'],
    ['bob', 'b\u200bo\u00adb'],
    ['straße', 'STRASSE'],
    ['ΣΊΣΥΦΟΣ', 'σίσυφος'],
    ['\u00e9lodie', 'E\u0301LODIE'],
    ['\ufb01sh', 'FISH'],
  ])('is one for %s and %s', (one, other) => {
    expect(foldUsername(one)).toBe(foldUsername(other))
  })

  it.each([
    ['bob', 'rob'],
    ['bob', 'b\u043eb'],
    ['jose', 'jos\u00e9'],
  ])('tells %s from %s', (one, other) => {
    expect(foldUsername(one)).not.toBe(foldUsername(other))
  })

  it('folds to itself, and whatever the case or composition', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const folded = foldUsername(text)
        expect(foldUsername(folded)).toBe(folded)
        expect(foldUsername(text.normalize('NFD'))).toBe(folded)
        expect(foldUsername(text.toUpperCase())).toBe(folded)
      }),
    )
  })
})

describe('an e-mail address', () => {
  it('is kept in lower case', () => {
    expect(emailAddress.parse(' User@Here.COM ')).toBe('user@here.com')
  })

  it.each([
    ['\u212a@here.com', /"\u212a" \(U\+212A\) is no letter of an e-mail address/],
    ['user@here.\u212aom', /U\+212A/],
    ['us\u0435r@here.com', /U\+0435/],
    ['user\0@here.com', /it has a NUL character/],
    ['user\ud800@here.com', /it has half of a surrogate pair/],
    [`${'a'.repeat(320)}@here.com`, /at most 320 characters/],
    ['user', /"user" is no e-mail address/],
  ])('is refused by name, and never made another: %j', (address, message) => {
    const { error } = emailAddress.safeParse(address)
    expect(error?.issues[0]?.message).toMatch(message)
  })
})
