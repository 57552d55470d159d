import type { Parts } from '../parts.ts'
import { checkouts } from '../schema.ts'
import { askStripe } from '../stripe/ask-stripe.ts'
import { settleCheckout } from './grant-purchase.ts'

/** Open checkouts of one user that are asked about at once, the newest first. */
const MAX_OPEN = 20

/** Asks Stripe what became of a user's open checkouts; returns how many packs were granted by this. */
export async function syncCheckouts(parts: Parts, userId: string): Promise<number> {
  const { items } = await parts.store
    .collection(checkouts)
    .find({ where: { userId, status: 'open' }, orderBy: { createdAt: 'desc' }, limit: MAX_OPEN })
  const settled = await Promise.allSettled(
    items.map(async ({ stripeSessionId: id }) => {
      if (id === undefined) return false
      return settleCheckout(parts, await askStripe(() => parts.stripe.checkout.sessions.retrieve(id)))
    }),
  )
  // One that fails does not keep the others from being granted.
  for (const result of settled) if (result.status === 'rejected') throw result.reason
  return settled.filter((result) => result.status === 'fulfilled' && result.value).length
}
