import type { Context } from '../context.ts'
import { invalidRequest } from '../http/error.ts'
import { equalTo, listPage, listParameters, type Page, requireObject } from '../http/listing.ts'
import { changeMetadata, filled, integer, metadata, oneOf } from '../http/parameters.ts'
import { route } from '../http/route.ts'
import { createRefund, failRefund } from '../payments/refunds.ts'
import type { Refund } from '../store/kinds.ts'

/** The refunds of a charge, for `expand[]=refunds`. */
export function listRefundsOf(context: Context, charge: string): Page<Refund> {
  return listPage(context, 'refund', `/v1/charges/${charge}/refunds`, {}, { where: equalTo({ '$.charge': charge }) })
}

export const refundRoutes = [
  route({
    method: 'POST',
    path: '/v1/refunds',
    parameters: {
      amount: integer({ min: 1 }),
      charge: filled(),
      metadata: metadata(),
      payment_intent: filled(),
      reason: oneOf('duplicate', 'fraudulent', 'requested_by_customer'),
    },
    handle: createRefund,
  }),
  route({
    method: 'GET',
    path: '/v1/refunds',
    parameters: { ...listParameters, charge: filled(), payment_intent: filled() },
    handle: (context, { charge, payment_intent, ...page }) =>
      listPage(context, 'refund', '/v1/refunds', page, {
        where: equalTo({ '$.charge': charge, '$.payment_intent': payment_intent }),
      }),
  }),
  route({
    method: 'GET',
    path: '/v1/refunds/:id',
    parameters: {},
    handle: (context, { id }) => requireObject(context, 'refund', id),
  }),
  route({
    method: 'POST',
    path: '/v1/refunds/:id',
    parameters: { metadata: metadata() },
    handle(context, { id, metadata }) {
      const refund = requireObject(context, 'refund', id)
      const next: Refund = { ...refund, metadata: changeMetadata(refund.metadata ?? {}, metadata) }
      context.emitUpdate('refund.updated', 'refund', refund, next)
      return next
    },
  }),
  route({
    method: 'POST',
    path: '/v1/refunds/:id/cancel',
    parameters: {},
    handle(context, { id }) {
      const refund = requireObject(context, 'refund', id)
      if (refund.status === 'requires_action' || refund.status === 'pending')
        return failRefund(context, refund, 'canceled', null)
      throw invalidRequest(`A refund with a status of ${refund.status} cannot be canceled.`)
    },
  }),
]
