import { equalTo, listPage, listParameters, requireObject } from '../http/listing.ts'
import { boolean, changeMetadata, filled, hash, metadata, text } from '../http/parameters.ts'
import { route } from '../http/route.ts'
import { closeDispute, submitEvidence } from '../payments/disputes.ts'
import type { Dispute } from '../store/kinds.ts'

const MAX_EVIDENCE = 20_000
const words = () => text({ max: MAX_EVIDENCE })

/** Evidence in words; files are not kept here. */
const evidence = hash({
  access_activity_log: words(),
  billing_address: words(),
  cancellation_policy_disclosure: words(),
  cancellation_rebuttal: words(),
  customer_email_address: words(),
  customer_name: words(),
  customer_purchase_ip: words(),
  duplicate_charge_explanation: words(),
  duplicate_charge_id: words(),
  product_description: words(),
  refund_policy_disclosure: words(),
  refund_refusal_explanation: words(),
  service_date: words(),
  shipping_address: words(),
  shipping_carrier: words(),
  shipping_date: words(),
  shipping_tracking_number: words(),
  uncategorized_text: words(),
})

export const disputeRoutes = [
  route({
    method: 'GET',
    path: '/v1/disputes',
    parameters: { ...listParameters, charge: filled(), payment_intent: filled() },
    handle: (context, { charge, payment_intent, ...page }) =>
      listPage(context, 'dispute', '/v1/disputes', page, {
        where: equalTo({ '$.charge': charge, '$.payment_intent': payment_intent }),
      }),
  }),
  route({
    method: 'GET',
    path: '/v1/disputes/:id',
    parameters: {},
    handle: (context, { id }) => requireObject(context, 'dispute', id),
  }),
  route({
    method: 'POST',
    path: '/v1/disputes/:id',
    parameters: { evidence, metadata: metadata(), submit: boolean() },
    handle(context, { id, evidence, metadata, submit }) {
      const dispute = requireObject(context, 'dispute', id)
      const next: Dispute = {
        ...dispute,
        evidence: { ...dispute.evidence, ...evidence },
        metadata: changeMetadata(dispute.metadata, metadata),
      }
      if (evidence !== undefined && submit !== false) return submitEvidence(context, dispute, next)
      context.emitUpdate('charge.dispute.updated', 'dispute', dispute, next)
      return next
    },
  }),
  route({
    method: 'POST',
    path: '/v1/disputes/:id/close',
    parameters: {},
    handle: (context, { id }) => closeDispute(context, requireObject(context, 'dispute', id)),
  }),
  route({
    method: 'GET',
    path: '/v1/radar/early_fraud_warnings',
    parameters: { ...listParameters, charge: filled(), payment_intent: filled() },
    handle: (context, { charge, payment_intent, ...page }) =>
      listPage(context, 'radar.early_fraud_warning', '/v1/radar/early_fraud_warnings', page, {
        where: equalTo({ '$.charge': charge, '$.payment_intent': payment_intent }),
      }),
  }),
  route({
    method: 'GET',
    path: '/v1/radar/early_fraud_warnings/:id',
    parameters: {},
    handle: (context, { id }) => requireObject(context, 'radar.early_fraud_warning', id),
  }),
]
