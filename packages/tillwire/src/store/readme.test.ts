import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

it('the example of the README prints what its comments say', async () => {
  const readme = await readFile(new URL('./README.md', import.meta.url), 'utf8')
  const example = readme.split('```ts\n')[1]?.split('```')[0] ?? ''
  const expected = [...example.matchAll(/^console\.log.* \/\/ (.*)$/gm)].map(([, output]) => output)
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module-typescript', '--eval', example],
    { cwd: new URL('../..', import.meta.url), timeout: 15_000 },
  )
  expect(expected).toHaveLength(3)
  expect(stdout.trim().split('\n')).toEqual(expected)
})
