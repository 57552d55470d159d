import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { safeReturnPath, signInPath } from './return-path.ts'

describe('where signing in leads', () => {
  it.each(['/credits', '/chat?answer=a1', '/credits?checkout=success#top', '/'])('goes back to %s', (path) => {
    expect(safeReturnPath(path)).toBe(path)
  })

  it.each([
    'https://evil.example/credits',
    '//evil.example',
    '/\\evil.example',
    '/.//evil.example',
    '/\t/evil.example',
    'javascript:alert(1)',
    'credits',
    '',
    '/api/auth/sign-out',
    '/sign-in?next=/sign-in',
    undefined,
    ['/credits', '/chat'],
  ])('does not follow %j', (value) => {
    expect(safeReturnPath(value)).toBe('/dashboard')
  })

  it('stays on this site whatever it is given', () => {
    const tricky = fc.stringMatching(/^[/\\.:@a-z\t\n ?#%2f]{0,20}$/)
    fc.assert(
      fc.property(fc.oneof(fc.string(), tricky, fc.webUrl()), (value) => {
        expect(new URL(safeReturnPath(value), 'https://here.example').origin).toBe('https://here.example')
      }),
      { numRuns: 2_000 },
    )
  })

  it('names the page to come back to, unless it is where everyone goes', () => {
    expect(signInPath('/chat?answer=a b')).toBe('/sign-in?next=%2Fchat%3Fanswer%3Da%20b')
    expect(signInPath('/dashboard')).toBe('/sign-in')
  })
})
