import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { openAnswers } from './index.ts'
import { openaiModel } from './openai/index.ts'
import { openTestAnswers, priceBook, userId } from './testing/open-test-answers.ts'

it('the example of the README does what its comment says', async () => {
  const readme = await readFile(new URL('./README.md', import.meta.url), 'utf8')
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? ''
  await using test = await openTestAnswers()
  const { store, credits } = test
  const printed: unknown[][] = []
  const names = { openAnswers, openaiModel, store, credits, priceBook, userId, baseUrl: test.emulator.url }
  const console = { log: (...words: unknown[]) => printed.push(words) }
  const run = new Function(
    ...Object.keys(names),
    'console',
    `return (async () => { ${example.replaceAll(' as const', '')}; await answers.close(); return text })()`,
  )
  const text = await run(...Object.values(names), console)
  expect(text).toContain('tides')
  expect(printed).toEqual([['complete', true]])
})
