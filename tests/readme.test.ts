import { startStripeEmulator } from '@tillwire/stripe-emulator'
import { describe, expect, it } from 'vitest'
import { runExample } from './support/run-example.ts'

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
