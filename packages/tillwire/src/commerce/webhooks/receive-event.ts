import type Stripe from 'stripe'
import { z } from 'zod'
import { InvalidSignature, WrongLivemode } from '../errors.ts'
import type { Parts } from '../parts.ts'
import { STRIPE_NAME, storeEvent } from './event.ts'

/** A signature counts for this long, by our clock. */
const TOLERANCE_S = 300

const stripeName = z.string().regex(STRIPE_NAME)
/** What of a delivery has to hold before it is believed to be an event. */
const envelope = z.looseObject({
  id: stripeName,
  object: z.literal('event'),
  type: stripeName,
  livemode: z.boolean(),
  data: z.looseObject({ object: z.looseObject({}) }),
})

export interface ReceiveOptions {
  /** While a secret is being changed, the old and the new one. */
  readonly secrets: readonly string[]
  readonly livemode: boolean
}

/** Verifies a delivery and keeps its event once. */
export async function receiveEvent(
  parts: Parts,
  { secrets, livemode }: ReceiveOptions,
  rawBody: Uint8Array,
  signature: string | undefined,
): Promise<{ eventId: string; duplicate: boolean }> {
  const event = verify(parts.stripe, secrets, rawBody, signature, parts.clock.now())
  if (!envelope.safeParse(event).success) throw new InvalidSignature('its body is not an event')
  if (event.livemode !== livemode) throw new WrongLivemode(event.livemode)
  const isNew = await storeEvent(parts, event, 'webhook')
  return { eventId: event.id, duplicate: !isNew }
}

function verify(
  stripe: Stripe,
  secrets: readonly string[],
  rawBody: Uint8Array,
  signature: string | undefined,
  now: Date,
): Stripe.Event {
  if (!signature) throw new InvalidSignature('it has no signature')
  let refusal: unknown
  for (const secret of secrets) {
    try {
      return stripe.webhooks.constructEvent(rawBody, signature, secret, TOLERANCE_S, undefined, now.getTime())
    } catch (error) {
      // What is signed but is no event is refused here as well, and told apart by nobody.
      refusal = error
    }
  }
  throw new InvalidSignature('no current secret has signed it within the last five minutes', refusal)
}
