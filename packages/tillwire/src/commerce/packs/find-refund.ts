import type Stripe from 'stripe'
import { OutcomeUnknown, type StepContext } from '../../workflow/index.ts'
import type { Parts } from '../parts.ts'
import { askStripe } from '../stripe/ask-stripe.ts'
import { findInList, lookTwice } from '../stripe/look-up.ts'
import { readRefunds } from './read-payment.ts'

/** An event is made with its object, and listed a little later; their times may differ by this much. */
const EVENT_SKEW_S = 300

type Refunds = ReadonlySet<string>

/** The ids of all refunds of a payment. */
export async function listRefunds(parts: Parts, payment: string): Promise<Refunds> {
  return new Set((await refundsOf(parts, payment)).map(({ id }) => id))
}

/**
 * The refund of a payment that this step made without learning of it. Refunds have no field for a reference of ours,
 * and one of the same sum may be another run's or an operator's; but Stripe keeps with the event of a refund the key
 * of the request that made it, and ours was written before the call and is nobody else's.
 * @param earlier refunds that were there before the step was tried
 * @returns null when none of the refunds since is ours
 * @throws OutcomeUnknown when Stripe does not say of one who made it; StripeUnavailable while its list lags behind
 */
export function findOurRefund(
  parts: Parts,
  payment: string,
  earlier: Refunds,
  context: StepContext,
): Promise<{ readonly id: string } | null> {
  let unclear: string | null = null
  const look = async () => {
    unclear = null
    for (const refund of await refundsOf(parts, payment)) {
      if (earlier.has(refund.id)) continue
      const maker = await keyThatMade(parts, refund, context)
      if (maker === undefined) unclear = refund.id
      else if (isOurs(maker, context)) return { id: refund.id }
    }
    return null
  }
  return lookTwice(look, context).then((found) => {
    if (found === null && unclear !== null)
      throw new OutcomeUnknown(context, `Stripe does not say whether refund ${unclear} is of this run`)
    return found
  })
}

/** None may be missing, or ours would be made twice: the list is held against the charge, which does not lag behind. */
async function refundsOf({ stripe }: Parts, payment: string): Promise<readonly Stripe.Refund[]> {
  const intent = await askStripe(() => stripe.paymentIntents.retrieve(payment, { expand: ['latest_charge'] }))
  const charge = intent.latest_charge
  return charge !== null && typeof charge === 'object' ? readRefunds(stripe, charge) : []
}

/** The key of the request that made a refund: null when it had none, as from the dashboard; undefined when no event tells. */
async function keyThatMade(
  { stripe }: Parts,
  { id, created }: Stripe.Refund,
  context: StepContext,
): Promise<string | null | undefined> {
  const around = { gte: created - EVENT_SKEW_S, lte: created + EVENT_SKEW_S }
  const event = await findInList(
    (page) => stripe.events.list({ type: 'refund.created', created: around, ...page }),
    (candidate) => candidate.type === 'refund.created' && candidate.data.object.id === id,
    context,
  )
  return event ? (event.request?.idempotency_key ?? null) : undefined
}

/** A step's keys differ in their count alone: an older one of it is ours too. */
function isOurs(key: string | null, { runId, step }: StepContext): boolean {
  return key?.startsWith(`${runId}:${step}:`) ?? false
}
