import { describe, expect, it, vi } from 'vitest'
import { main } from './index.ts'

describe('main', () => {
  it('tells help (0) from wrong use (2)', async () => {
    using _out = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    using _err = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    expect(await main(['--help'])).toBe(0)
    expect(await main(['dance'])).toBe(2)
    expect(await main(['grant', 'a@b.com', '-1', '--key', 'k'])).toBe(2)
    expect(await main(['start', 'everything'])).toBe(2)
    expect(await main(['workflows', 'list', '--status', 'lost'])).toBe(2)
    expect(await main(['workflows', 'retry', ''])).toBe(2)
  })
})
