import type { Write } from '../../store/index.ts'
import { type PaymentRef, syncPayment } from '../packs/sync-payment.ts'
import type { Parts } from '../parts.ts'
import { askStripe } from '../stripe/ask-stripe.ts'
import { idOf } from '../stripe/id-of.ts'
import type { EventDocument } from './event.ts'

type Find = (parts: Parts, objectId: string) => Promise<PaymentRef | null>

const ofSession: Find = async (_, session) => ({ session })
const ofCharge: Find = async ({ stripe }, id) =>
  named((await askStripe(() => stripe.charges.retrieve(id))).payment_intent)
const ofRefund: Find = async ({ stripe }, id) =>
  named((await askStripe(() => stripe.refunds.retrieve(id))).payment_intent)
const ofDispute: Find = async ({ stripe }, id) =>
  named((await askStripe(() => stripe.disputes.retrieve(id))).payment_intent)

/** The events that something is done about, and how the payment is found that they are of. */
const FINDS: ReadonlyMap<string, Find> = new Map([
  ['checkout.session.completed', ofSession],
  ['checkout.session.expired', ofSession],
  ['checkout.session.async_payment_succeeded', ofSession],
  ['checkout.session.async_payment_failed', ofSession],
  ['charge.refunded', ofCharge],
  ['charge.refund.updated', ofRefund],
  ['refund.created', ofRefund],
  ['refund.updated', ofRefund],
  ['refund.failed', ofRefund],
  ['charge.dispute.created', ofDispute],
  ['charge.dispute.updated', ofDispute],
  ['charge.dispute.closed', ofDispute],
  ['charge.dispute.funds_withdrawn', ofDispute],
  ['charge.dispute.funds_reinstated', ofDispute],
])

/** The types of events that something is done about. Stripe lists events of at most 20 types at once. */
export const handledTypes: readonly string[] = [...FINDS.keys()]

/**
 * Does what is to be done about an event: all of them end in one use case, which reads from Stripe what has become
 * of the payment, because events come late, twice, and out of order. Safe to repeat.
 * @param mark says that the event is done; written together with its effect, where it has one
 */
export async function handleEvent(parts: Parts, event: EventDocument, mark: Write): Promise<void> {
  const find = FINDS.get(event.type)
  if (!find) return
  const { payment, objectId } = event
  const ref = payment === undefined || find === ofSession ? await find(parts, objectId) : { payment }
  if (ref) await syncPayment(parts, find === ofDispute ? { ...ref, dispute: objectId } : ref, mark)
}

/** A charge that was made without a payment intent is none of ours. */
function named(intent: Parameters<typeof idOf>[0]): PaymentRef | null {
  const payment = idOf(intent)
  return payment === null ? null : { payment }
}
