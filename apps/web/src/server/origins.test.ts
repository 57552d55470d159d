import { describe, expect, it } from 'vitest'
import { isSameOrigin, serverOriginFor } from './origins.ts'

const local = { mode: 'local', webOrigin: 'http://localhost:3000', serverOrigin: 'http://localhost:3001' } as const
const production = {
  mode: 'production',
  webOrigin: 'https://app.here.com',
  serverOrigin: 'https://live.here.com',
} as const

describe('the server as a page sees it', () => {
  it('has the name that the visitor typed, in local mode', () => {
    expect(serverOriginFor('localhost:3000', local)).toBe('http://localhost:3001')
    expect(serverOriginFor('127.0.0.1:3000', local)).toBe('http://127.0.0.1:3001')
  })

  it('is what the settings say otherwise', () => {
    expect(serverOriginFor('evil.example', local)).toBe('http://localhost:3001')
    expect(serverOriginFor('127.0.0.1:3000', production)).toBe('https://live.here.com')
    expect(serverOriginFor(null, production)).toBe('https://live.here.com')
  })
})

describe('a request that changes something', () => {
  const allows = (settings: typeof local | typeof production, headers: Record<string, string>) =>
    isSameOrigin(new Headers(headers), settings)

  it('may come from our own pages, and from what is no browser', () => {
    expect(allows(local, { origin: 'http://localhost:3000', 'sec-fetch-site': 'same-origin' })).toBe(true)
    expect(allows(local, { origin: 'http://127.0.0.1:3000' })).toBe(true)
    expect(allows(local, {})).toBe(true)
    expect(allows(production, { origin: 'https://app.here.com' })).toBe(true)
  })

  it('may not come from anywhere else', () => {
    expect(allows(local, { origin: 'http://localhost:4000' })).toBe(false)
    expect(allows(local, { origin: 'null' })).toBe(false)
    expect(allows(local, { 'sec-fetch-site': 'cross-site' })).toBe(false)
    expect(allows(production, { origin: 'https://other.here.com', 'sec-fetch-site': 'same-site' })).toBe(false)
    expect(allows(production, { origin: 'https://127.0.0.1' })).toBe(false)
  })
})
