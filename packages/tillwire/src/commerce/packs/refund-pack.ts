import type Stripe from 'stripe'
import { z } from 'zod'
import { type Workflow, workflow } from '../../workflow/index.ts'
import { AlreadyRefunded, StripeRefused } from '../errors.ts'
import type { Parts } from '../parts.ts'
import { askStripe } from '../stripe/ask-stripe.ts'
import { findOurRefund, listRefunds } from './find-refund.ts'
import { syncPayment } from './sync-payment.ts'

const input = z.object({ payment: z.string(), amount: z.int().positive().optional() })
const output = z.object({ refundId: z.string() })

export type RefundPackWorkflow = Workflow<typeof input, typeof output>

/** The money goes back, then the credits. Money that went back stays there: from its first try on, a refund goes forward. */
export function refundPackWorkflow(parts: Parts): RefundPackWorkflow {
  const { stripe } = parts
  return workflow({
    name: 'commerce.refund-pack',
    version: 1,
    input,
    output,
    async run(ctx, { payment, amount }) {
      const earlier = await ctx.step('list-refunds', {
        do: async () => [...(await listRefunds(parts, payment))],
      })

      const request: Stripe.RefundCreateParams = { payment_intent: payment, ...(amount !== undefined && { amount }) }
      const refund = await ctx.step('refund', {
        irreversible: true,
        request,
        do: async ({ key }) => {
          try {
            const { id } = await askStripe(() => stripe.refunds.create(request, { idempotencyKey: key }), key)
            return { id }
          } catch (error) {
            const done = StripeRefused.is(error) && error.details.stripeCode === 'charge_already_refunded'
            throw done ? new AlreadyRefunded(payment, error) : error
          }
        },
        resolve: (context) => findOurRefund(parts, payment, new Set(earlier), context),
      })

      await ctx.step('reverse-credits', {
        do: async () => {
          await syncPayment(parts, { payment })
        },
      })
      return { refundId: refund.id }
    },
  })
}
