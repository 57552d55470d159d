import type Stripe from 'stripe'
import { describe, expect, it } from 'vitest'
import type { Checkout } from './checkout.ts'
import { decideSync } from './decide-sync.ts'
import { paymentFacts } from './payment-facts.ts'

const NOW = '2026-01-01T00:00:00.000Z'
const checkout = {
  id: 'checkout_1',
  version: 1,
  credits: 5_000,
  price: { amount: 500, currency: 'eur' },
  status: 'open',
  stripeSessionId: 'cs_1',
  paidAt: null,
  refunded: 0,
  disputed: 0,
  disputes: [],
  reversed: 0,
  moves: 0,
} as unknown as Checkout

/** A session that a delayed method pays, as Stripe describes it while its payment is in this state. */
function delayed(status: string, paymentStatus = 'unpaid', message?: string) {
  const payment_intent = { id: 'pi_1', status, last_payment_error: message === undefined ? null : { message } }
  const session = { id: 'cs_1', status: 'complete', payment_status: paymentStatus, payment_intent }
  const amounts = { currency: 'eur', amount_total: 500, amount_subtotal: 500, total_details: { amount_discount: 0 } }
  return paymentFacts({ ...session, ...amounts } as unknown as Stripe.Checkout.Session, [], [])
}

describe('a payment that takes days', () => {
  it('waits, in sight, and is granted when it comes', () => {
    const waiting = decideSync(checkout, delayed('processing'), NOW)
    expect(waiting).toMatchObject({ kind: 'record', next: { status: 'processing' } })
    const next = 'next' in waiting ? waiting.next : checkout
    expect(decideSync(next, delayed('processing'), NOW)).toEqual({ kind: 'nothing' })
    expect(decideSync(next, delayed('succeeded', 'paid'), NOW)).toMatchObject({ kind: 'grant', payment: 'pi_1' })
  })

  it.each([
    ['requires_payment_method', 'The bank account has no money.\0', 'The bank account has no money.'],
    ['canceled', undefined, 'the payment failed'],
  ])(
    'ends its checkout when it fails (%s), with the reason, and is granted should it come after all',
    (status, message, failure) => {
      const failed = decideSync({ ...checkout, status: 'processing' }, delayed(status, 'unpaid', message), NOW)
      expect(failed).toMatchObject({ kind: 'record', next: { status: 'failed', failure } })
      const next = 'next' in failed ? failed.next : checkout
      const granted = decideSync(next, delayed('succeeded', 'paid'), NOW)
      expect(granted).toMatchObject({ kind: 'grant', next: { status: 'paid' } })
      expect('next' in granted && granted.next.failure).toBeUndefined()
    },
  )

  it('that fails ends no other checkout than the one its session was opened for', () => {
    const other = { ...checkout, stripeSessionId: 'cs_2' }
    expect(decideSync(other, delayed('canceled'), NOW)).toEqual({ kind: 'nothing' })
  })
})
