import { expect, it } from 'vitest'
import { runExample } from '../../../../tests/support/run-example.ts'

it('the example of the README does what its comments say', async () => {
  expect(await runExample('packages/tillwire/src/sockets/README.md')).toBe(
    "{ ok: true, data: { text: 'Ada greets Bob' } }\ninvalid_payload\n",
  )
})
