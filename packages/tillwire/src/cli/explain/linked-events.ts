import { webhookEvents } from '../../commerce/index.ts'
import type { Store } from '../../store/index.ts'

/** The payment of an object at Stripe, as an event told that names both. */
export async function paymentOfObject(store: Store, objectId: string): Promise<string | undefined> {
  const where = { objectId, payment: { exists: true } }
  const { items } = await store.collection(webhookEvents).find({ where, limit: 1 })
  return items[0]?.payment
}

/** The checkout session of a payment, the same way: a checkout learns of its payment only when it is granted. */
export async function sessionOfPayment(store: Store, payment: string): Promise<string | undefined> {
  const where = { payment, objectId: { startsWith: 'cs_' } }
  const { items } = await store.collection(webhookEvents).find({ where, limit: 1 })
  return items[0]?.objectId
}
