import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startStripeEmulator } from '@tillwire/stripe-emulator'
import { describe, expect, it } from 'vitest'
import { root } from './tidy/repository.ts'

/** Runs the first TypeScript block of a document as a program of its own, in the repository. */
async function runExample(document: string, env: Record<string, string> = {}): Promise<string> {
  const example = readFileSync(join(root, document), 'utf8').split('```ts\n')[1]?.split('```')[0] ?? ''
  expect(example).not.toBe('')
  const options = { cwd: root, timeout: 30_000, env: { ...process.env, LOG_LEVEL: 'silent', ...env } }
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module-typescript', '--eval', example],
    options,
  )
  return stdout
}

describe('documents', () => {
  it('README: the ten lines make a customer at Stripe and give it credits', async () => {
    const stripe = await startStripeEmulator({ port: 0, database: ':memory:' })
    try {
      const printed = await runExample('README.md', { DATABASE_URL: 'memory:', STRIPE_API_BASE: stripe.url })
      const state = (await (await fetch(`${stripe.url}/_emulator/state`)).json()) as {
        customers: { id: string; email: string }[]
      }
      expect(state.customers.map(({ email }) => email)).toEqual(['user@here.com'])
      expect(printed).toBe(`${state.customers[0]?.id}\n100 credits\n`)
    } finally {
      await stripe.close()
    }
  })

  it('docs/configuration.md: the example is a configuration', async () => {
    expect(await runExample('docs/configuration.md')).toBe('')
  })

  it('packages/tillwire/src/core/README.md: the example runs', async () => {
    expect(await runExample('packages/tillwire/src/core/README.md')).toBe('')
  })
})
