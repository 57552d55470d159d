import type Stripe from 'stripe'
import type { Clock, Logger, Observer } from '../core/index.ts'
import type { Credits } from '../credits/index.ts'
import type { Store } from '../store/index.ts'
import type { Workflows } from '../workflow/index.ts'
import type { CommerceRecord } from './types.ts'

/** What every use case of commerce works with. */
export interface Parts {
  readonly store: Store
  readonly credits: Credits
  readonly workflows: Workflows
  readonly stripe: Stripe
  readonly clock: Clock
  readonly logger: Logger
  readonly observer: Observer<CommerceRecord>
}
