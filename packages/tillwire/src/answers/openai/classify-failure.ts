import { ModelFailed, ModelLimited, ModelMisconfigured, QuestionRefused } from '../errors.ts'

/** What a provider said when it failed: an error envelope, or an event of a stream. */
export interface ToldError {
  /** Of the HTTP answer; null within a stream. */
  readonly status: number | null
  readonly code: string | null
  readonly type: string | null
  readonly param: string | null
  /** In milliseconds. */
  readonly retryAfterMs: number | null
}
type Failure = ModelFailed | ModelLimited | ModelMisconfigured | QuestionRefused

const TOO_LONG = ['context_length_exceeded', 'string_above_max_length', 'max_tokens_exceeded']
const RULES = [
  'invalid_prompt',
  'content_filter',
  'content_policy_violation',
  'bio_policy',
  'misalignment_policy_violation',
  'image_content_policy_violation',
]
const LIMITED = ['rate_limit_exceeded', 'slow_down', 'tokens', 'requests']
/** The account, the key or the model. */
const OPERATORS = [
  'insufficient_quota',
  'billing_hard_limit_reached',
  'billing_not_active',
  'invalid_api_key',
  'model_not_found',
  'data_residency_mismatch',
  'unsupported_parameter',
  'unknown_parameter',
  'unsupported_value',
]
/** What of a request is the user's: all else of it is written by us. */
const USERS_PARAM = /^(input|messages)\b/
const BAD_REQUEST = [400, 413, 422]
/** A conflict or a timeout at the provider, which passes. */
const PASSING = [408, 409, 425]

/** The days' names, which `Date.parse` would do without: it takes a number for a year. */
const HTTP_DATE = /^[A-Z][a-z]{2}/

/** Whose failure it is: the question's, the operator's, a limit's, or the provider's own. */
export function classifyFailure(error: ToldError): Failure {
  const { status, code, type, param, retryAfterMs } = error
  const says = (codes: readonly string[]) => codes.includes(code ?? '') || codes.includes(type ?? '')
  if (says(TOO_LONG) || status === 413) return new QuestionRefused({ why: 'length', code })
  if (says(RULES)) return new QuestionRefused({ why: 'rules', code })
  if (says(OPERATORS)) return new ModelMisconfigured({ status, code, param })
  if (status === 429 || says(LIMITED)) return new ModelLimited({ retryAfterMs })
  if (status === null || status >= 500 || PASSING.includes(status))
    return new ModelFailed('its API answered with an error', undefined, { ...(status !== null && { status }) })
  if (BAD_REQUEST.includes(status) && (param === null || USERS_PARAM.test(param)))
    return new QuestionRefused({ why: 'other', code })
  return new ModelMisconfigured({ status, code, param })
}

/** When a provider wants to be asked again, in milliseconds from now; null when its headers do not say. */
export function retryAfter(headers: Headers, now: Date): number | null {
  const exact = Number(headers.get('retry-after-ms') ?? Number.NaN)
  if (exact >= 0) return exact
  const told = headers.get('retry-after')?.trim()
  if (!told) return null
  const seconds = Number(told)
  if (seconds >= 0) return seconds * 1_000
  const at = Date.parse(told)
  return Number.isNaN(at) || !HTTP_DATE.test(told) ? null : Math.max(0, at - now.getTime())
}
