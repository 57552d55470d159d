import { ApiError, type ErrorDetails } from '../http/error.ts'
import type { Decline } from './cards.ts'

/** A card's refusal as the API answers it: 402 `card_error`. */
export function cardError(decline: Decline, details: ErrorDetails = {}): ApiError {
  return new ApiError(402, 'card_error', decline.message, {
    code: decline.code,
    decline_code: decline.declineCode,
    ...details,
  })
}

/** What stays on an intent after a failed attempt: the same as was answered. */
export interface AttemptError {
  type: 'card_error' | 'invalid_request_error'
  code: string
  decline_code?: string
  message: string
  charge?: string
  doc_url: string
}

export function attemptError(decline: Decline, charge?: string): AttemptError {
  return {
    type: 'card_error',
    code: decline.code,
    decline_code: decline.declineCode,
    message: decline.message,
    doc_url: `https://stripe.com/docs/error-codes/${decline.code.replaceAll('_', '-')}`,
    ...(charge === undefined ? {} : { charge }),
  }
}
