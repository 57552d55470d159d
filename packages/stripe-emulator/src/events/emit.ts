import type { Context } from '../context.ts'
import { newId } from '../ids.ts'
import type { EventObject, WebhookEndpoint } from '../store/kinds.ts'
import { enqueueDelivery } from '../webhooks/deliveries.ts'

/** The version of Stripe's API that this emulator follows: the one of stripe 23.1.0. */
export const API_VERSION = '2026-10-28.endive'

export const MAX_WEBHOOK_ENDPOINTS = 16

/** Records an event, and a delivery to each endpoint that listens for it, in the transaction of what caused it. */
export function emitEvent(context: Context, type: string, object: object, previous?: object): void {
  const created = context.now()
  const event: EventObject = {
    id: newId('evt'),
    object: 'event',
    api_version: API_VERSION,
    created,
    data: previous === undefined ? { object } : { object, previous_attributes: previous },
    livemode: false,
    pending_webhooks: 0,
    request: { id: context.request.id, idempotency_key: context.request.idempotencyKey },
    type,
  }
  context.objects.insert('event', event, {}, created)
  for (const endpoint of context.objects.list('webhook_endpoint', { limit: MAX_WEBHOOK_ENDPOINTS })) {
    if (listensFor(endpoint, type)) enqueueDelivery(context.database, event.id, endpoint, context.clock.now())
  }
}

export function listensFor(endpoint: WebhookEndpoint, type: string): boolean {
  if (endpoint.status !== 'enabled') return false
  return endpoint.enabled_events.includes('*') || endpoint.enabled_events.includes(type)
}
