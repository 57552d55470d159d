import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isAmbiguous, provenCookies, withOneCookie } from './cookie.ts'
import { SECRET, signed } from './testing/harness.ts'

const TOKEN = 'Zk3vYt9qLw7RcN1xHb5mPd8sJf2gUa6e'
const SIGNATURE_LENGTH = 44
const plain = `better-auth.session_token=${signed(TOKEN)}`
const secure = `__Secure-better-auth.session_token=${signed(TOKEN)}`

const provenTokens = (...args: Parameters<typeof provenCookies>) => provenCookies(...args).map(({ token }) => token)

describe('the session cookie', () => {
  it('proves its token under either name, among other cookies', () => {
    expect(provenTokens(plain, SECRET)).toEqual([TOKEN])
    expect(provenTokens(`theme=dark; ${secure}; lang=en`, SECRET)).toEqual([TOKEN])
    expect(provenTokens(`theme=dark;${plain};`, SECRET)).toEqual([TOKEN])
    expect(provenTokens(`better-auth.session_token="${signed(TOKEN)}"`, SECRET)).toEqual([TOKEN])
    expect(provenTokens(` better-auth.session_token = ${signed(TOKEN)} ; lang=en`, SECRET)).toEqual([TOKEN])
  })

  it('is found behind a cookie without a value, and behind one whose name only begins like its own', () => {
    expect(provenTokens(`better-auth.session_tokens; ${plain}`, SECRET)).toEqual([TOKEN])
    expect(provenTokens(`better-auth.session_tokens=1; ${plain}`, SECRET)).toEqual([TOKEN])
  })

  it('is read when it is not url-encoded', () => {
    expect(provenTokens(`better-auth.session_token=${decodeURIComponent(signed(TOKEN))}`, SECRET)).toEqual([TOKEN])
  })

  it('puts the __Secure- name first, and takes it alone where pages are https', () => {
    const other = `better-auth.session_token=${signed('other')}`
    expect(provenTokens(`${other}; ${secure}`, SECRET)).toEqual([TOKEN, 'other'])
    expect(provenTokens(`${other}; ${secure}`, SECRET, { secureOnly: true })).toEqual([TOKEN])
    expect(provenTokens(plain, SECRET, { secureOnly: true })).toEqual([])
  })

  it('proves nothing when it was forged, cut, changed or signed elsewhere', () => {
    const value = decodeURIComponent(signed(TOKEN))
    const forgeries = [
      signed(TOKEN, 'another secret of another product'),
      TOKEN,
      `${TOKEN}.`,
      `.${value.split('.')[1]}`,
      value.slice(0, -1),
      value.slice(0, -2),
      `x${value}`,
      `${value}x`,
      `x${signed(TOKEN)}"`,
      `${TOKEN}.${'A'.repeat(43)}=`,
      `${TOKEN}.AAAA${'A'.repeat(43)}=`,
      signed(''),
      signed('').replace('.', ''),
      `${value}%`,
      `%E0%A4%A`,
      '%',
      '',
    ]
    for (const forgery of forgeries)
      expect(provenTokens(`better-auth.session_token=${forgery}`, SECRET), forgery).toEqual([])
  })

  it('is tried in each of its values: an old one of another path or domain does not hide the right one', () => {
    const old = `better-auth.session_token=${signed('old')}`
    expect(provenTokens(`${old}; theme=dark; ${plain}`, SECRET)).toEqual(['old', TOKEN])
    expect(provenTokens(`better-auth.session_token=forged; ${plain}; ${plain}`, SECRET)).toEqual([TOKEN])
    expect(provenTokens(`${old}; ${secure}; ${secure}`, SECRET, { secureOnly: true })).toEqual([TOKEN])
  })

  it('is tried in every value that a header holds, signed or not, each token once', () => {
    const named = (value: string) => `better-auth.session_token=${value}`
    const fill = (value: (n: number) => string) => {
      let header = ''
      for (let n = 0; header.length + plain.length + 200 < 16_384; n++) header += `${named(value(n))}; `
      return header + plain
    }
    expect(provenTokens(fill(String), SECRET)).toEqual([TOKEN])
    const tokens = provenTokens(
      fill((n) => signed(`t${n}`)),
      SECRET,
    )
    expect(tokens.length).toBeGreaterThan(150)
    expect(tokens.at(-1)).toBe(TOKEN)
    expect(provenTokens(`${plain}; ${named(decodeURIComponent(signed(TOKEN)))}`, SECRET)).toEqual([TOKEN])
  })

  it('stands alone, in front of all other cookies, for who reads only the first', () => {
    const [, right] = provenCookies(`better-auth.session_token=${signed('old')}; ${plain}`, SECRET)
    if (!right) throw new Error('not found')
    const header = `better-auth.session_token=${signed('old')}; theme=dark;${plain}; ; lang`
    expect(withOneCookie(header, right, false)).toBe(`${plain}; theme=dark; lang`)
    expect(withOneCookie(header, right, true)).toBe(`${secure}; theme=dark; lang`)
    expect(isAmbiguous(header, false)).toBe(true)
    expect(isAmbiguous(`theme=dark; ${plain}; better-auth.session_tokens=1`, false)).toBe(false)
    expect(isAmbiguous(secure, false)).toBe(true)
    expect(isAmbiguous('theme=dark', false)).toBe(false)
  })

  it('is read from a header of 16,384 characters and a value of 512, and from no longer one', () => {
    const header = (length: number) => `${plain}; ${'a'.repeat(length - plain.length - 2)}`
    expect(provenTokens(header(16_384), SECRET)).toEqual([TOKEN])
    expect(provenTokens(header(16_385), SECRET)).toEqual([])
    const value = (length: number) => decodeURIComponent(signed('t'.repeat(length - SIGNATURE_LENGTH - 1)))
    expect(provenTokens(`better-auth.session_token=${value(512)}`, SECRET)).toHaveLength(1)
    expect(provenTokens(`better-auth.session_token=${value(513)}`, SECRET)).toEqual([])
  })

  it('may hold a token of any length but none', () => {
    expect(provenTokens(`better-auth.session_token=${signed('t')}`, SECRET)).toEqual(['t'])
  })

  it('never throws, and never proves what was not signed', () => {
    const header = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.string({ unit: 'binary', maxLength: 200 }).map((value) => `better-auth.session_token=${value}`),
      fc.tuple(fc.nat(80), fc.string({ minLength: 1, maxLength: 1 })).map(([at, by]) => {
        const value = signed(TOKEN)
        return `better-auth.session_token=${value.slice(0, at)}${by}${value.slice(at + 1)}`
      }),
    )
    fc.assert(
      fc.property(header, (text) => {
        const tokens = provenTokens(text, SECRET)
        expect(tokens.every((token) => token === TOKEN)).toBe(true)
      }),
    )
    expect(provenTokens(undefined, SECRET)).toEqual([])
  })
})
