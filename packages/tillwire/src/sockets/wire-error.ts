import { currentRequest, isTillwireError, shorten, type TillwireError } from '../core/index.ts'
import { ERROR_CODES, type ErrorCode, type WireError } from '../protocol/index.ts'

/** The longest message on the wire, in characters. */
const MAX_MESSAGE = 500

/** What an error of each inner code is on the wire; a code that is in neither list is `internal`. */
export const WIRE_CODES: Readonly<Record<string, ErrorCode>> = Object.fromEntries(
  Object.entries({
    // Passes by itself.
    unavailable: [
      'store_unavailable',
      'transaction_conflict',
      'ledger_busy',
      'credits_closed',
      'checkout_closed',
      'customer_busy',
      'customer_gone',
      'stripe_unavailable',
      'model_failed',
      'model_misconfigured',
      'lease_lost',
      'nothing_happened',
      'workflow_pending',
      'workflows_closed',
    ],
    not_found: ['unknown_pack', 'unknown_run', 'unknown_user', 'unknown_subject'],
    idempotency_conflict: [
      'customer_exists',
      'key_spent',
      'already_refunded',
      'charge_taken_back',
      'payment_already_funded',
    ],
    rate_limited: ['ledger_limit_reached', 'model_limited'],
    // The caller gave what nothing can be made of.
    invalid_payload: [
      'balance_too_large',
      'cursor_expired',
      'hold_ended',
      'hold_exceeded',
      'invalid_amount',
      'invalid_charge',
      'invalid_command',
      'invalid_customer',
      'invalid_duration',
      'invalid_event_status',
      'invalid_query',
      'invalid_refund',
      'invalid_run_key',
      'invalid_run_status',
      'invalid_signature',
      'invalid_time',
      'invalid_workflow_input',
      'no_card',
      'question_refused',
      'restore_exceeds_reversed',
      'reversal_exceeds_grant',
      'settle_below_spent',
      'unknown_currency',
      'wrong_livemode',
    ],
    // A fault of ours, or the operator's to put right.
    internal: [
      'cannot_undo',
      'damaged_document',
      'decryption_failed',
      'entry_missing',
      'invalid_collection',
      'invalid_config',
      'invalid_document',
      'invalid_encryption_keys',
      'invalid_feature',
      'invalid_name',
      'invalid_provider',
      'invalid_secrets_file',
      'invalid_settings',
      'invalid_store_options',
      'invalid_store_url',
      'newer_schema',
      'not_allowed',
      'not_recordable',
      'outcome_unknown',
      'payment_mismatch',
      'port_in_use',
      'program_not_serving',
      'run_over',
      'run_too_large',
      'stripe_refused',
      'too_many',
      'undo_refused',
      'unique_violation',
      'unknown_collection',
      'upgrade_failed',
      'upgrade_needed',
      'version_conflict',
      'web_build_failed',
      'workflow_changed',
      'workflow_parked',
      'write_outside_transaction',
      'wrong_use',
    ],
  } satisfies Partial<Record<ErrorCode, readonly string[]>>).flatMap(([wire, codes]) =>
    codes.map((code) => [code, wire as ErrorCode]),
  ),
)

/** What is said instead of the error's own words: of inner errors, and where those could name what is inside. */
const SENTENCES: Partial<Record<ErrorCode, string>> = {
  invalid_payload: 'The request is not valid.',
  not_found: 'There is no such thing, or it is not yours.',
  idempotency_conflict: 'This was asked for before, with other input: use a new key for a new request.',
  rate_limited: 'There is too much of this already: try again in a moment.',
  unavailable: 'The server cannot answer now: try again in a moment.',
  internal: 'Something went wrong on the server. It has been noted.',
}
/** Codes whose own words are never told: more than one folder uses them, for things that callers do not know. */
const OWN_WORDS_STAY: readonly ErrorCode[] = ['internal', 'unavailable', 'not_found', 'idempotency_conflict']
const RETRYABLE: readonly ErrorCode[] = ['unavailable', 'rate_limited']

/** The HTTP status of each code that is not simply the caller's mistake. */
const STATUSES: Partial<Record<ErrorCode, number>> = {
  unauthenticated: 401,
  session_expired: 401,
  out_of_credits: 402,
  debt_outstanding: 402,
  card_declined: 402,
  authentication_required: 402,
  origin_not_allowed: 403,
  not_found: 404,
  idempotency_conflict: 409,
  prompt_too_long: 413,
  rate_limited: 429,
  too_many_answers: 429,
  too_many_connections: 429,
  internal: 500,
  unavailable: 503,
}

/** The HTTP status that goes with a code on the wire. */
export function httpStatusOf(code: string): number {
  return (isWireCode(code) ? STATUSES[code] : undefined) ?? 400
}

/** The facts that are told with each code; all others stay inside. */
const DETAILS: Partial<Record<ErrorCode, readonly string[]>> = {
  invalid_payload: ['issues', 'path', 'reason'],
  prompt_too_long: ['characters', 'limit'],
  unknown_model: ['models'],
  out_of_credits: ['needed', 'available'],
  debt_outstanding: ['debt'],
  too_many_answers: ['limit'],
  session_expired: ['expiredAt'],
  card_declined: ['declineCode'],
}

/**
 * What a caller is told about an error: one of the codes of the protocol, or of `ownCodes`, those that the
 * contract of what was asked for adds. Errors of these codes keep their words; of an inner one only what it
 * comes to for the caller is told, and of what was not thrown on purpose nothing.
 */
export function toWireError(error: unknown, ownCodes: readonly string[] = []): WireError {
  return withRequestId(described(error, ownCodes))
}

/** Whether an error is a fault of ours, which belongs into the log with all that is known. */
export function isFault(error: unknown, ownCodes: readonly string[] = []): boolean {
  return described(error, ownCodes).code === 'internal'
}

/** Whether the caller is told something else than what happened, so that only the log can say. */
export function isInner(error: unknown, ownCodes: readonly string[] = []): boolean {
  const { code } = described(error, ownCodes)
  return code === 'internal' || !isTillwireError(error) || error.code !== code
}

function described(error: unknown, ownCodes: readonly string[]): WireError {
  if (!isTillwireError(error)) return inOurWords('internal')
  const { code } = error
  if (ownCodes.includes(code)) return inItsWords(error, Object.keys(error.details))
  if (!isWireCode(code))
    return inOurWords(Object.hasOwn(WIRE_CODES, code) ? (WIRE_CODES[code] ?? 'internal') : 'internal')
  return OWN_WORDS_STAY.includes(code) ? inOurWords(code) : inItsWords(error, DETAILS[code] ?? [])
}

function inOurWords(code: ErrorCode): WireError {
  return { code, message: SENTENCES[code] ?? SENTENCES.internal ?? '', retryable: RETRYABLE.includes(code) }
}

function inItsWords({ code, message, retryable, details }: TillwireError, told: readonly string[]): WireError {
  const facts = Object.fromEntries(Object.entries(details).filter(([name]) => told.includes(name)))
  return {
    code,
    message: shorten(message, MAX_MESSAGE),
    retryable,
    ...(Object.keys(facts).length > 0 ? { details: facts } : {}),
  }
}

function withRequestId(error: WireError): WireError {
  const requestId = currentRequest()
  return requestId === undefined ? error : { ...error, requestId }
}

function isWireCode(code: string): code is ErrorCode {
  return ERROR_CODES.some((known) => known === code)
}
