import { expect, it } from 'vitest'
import { jsonOf } from './output.ts'

it('writes what no number holds as an exact decimal text', () => {
  expect(jsonOf({ ok: true, totals: { issued: -(2n ** 60n) }, list: [1, 5n] })).toBe(
    '{"ok":true,"totals":{"issued":"-1152921504606846976"},"list":[1,"5"]}',
  )
})
