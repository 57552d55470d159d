import type { Context } from '../context.ts'
import type { EventObject } from '../store/kinds.ts'
import { countPending } from '../webhooks/deliveries.ts'

/** An event as it is shown: how many endpoints have still to receive it is counted when it is asked. */
export function presentEvent(context: Context, event: EventObject): EventObject {
  return { ...event, pending_webhooks: countPending(context.database, event.id) }
}
