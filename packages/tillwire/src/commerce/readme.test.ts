import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

it('the example of the README does what its comments say', async () => {
  const readme = await readFile(new URL('./README.md', import.meta.url), 'utf8')
  const example = readme.split('```ts\n')[1]?.split('```')[0] ?? ''
  const options = { cwd: new URL('../..', import.meta.url), timeout: 15_000 }
  const args = ['--input-type=module-typescript', '--eval', example]
  const { stdout } = await promisify(execFile)(process.execPath, args, options)
  expect(stdout).toBe('5,000\n')
})
