import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalForm, decodeForm, type FormHash } from './form.ts'

describe('decodeForm', () => {
  it('reads nested fields and lists', () => {
    expect({ ...decodeForm('a=1&b[c]=2&b[d][e]=3&f[]=x&f[]=y&g%5B0%5D[h]=z+w') }).toMatchObject({
      a: '1',
      b: { c: '2', d: { e: '3' } },
      f: { 0: 'x', 1: 'y' },
      g: { 0: { h: 'z w' } },
    })
  })

  it('never touches a prototype', () => {
    decodeForm('__proto__[polluted]=1&constructor[prototype][polluted]=1')
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  it('reads back whatever was encoded', () => {
    const name = fc.stringMatching(/^[a-z]{1,8}$/)
    const { form } = fc.letrec<{ form: FormHash; value: string | FormHash }>((tie) => ({
      value: fc.oneof({ maxDepth: 3 }, fc.string(), tie('form')),
      form: fc.dictionary(name, tie('value'), { minKeys: 1, maxKeys: 4 }),
    }))
    fc.assert(
      fc.property(form, (given) => {
        expect(canonicalForm(decodeForm(encode(given)))).toBe(canonicalForm(given))
      }),
    )
  })
})

function encode(form: FormHash, prefix = ''): string {
  return Object.entries(form)
    .map(([key, value]) => {
      const name = prefix === '' ? key : `${prefix}[${key}]`
      return typeof value === 'string'
        ? `${encodeURIComponent(name)}=${encodeURIComponent(value)}`
        : encode(value, name)
    })
    .join('&')
}
