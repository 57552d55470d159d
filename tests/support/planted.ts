/**
 * The secrets that tests use wherever whole programs run: known, so that the run can be searched for them
 * at its end (tests/secrets). What is a secret only once a program has made it is told to `plant`.
 */

export const PASSWORD = 'correct horse battery'

export const CARD = '4242 4242 4242 4242'
export const DECLINED_CARD = '4000 0000 0000 0002'

export const WEBHOOK_SECRET = 'whsec_planted_f83ac1d07e5b42968d'

const ENCRYPTION_KEY = Buffer.from('planted: 32 bytes that encrypt..').toString('base64')

/** Settings that are secret, as a program gets them. */
export const SECRET_SETTINGS = {
  AUTH_SECRET: 'planted-auth-secret-6c1e0d4b9f7a42d3',
  ENCRYPTION_KEYS: `k1:${ENCRYPTION_KEY}`,
  STRIPE_SECRET_KEY: 'sk_test_planted_51d0c9b7e2f84a63',
  STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET,
  OPENAI_API_KEY: 'sk-planted-3b8e6f01c4d94a7295',
}

export const KINDS = ['password', 'session token', 'mail link', 'API key', 'card number', 'key of ours'] as const
export type Kind = (typeof KINDS)[number]

export interface Planted {
  readonly kind: Kind
  readonly value: string
}

/** Those that are known before a run. */
export const PLANTED: readonly Planted[] = [
  { kind: 'password', value: PASSWORD },
  { kind: 'card number', value: CARD },
  { kind: 'card number', value: DECLINED_CARD },
  { kind: 'API key', value: SECRET_SETTINGS.STRIPE_SECRET_KEY },
  { kind: 'API key', value: SECRET_SETTINGS.OPENAI_API_KEY },
  { kind: 'key of ours', value: SECRET_SETTINGS.AUTH_SECRET },
  { kind: 'key of ours', value: ENCRYPTION_KEY },
  { kind: 'key of ours', value: WEBHOOK_SECRET },
]
