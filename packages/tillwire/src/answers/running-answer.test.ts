import { expect, it } from 'vitest'
import { windowAfter } from './running-answer.ts'

it('gathers text for 40 ms, longer where writing takes long, and for 200 ms at most', () => {
  expect([0, 3, 10, 20, 49, 50, 5_000].map(windowAfter)).toEqual([40, 40, 40, 80, 196, 200, 200])
})
