import type { Parts } from '../parts.ts'
import { checkouts } from '../schema.ts'
import { isMissing } from '../stripe/ask-stripe.ts'
import type { Checkout } from './checkout.ts'
import { syncPayment } from './sync-payment.ts'

/** Unfinished checkouts of one user that are asked about at once, the newest first. */
const MAX_UNFINISHED = 20

/** Asks Stripe what became of a user's unfinished checkouts; returns how many packs were granted by this. */
export async function syncCheckouts(parts: Parts, userId: string): Promise<number> {
  const pages = await Promise.all(
    (['open', 'processing'] as const).map((status) =>
      parts.store
        .collection(checkouts)
        .find({ where: { userId, status }, orderBy: { createdAt: 'desc' }, limit: MAX_UNFINISHED }),
    ),
  )
  const settled = await Promise.allSettled(pages.flatMap(({ items }) => items).map((one) => syncCheckout(parts, one)))
  // One that fails does not keep the others from being granted.
  for (const result of settled) if (result.status === 'rejected') throw result.reason
  return settled.filter((result) => result.status === 'fulfilled' && result.value).length
}

async function syncCheckout(parts: Parts, checkout: Checkout): Promise<boolean> {
  const { stripeSessionId: session } = checkout
  if (session === undefined) return false
  try {
    return await syncPayment(parts, { session })
  } catch (error) {
    if (!isMissing(error)) throw error
    // It can be paid no more. Should it come back (it was another account's key), its events are acted on.
    const gone = { status: 'failed', failure: `Stripe has no session ${session} (any more)` } as const
    parts.logger.warn({ checkout: checkout.id, reason: gone.failure }, 'a checkout ended without its payment')
    await parts.store.collection(checkouts).update(checkout.id, gone, { ifVersion: checkout.version })
    return false
  }
}
