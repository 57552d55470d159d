import { expect, it } from 'vitest'
import { exampleOf, runExample } from '../../../../tests/support/run-example.ts'

const README = 'packages/tillwire/src/store/README.md'

it('the example of the README prints what its comments say', async () => {
  const expected = [...exampleOf(README).matchAll(/^console\.log.* \/\/ (.*)$/gm)].map(([, output]) => output)
  expect(expected).toHaveLength(3)
  expect((await runExample(README)).trim().split('\n')).toEqual(expected)
})
