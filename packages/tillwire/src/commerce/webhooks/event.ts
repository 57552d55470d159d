import type Stripe from 'stripe'
import { type Backoff, type Duration, isTillwireError, observed } from '../../core/index.ts'
import { type DocumentOf, UniqueViolation } from '../../store/index.ts'
import type { Parts } from '../parts.ts'
import { keptText } from '../plain-text.ts'
import { webhookEvents } from '../schema.ts'
import type { WebhookEvent } from '../types.ts'

export type EventDocument = DocumentOf<typeof webhookEvents>

/** Work on an event that shows no end within this has been lost, and is done again. */
export const WORK_LEASE: Duration = '1m'
/** After so many failures an event waits for an operator: some hours after it came. */
export const MAX_ATTEMPTS = 16
export const RETRY_BACKOFF: Backoff = { first: 2_000, most: 3 * 3_600_000 }

/** Keeps an event once, whoever brings it; false when it was there already. */
export async function storeEvent(
  { store, clock, observer }: Parts,
  event: Stripe.Event,
  source: EventDocument['source'],
): Promise<boolean> {
  const events = store.collection(webhookEvents)
  if (await events.get(event.id)) return false
  try {
    await observed(observer, { record: 'receive', eventId: event.id, type: event.type }, () =>
      events.insert({
        id: event.id,
        type: event.type,
        objectId: objectIdOf(event),
        payment: paymentOf(event),
        source,
        status: 'pending',
        attempts: 0,
        dueAt: clock.now().toISOString(),
        lastError: null,
      }),
    )
    return true
  } catch (error) {
    if (UniqueViolation.is(error)) return false
    throw error
  }
}

/** Stripe's ids and names of types: at most 255 letters, digits, dashes, dots. */
export const STRIPE_NAME = /^[\w.-]{1,255}$/

/** The id of the object that an event is about; few objects have none, and what is no id of Stripe's is none. */
export function objectIdOf(event: Stripe.Event): string {
  const object: object = event.data.object
  return 'id' in object && isName(object.id) ? object.id : ''
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && STRIPE_NAME.test(value)
}

/** The payment intent that an event's object is, or names. What it has come to is read from Stripe. */
function paymentOf(event: Stripe.Event): string | undefined {
  const object: object = event.data.object
  if (event.type.startsWith('payment_intent.')) return objectIdOf(event) || undefined
  const named = 'payment_intent' in object ? object.payment_intent : null
  return isName(named) ? named : undefined
}

/** What went wrong, for the operator who looks at a parked event. */
export function describeFailure(error: unknown): string {
  const text = isTillwireError(error)
    ? `${error.code}: ${error.message}`
    : error instanceof Error
      ? error.message
      : String(error)
  return keptText(text)
}

/** The part of a document that callers see. */
export function toWebhookEvent(document: EventDocument): WebhookEvent {
  const { id, type, objectId, status, attempts, lastError, createdAt } = document
  return { id, type, objectId, status, attempts, lastError, receivedAt: createdAt }
}
