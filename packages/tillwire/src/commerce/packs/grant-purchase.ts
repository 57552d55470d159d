import type Stripe from 'stripe'
import { microcredits, observed } from '../../core/index.ts'
import { holderOf } from '../../credits/index.ts'
import { replace, VersionConflict, type Write } from '../../store/index.ts'
import { PaymentMismatch } from '../errors.ts'
import type { Parts } from '../parts.ts'
import { checkouts } from '../schema.ts'
import { type Checkout, mismatchOf } from './checkout.ts'

/** Races for one checkout that are lost before it is given up; the caller tries again later. */
const MAX_RACES = 5

/**
 * Acts on what became of a checkout session at Stripe: grants what was paid, ends what has expired.
 * Sessions that are not ours are left alone. Safe to repeat, in any order, from any process.
 * @param mark a write that is done in the same commit as a grant
 * @returns whether this call granted
 * @throws PaymentMismatch when the payment is not what the checkout asked for
 */
export async function settleCheckout(parts: Parts, session: Stripe.Checkout.Session, mark?: Write): Promise<boolean> {
  const id = session.client_reference_id
  if (id === null) return false
  for (let race = 1; ; race++) {
    const checkout = await parts.store.collection(checkouts).get(id)
    if (!checkout) return false
    try {
      if (session.payment_status === 'paid') return await grantPaid(parts, checkout, session, mark)
      if (session.status === 'expired' && checkout.status === 'open')
        await parts.store.collection(checkouts).update(id, { status: 'expired' }, { ifVersion: checkout.version })
      return false
    } catch (error) {
      if (!VersionConflict.is(error) || race >= MAX_RACES) throw error
    }
  }
}

async function grantPaid(
  parts: Parts,
  checkout: Checkout,
  session: Stripe.Checkout.Session,
  mark?: Write,
): Promise<boolean> {
  const paymentIntent = idOf(session.payment_intent)
  const { amount_total: amount, currency } = session
  const mismatch = mismatchOf(checkout, { session: session.id, paymentIntent, amount, currency })
  if (mismatch !== null || paymentIntent === null)
    throw new PaymentMismatch(checkout.id, paymentIntent, mismatch ?? 'it has no payment intent')
  if (checkout.status === 'paid') return false
  const { replayed } = await grantPurchase(parts, checkout, paymentIntent, mark)
  return !replayed
}

/**
 * Grants a pack's credits for a payment: the one place where money becomes credits. Keyed by the
 * payment; the checkout is marked paid, and `mark` written, in the same commit.
 */
async function grantPurchase(
  { credits, clock, observer }: Parts,
  checkout: Checkout,
  payment: string,
  mark?: Write,
): Promise<{ readonly replayed: boolean }> {
  const paid = { ...checkout, status: 'paid', payment, paidAt: clock.now().toISOString() } as const
  return observed(observer, { record: 'grant', payment }, () =>
    credits.grant({
      holder: holderOf(checkout.userId),
      amount: microcredits(checkout.credits),
      key: `payment:${payment}`,
      source: { kind: 'purchase', payment },
      description: `Credit pack ${checkout.name}`,
      also: {
        writes: [replace(checkouts, checkout.id, paid, { ifVersion: checkout.version }), ...(mark ? [mark] : [])],
      },
    }),
  )
}

/** The id of what Stripe gives as an id or, expanded, as an object. */
export function idOf(reference: string | { readonly id: string } | null | undefined): string | null {
  return typeof reference === 'string' ? reference : (reference?.id ?? null)
}
