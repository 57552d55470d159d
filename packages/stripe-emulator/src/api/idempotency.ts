import { createHash } from 'node:crypto'
import type { Context } from '../context.ts'
import type { Outcome } from '../http/answer.ts'
import { ApiError } from '../http/error.ts'
import { canonicalForm, type FormHash } from '../http/form.ts'

/** Keys are forgotten after a day of the emulator's clock, as at Stripe. */
export const KEY_LIFE_MS = 86_400_000
const MAX_KEY_LENGTH = 255
/** Stands in a recorded answer for the webhook secret that the emulator was given, which is not kept. */
const GIVEN_SECRET = '{the given webhook secret}'

export interface KeyedRequest {
  id: string
  key: string
  path: string
  form: FormHash
}

/** An earlier outcome under the same key, and the request that made it. */
export interface Recorded extends Outcome {
  request: string
}

export function checkKey(key: string): void {
  if (key.length <= MAX_KEY_LENGTH) return
  throw new ApiError(400, 'idempotency_error', `Idempotency keys may have at most ${MAX_KEY_LENGTH} characters.`)
}

export function keyInUse(key: string): ApiError {
  return new ApiError(
    409,
    'idempotency_error',
    `There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): ${key}. Please try again later.`,
    { code: 'idempotency_key_in_use' },
  )
}

/**
 * The outcome recorded under this key, if there is one that still counts.
 *
 * @throws ApiError 400 `idempotency_error` when the key was used for another path or other parameters
 */
export function findRecorded(context: Context, { key, path, form }: KeyedRequest): Recorded | undefined {
  const row = context.database.get('SELECT * FROM idempotency WHERE key = ?', key)
  if (row === undefined || Number(row.created) + KEY_LIFE_MS <= context.clock.now()) return undefined
  if (row.path !== path) {
    throw new ApiError(
      400,
      'idempotency_error',
      `Keys for idempotent requests can only be used for the same endpoint they were first used for ('${path}' vs '${row.path}'). Try using a key other than '${key}' if you meant to execute a different request.`,
    )
  }
  if (row.fingerprint !== fingerprint(form)) {
    throw new ApiError(
      400,
      'idempotency_error',
      `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
    )
  }
  const body = String(row.body).replaceAll(GIVEN_SECRET, () => context.webhookSecret ?? '')
  return { status: Number(row.status), body, request: String(row.request) }
}

/** Records an outcome, in the transaction of what the request wrote. */
export function record(context: Context, request: KeyedRequest, outcome: Outcome): void {
  context.database.run(
    'INSERT OR REPLACE INTO idempotency (key, path, fingerprint, status, body, request, created) VALUES (?, ?, ?, ?, ?, ?, ?)',
    request.key,
    request.path,
    fingerprint(request.form),
    outcome.status,
    context.webhookSecret === undefined ? outcome.body : outcome.body.replaceAll(context.webhookSecret, GIVEN_SECRET),
    request.id,
    context.clock.now(),
  )
}

function fingerprint(form: FormHash): string {
  return createHash('sha256').update(canonicalForm(form)).digest('hex')
}
