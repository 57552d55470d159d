import Stripe from 'stripe'

/** A request is given up after this; whether it was carried out is then not known. */
const TIMEOUT_MS = 8_000

export interface StripeSettings {
  readonly secretKey: string
  /** Where Stripe is, when it is not Stripe itself: `http://127.0.0.1:4242`. */
  readonly apiBase?: string | null
}

/**
 * The official client. It does not retry by itself: whoever asks passes a recorded key and decides.
 * @example const stripe = stripeClient({ secretKey: 'sk_test_emulator', apiBase: emulator.url })
 */
export function stripeClient({ secretKey, apiBase }: StripeSettings): Stripe {
  return new Stripe(secretKey, {
    ...(apiBase ? addressOf(new URL(apiBase)) : {}),
    maxNetworkRetries: 0,
    timeout: TIMEOUT_MS,
    telemetry: false,
    appInfo: { name: 'tillwire' },
  })
}

function addressOf({ hostname, port, protocol }: URL): { host: string; port?: string; protocol: 'http' | 'https' } {
  return { host: hostname, protocol: protocol === 'http:' ? 'http' : 'https', ...(port ? { port } : {}) }
}
