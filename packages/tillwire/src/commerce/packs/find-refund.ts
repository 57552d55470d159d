import type Stripe from 'stripe'
import { OutcomeUnknown, type StepContext } from '../../workflow/index.ts'
import type { Parts } from '../parts.ts'
import { findInList, lookTwice, readCandidates } from '../stripe/look-up.ts'

/** An event is made with its object, and listed a little later; their times may differ by this much. */
const EVENT_SKEW_S = 300

type Refunds = ReadonlySet<string>

/** The ids of all refunds of a payment. */
export async function listRefunds(
  { stripe }: Parts,
  payment: string,
  asked: Pick<StepContext, 'step' | 'key'>,
): Promise<Refunds> {
  const ids = new Set<string>()
  for await (const { id } of refundsOf(stripe, payment, asked)) ids.add(id)
  return ids
}

/**
 * The refund of a payment that this step made without learning of it. Refunds have no field for a reference of ours,
 * and one of the same sum may be another run's or an operator's; but Stripe keeps with the event of a refund the key
 * of the request that made it, and ours was written before the call and is nobody else's.
 * @param earlier refunds that were there before the step was tried
 * @returns null when none of the refunds since is ours
 * @throws OutcomeUnknown when Stripe no longer says of one who made it
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
    for await (const refund of refundsOf(parts.stripe, payment, context)) {
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

function refundsOf(
  stripe: Stripe,
  payment: string,
  asked: Pick<StepContext, 'step' | 'key'>,
): AsyncIterable<Stripe.Refund> {
  return readCandidates((page) => stripe.refunds.list({ payment_intent: payment, ...page }), asked)
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
