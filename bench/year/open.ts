import { createTillwire, defineConfig, type ManualClock, silentLogger, type Tillwire } from 'tillwire'
import { loadFeatures } from '../../apps/server/src/load-features.ts'

const NOWHERE = 'http://127.0.0.1:9'
/** The shortest there is: each sweep has changes to let go of. */
const FEED = { after: '1m', changes: 1_000_000 } as const
const config = defineConfig({ features: await loadFeatures(), retention: { feed: FEED } })

/** What a Tillwire on a year's data is opened with. */
export interface Place {
  /** Holds `tillwire.db` and the secrets. */
  readonly folder: string
  readonly clock: ManualClock
  /** Of the Stripe emulator; none is asked where there is none. */
  readonly stripeUrl?: string
}

/** Opens Tillwire with the features of the server and every collection; as `tillwire start` does where it may migrate. */
export function open({ folder, clock, stripeUrl = NOWHERE }: Place, migrate = false): Promise<Tillwire> {
  const env = {
    TILLWIRE_ROOT: folder,
    DATABASE_URL: `file:${folder}/data/tillwire.db`,
    STRIPE_API_BASE: stripeUrl,
    STRIPE_SECRET_KEY: 'sk_test_bench',
    OPENAI_BASE_URL: NOWHERE,
    OPENAI_API_KEY: 'any',
  }
  return createTillwire(config, { env, clock, logger: silentLogger, migrate })
}
