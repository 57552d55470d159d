import { z } from 'zod'

/** Every code an error can have on the wire, beside those that a feature's own contract adds. */
export const ERROR_CODES = [
  'invalid_payload',
  'unknown_model',
  'prompt_too_long',
  'out_of_credits',
  'debt_outstanding',
  'idempotency_conflict',
  'not_found',
  'rate_limited',
  'too_many_answers',
  'card_declined',
  'authentication_required',
  'too_many_connections',
  'unauthenticated',
  'session_expired',
  'origin_not_allowed',
  'unavailable',
  'internal',
] as const
export type ErrorCode = (typeof ERROR_CODES)[number]

/** An error on the wire. The message says what to do. */
export const wireError = z.object({
  code: z.string(),
  message: z.string(),
  retryable: z.boolean(),
  details: z.record(z.string(), z.unknown()).optional(),
  /** Of the request that it answers: what to tell whoever looks into it. */
  requestId: z.string().optional(),
})
export type WireError = z.infer<typeof wireError>

/** What every acknowledged event is answered with. */
export type Ack<T> = { readonly ok: true; readonly data: T } | { readonly ok: false; readonly error: WireError }

/** Millionths of a credit. */
export const microcredits = z.int()

export const balance = z.object({ available: microcredits, held: microcredits, debt: microcredits, version: z.int() })
export type WireBalance = z.infer<typeof balance>

/** A payload that may be missing. */
export const empty = z
  .object({})
  .nullish()
  .transform(() => ({}))
