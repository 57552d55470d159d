import { KEY_LIFE_MS } from './api/idempotency.ts'
import type { Context } from './context.ts'
import { EVENT_LIFE_S } from './resources/events.ts'

/** Forgets what Stripe would not answer for any more: old idempotency keys, old events and their deliveries. */
export function forgetOld({ database, clock }: Context): void {
  const eldest = clock.seconds() - EVENT_LIFE_S
  database.run('DELETE FROM idempotency WHERE created <= ?', clock.now() - KEY_LIFE_MS)
  database.run(
    "DELETE FROM deliveries WHERE event IN (SELECT id FROM objects WHERE kind = 'event' AND created < ?)",
    eldest,
  )
  database.run("DELETE FROM objects WHERE kind = 'event' AND created < ?", eldest)
}
