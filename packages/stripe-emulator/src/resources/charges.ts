import { equalTo, listPage, listParameters, requireObject } from '../http/listing.ts'
import { changeMetadata, email, filled, metadata, text } from '../http/parameters.ts'
import { route } from '../http/route.ts'
import type { Charge } from '../store/kinds.ts'

export const chargeRoutes = [
  route({
    method: 'GET',
    path: '/v1/charges',
    parameters: { ...listParameters, customer: filled(), payment_intent: filled(), transfer_group: filled() },
    handle: (context, { customer, payment_intent, transfer_group, ...page }) =>
      listPage(context, 'charge', '/v1/charges', page, {
        where: equalTo({
          '$.customer': customer,
          '$.payment_intent': payment_intent,
          '$.transfer_group': transfer_group,
        }),
      }),
  }),
  route({
    method: 'GET',
    path: '/v1/charges/:id',
    parameters: {},
    handle: (context, { id }) => requireObject(context, 'charge', id),
  }),
  route({
    method: 'POST',
    path: '/v1/charges/:id',
    parameters: { description: text(), metadata: metadata(), receipt_email: email() },
    handle(context, { id, metadata, ...fields }) {
      const charge = requireObject(context, 'charge', id)
      const next: Charge = { ...charge, ...fields, metadata: changeMetadata(charge.metadata, metadata) }
      context.emitUpdate('charge.updated', 'charge', charge, next)
      return next
    },
  }),
]
