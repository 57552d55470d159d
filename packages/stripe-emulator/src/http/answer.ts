import { ApiError } from './error.ts'

/** What is sent back; or nothing, when the connection is to end without an answer. */
export type Answer = Reply | HangUp

export interface HangUp {
  hangUp: 'reset' | 'close'
}

export interface Reply {
  status: number
  headers: Record<string, string>
  body: string
}

export function json(status: number, value: unknown): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value, null, 2) }
}

export function redirect(location: string): Reply {
  return { status: 303, headers: { location }, body: '' }
}

/** JSON text and its status: what is kept under an idempotency key. */
export interface Outcome {
  status: number
  body: string
}

/** The answer to an error; what is not ours to explain is Stripe's own 500. */
export function outcomeOf(error: unknown): Outcome {
  if (error instanceof ApiError) return { status: error.status, body: JSON.stringify(error.envelope(), null, 2) }
  const sentence = 'An unexpected error occurred in the local Stripe emulator: see its output.'
  console.error('stripe-emulator:', error)
  return outcomeOf(new ApiError(500, 'api_error', sentence))
}
