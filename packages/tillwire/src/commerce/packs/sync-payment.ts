import { IdempotencyConflict, invariant, microcredits, observed } from '../../core/index.ts'
import { holderOf } from '../../credits/index.ts'
import { replace, VersionConflict, type Write } from '../../store/index.ts'
import type { Parts } from '../parts.ts'
import { checkouts } from '../schema.ts'
import { askStripe } from '../stripe/ask-stripe.ts'
import type { Checkout } from './checkout.ts'
import { type CreditMove, decideSync, type SyncStep } from './decide-sync.ts'
import { readPayment } from './read-payment.ts'

/** A payment by what names it at Stripe: its intent, or the checkout session that it was made in. */
export type PaymentRef = ({ readonly payment: string } | { readonly session: string }) & {
  /** A dispute of it that was heard of, and that Stripe's list may not show yet. */
  readonly dispute?: string
}

/** Rounds of one sync: steps, and races for the checkout that were lost. In each race somebody has won. */
const MAX_ROUNDS = 20

/**
 * Brings a checkout and its credits to what Stripe says of its payment, refunds and disputes: grants, takes back,
 * gives back, or ends it. Payments that are not ours are left alone. Safe to repeat, in any order, from any process:
 * every step is written over the version of the checkout that was there before Stripe was asked.
 * @param mark a write that is done together with the last step
 * @returns whether this call granted
 * @throws PaymentMismatch when the payment is not what the checkout asked for
 */
export async function syncPayment(parts: Parts, ref: PaymentRef, mark?: Write): Promise<boolean> {
  const session = 'session' in ref ? ref.session : await sessionOf(parts, ref.payment)
  if (session === null) return false
  let granted = false
  for (let round = 1; ; round++) {
    try {
      const checkout = await checkoutOf(parts, session)
      if (!checkout) return granted
      const known = ref.dispute === undefined ? checkout.disputes : [...checkout.disputes, ref.dispute]
      const facts = await readPayment(parts, session, known)
      const step = decideSync(checkout, facts, parts.clock.now().toISOString())
      if (await take(parts, step, mark)) granted = true
      if (step.kind !== 'grant' || !step.more) return granted
    } catch (error) {
      if (!isLostRace(error) || round >= MAX_ROUNDS) throw error
    }
  }
}

/** The session that a payment was made in: as we know it, else as Stripe does. */
async function sessionOf({ store, stripe }: Parts, payment: string): Promise<string | null> {
  const checkout = await store.collection(checkouts).findOne({ payment })
  if (checkout?.stripeSessionId !== undefined) return checkout.stripeSessionId
  const { data } = await askStripe(() => stripe.checkout.sessions.list({ payment_intent: payment, limit: 1 }))
  return data[0]?.id ?? null
}

/** The checkout that a session was opened for, or that it names. */
async function checkoutOf({ store, stripe }: Parts, session: string): Promise<Checkout | null> {
  const opened = await store.collection(checkouts).findOne({ stripeSessionId: session })
  if (opened) return opened
  const { client_reference_id: id } = await askStripe(() => stripe.checkout.sessions.retrieve(session))
  return id === null ? null : store.collection(checkouts).get(id)
}

/** Does one step; returns whether it granted. */
async function take(parts: Parts, step: SyncStep, mark: Write | undefined): Promise<boolean> {
  if (step.kind === 'nothing') return false
  const { next } = step
  const write = replace(checkouts, next.id, next, { ifVersion: next.version })
  const last = mark ? [write, mark] : [write]
  switch (step.kind) {
    case 'record': {
      await parts.store.commit({ writes: last })
      if (next.status === 'failed')
        parts.logger.warn({ checkout: next.id, reason: next.failure }, 'a checkout ended without its payment')
      return false
    }
    case 'grant':
      return grant(parts, next, step.payment, step.more ? [write] : last)
    default:
      await move(parts, step.kind, step.move, last)
      return false
  }
}

/** The one place where money becomes credits. Keyed by the payment; the checkout is marked paid in the same commit. */
async function grant(
  { credits, store, observer }: Parts,
  checkout: Checkout,
  payment: string,
  writes: readonly Write[],
): Promise<boolean> {
  const { replayed } = await observed(observer, { record: 'grant', payment }, () =>
    credits.grant({
      holder: holderOf(checkout.userId),
      amount: microcredits(checkout.credits),
      key: `payment:${payment}`,
      source: { kind: 'purchase', payment },
      description: `Credit pack ${checkout.name}`,
      also: { writes },
    }),
  )
  // A key that was used brings back its first result and writes nothing.
  if (replayed) await store.commit({ writes })
  return !replayed
}

/** Credits go back, or come again. The key counts the moves of a payment, and the count is written with the move. */
async function move(
  { credits, observer }: Parts,
  kind: 'reverse' | 'restore',
  { payment, amount, key, reason }: CreditMove,
  writes: readonly Write[],
): Promise<void> {
  const purchase = await credits.findPurchase(payment)
  invariant(purchase, `a checkout is paid by ${payment}, which has no grant`)
  await observed(observer, { record: kind, payment }, () =>
    credits[kind]({ grant: purchase.grant, amount: microcredits(amount), key, reason, also: { writes } }),
  )
}

/** Another process has written the checkout, or used the key of the next move, since we looked. */
function isLostRace(error: unknown): boolean {
  if (VersionConflict.is(error)) return error.details.collection === checkouts.name
  return IdempotencyConflict.is(error)
}
