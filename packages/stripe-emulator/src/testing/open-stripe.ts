import Stripe from 'stripe'
import { type StripeEmulator, type StripeEmulatorOptions, startStripeEmulator } from '../index.ts'

/** A real test key: with it the contract tests run against Stripe itself, and what only the emulator has is skipped. */
const realKey = process.env.STRIPE_TEST_KEY

export const againstStripe = realKey !== undefined && realKey !== ''

export interface OpenStripe extends AsyncDisposable {
  stripe: Stripe
}

/** Stripe as the official client sees it: an emulator of its own, or Stripe itself. */
export async function openStripe(): Promise<OpenStripe> {
  if (againstStripe && realKey !== undefined) {
    return { stripe: new Stripe(realKey), async [Symbol.asyncDispose]() {} }
  }
  return openEmulator()
}

export interface OpenEmulator extends OpenStripe {
  emulator: StripeEmulator
  /** A command under `/_emulator/`: its JSON answer and status. */
  control<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<T & { status: number }>
}

export async function openEmulator(options: StripeEmulatorOptions = {}): Promise<OpenEmulator> {
  const emulator = await startStripeEmulator(options)
  return { emulator, ...connect(emulator.url), [Symbol.asyncDispose]: () => emulator.close() }
}

/** The official client and the control commands of an emulator at this address. */
export function connect(url: string): Pick<OpenEmulator, 'stripe' | 'control'> {
  const { hostname, port } = new URL(url)
  return {
    stripe: new Stripe('sk_test_emulator', { host: hostname, port, protocol: 'http', maxNetworkRetries: 0 }),
    async control(method, path, body) {
      const init = body === undefined ? { method } : { method, body: JSON.stringify(body) }
      const answer = await fetch(`${url}/_emulator/${path}`, init)
      return { ...(await answer.json()), status: answer.status }
    },
  }
}

/** What a promise was refused with; a promise that is kept is a failure. */
export async function refusalOf(promise: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  const outcome = await promise.then(
    () => new Error('expected a refusal'),
    (error: unknown) => error,
  )
  if (outcome instanceof Stripe.errors.StripeError) return outcome
  throw outcome
}

/** Waits until `check` gives a value, for five seconds at most. */
export async function until<T>(check: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
  const end = Date.now() + 5000
  while (Date.now() < end) {
    const value = await check()
    if (value !== undefined && value !== false) return value
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error('What was waited for did not come within five seconds.')
}
