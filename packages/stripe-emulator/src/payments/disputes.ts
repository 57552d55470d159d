import type { Context } from '../context.ts'
import { invalidRequest } from '../http/error.ts'
import { newId } from '../ids.ts'
import type { Charge, Dispute } from '../store/kinds.ts'

/** How long a merchant has to answer. */
const RESPONSE_S = 9 * 86_400

export interface NewDispute {
  reason: string
  /** A question of the bank, before it takes money. */
  inquiry?: boolean
  /** All of the charge when none is given. */
  amount?: number
}

/** A charge is questioned by its cardholder. A dispute takes the money at once; an inquiry does not. */
export function openDispute(context: Context, charge: Charge, { reason, inquiry, amount }: NewDispute): Dispute {
  const created = context.now()
  const dispute: Dispute = {
    id: newId('du'),
    object: 'dispute',
    amount: amount ?? charge.amount,
    balance_transactions: [],
    charge: charge.id,
    created,
    currency: charge.currency,
    enhanced_eligibility_types: [],
    evidence: { ...NO_EVIDENCE },
    evidence_details: {
      due_by: created + RESPONSE_S,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: 'not_submitted',
    },
    intended_submission_method: 'manual',
    is_charge_refundable: inquiry === true,
    livemode: false,
    metadata: {},
    network_reason_code: null,
    payment_intent: charge.payment_intent,
    reason,
    status: inquiry === true ? 'warning_needs_response' : 'needs_response',
  }
  context.objects.insert('dispute', dispute, {}, created)
  context.objects.replace('charge', { ...charge, disputed: true })
  context.emit('charge.dispute.created', dispute)
  if (inquiry !== true) context.emit('charge.dispute.funds_withdrawn', dispute)
  return dispute
}

/** Whether the money of a charge is with the cardholder's bank, so that it cannot be given back as well. */
export function isChargedBack(context: Context, charge: Charge): boolean {
  const where = [{ path: '$.charge', equals: charge.id } as const]
  return context.objects
    .list('dispute', { where, limit: MAX_DISPUTES })
    .some(({ status }) => !isInquiry(status) && status !== 'won')
}

const MAX_DISPUTES = 100

/** What Stripe's test mode makes of evidence, by its words. */
const OUTCOMES: ReadonlyMap<string | null, 'win' | 'lose' | 'escalate'> = new Map([
  ['winning_evidence', 'win'],
  ['losing_evidence', 'lose'],
  ['escalate_inquiry_evidence', 'escalate'],
] as const)

/** What the bank makes of evidence that was submitted to it: with one of the words for tests, an end at once. */
export function submitEvidence(context: Context, before: Dispute, given: Dispute): Dispute {
  checkOpen(before)
  const inquiry = isInquiry(before.status)
  const { evidence_details: details } = given
  const submitted: Dispute = {
    ...given,
    evidence_details: {
      ...details,
      has_evidence: true,
      submission_count: details.submission_count + 1,
      submission_method: 'manual',
    },
    status: inquiry ? 'warning_under_review' : 'under_review',
  }
  context.emitUpdate('charge.dispute.updated', 'dispute', before, submitted)
  const outcome = OUTCOMES.get(submitted.evidence.uncategorized_text)
  if (outcome === undefined) return submitted
  if (outcome === 'escalate') return inquiry ? escalate(context, submitted) : submitted
  return end(context, submitted, outcome)
}

/** Accepts a dispute: it is lost. */
export function closeDispute(context: Context, dispute: Dispute): Dispute {
  checkOpen(dispute)
  return end(context, dispute, 'lose')
}

function end(context: Context, dispute: Dispute, outcome: 'win' | 'lose'): Dispute {
  const inquiry = isInquiry(dispute.status)
  const status = inquiry ? 'warning_closed' : outcome === 'win' ? 'won' : 'lost'
  const next: Dispute = { ...dispute, status, is_charge_refundable: status !== 'lost' }
  context.emitUpdate('charge.dispute.closed', 'dispute', dispute, next)
  if (status === 'won') context.emit('charge.dispute.funds_reinstated', next)
  return next
}

/** The bank goes on from a question to taking the money. */
function escalate(context: Context, dispute: Dispute): Dispute {
  const next: Dispute = { ...dispute, status: 'needs_response', is_charge_refundable: false }
  context.emitUpdate('charge.dispute.updated', 'dispute', dispute, next)
  context.emit('charge.dispute.funds_withdrawn', next)
  return next
}

function isInquiry(status: string): boolean {
  return status.startsWith('warning_')
}

const ENDED = ['won', 'lost', 'warning_closed', 'prevented']

function checkOpen({ status }: Dispute): void {
  if (ENDED.includes(status)) throw invalidRequest('This dispute is already closed.')
}

/** Tells of a payment that its card's bank takes for fraud, and that nobody has disputed yet. */
export function warnOfFraud(context: Context, charge: Charge): void {
  const created = context.now()
  const warning = {
    id: newId('issfr'),
    object: 'radar.early_fraud_warning' as const,
    actionable: true,
    charge: charge.id,
    created,
    fraud_type: 'made_with_stolen_card',
    livemode: false,
    payment_intent: charge.payment_intent ?? '',
  }
  context.objects.insert('radar.early_fraud_warning', warning, {}, created)
  context.emit('radar.early_fraud_warning.created', warning)
}

const NO_EVIDENCE: Dispute['evidence'] = {
  access_activity_log: null,
  billing_address: null,
  cancellation_policy: null,
  cancellation_policy_disclosure: null,
  cancellation_rebuttal: null,
  customer_communication: null,
  customer_email_address: null,
  customer_name: null,
  customer_purchase_ip: null,
  customer_signature: null,
  duplicate_charge_documentation: null,
  duplicate_charge_explanation: null,
  duplicate_charge_id: null,
  enhanced_evidence: {},
  product_description: null,
  receipt: null,
  refund_policy: null,
  refund_policy_disclosure: null,
  refund_refusal_explanation: null,
  service_date: null,
  service_documentation: null,
  shipping_address: null,
  shipping_carrier: null,
  shipping_date: null,
  shipping_documentation: null,
  shipping_tracking_number: null,
  uncategorized_file: null,
  uncategorized_text: null,
}
