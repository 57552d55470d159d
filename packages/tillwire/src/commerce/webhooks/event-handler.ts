import type { Write } from '../../store/index.ts'
import type { Parts } from '../parts.ts'

/** What is done about one type of event. */
export interface EventHandler {
  readonly type: string
  /**
   * Re-reads the object from Stripe and acts on what it is now: events come late, twice, and out of
   * order. Safe to repeat. May write `mark`, which says that the event is done, together with its effect.
   */
  handle(parts: Parts, objectId: string, mark: Write): Promise<void>
}
