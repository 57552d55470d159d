import { expect, it } from 'vitest'
import { runExample } from '../../../../tests/support/run-example.ts'

it('the example of the README does what its comments say', async () => {
  expect(await runExample('packages/tillwire/src/workflow/README.md')).toBe(
    'paid under charge-card\npaid under charge-card\nthe card is empty\n4A\n',
  )
})
