import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import * as core from '../core/index.ts'
import * as store from '../store/index.ts'
import * as credits from './index.ts'

it('runs the example of the README', async () => {
  const readme = await readFile(join(import.meta.dirname, 'README.md'), 'utf8')
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? ''
  const body = example.replaceAll(/import \{ (.*) \} from '(.*)'/g, (_, names: string, module: string) => {
    return `const { ${names.replaceAll(' as ', ': ')} } = modules['${module}']`
  })
  const AsyncFunction = (async () => {}).constructor as new (
    ...source: string[]
  ) => (modules: object) => Promise<number>
  const run = new AsyncFunction('modules', `${body}\nawait store.close()\nreturn available`)
  const modules = { 'tillwire/core': core, 'tillwire/store': store, 'tillwire/credits': credits }
  expect(await run(modules)).toBe(96_800_000)
})
