import { isTillwireError, type TillwireError } from '../core/index.ts'
import type { WireError } from '../protocol/index.ts'
import {
  DecryptionFailed,
  InvalidCollection,
  InvalidDocument,
  InvalidQuery,
  StoreUnavailable,
  TransactionConflict,
  UniqueViolation,
  UnknownCollection,
  VersionConflict,
  WriteOutsideTransaction,
} from '../store/index.ts'
import { Unavailable } from './errors.ts'

/** Store errors that pass by themselves. */
const PASSING = new Set<string>([StoreUnavailable.code, TransactionConflict.code])
/** Store errors that a handler should have dealt with: they name collections and fields. */
const INTERNAL = new Set<string>(
  [
    DecryptionFailed,
    InvalidCollection,
    InvalidDocument,
    InvalidQuery,
    UniqueViolation,
    UnknownCollection,
    VersionConflict,
    WriteOutsideTransaction,
  ].map((error) => error.code),
)

const internal: WireError = {
  code: 'internal',
  message: 'Something went wrong on the server. It has been noted.',
  retryable: false,
}

/**
 * What a caller is told about an error. Errors thrown on purpose keep code, message and details;
 * of any other nothing is told.
 */
export function toWireError(error: unknown): WireError {
  if (!isTillwireError(error) || error.code === internal.code || INTERNAL.has(error.code)) return internal
  return describe(PASSING.has(error.code) ? new Unavailable() : error)
}

function describe(error: TillwireError): WireError {
  const { code, message, retryable, details } = error
  // The store's own "not found" names a collection; what belongs to someone else is not found either.
  if (code === 'not_found') return { code, message: 'There is no such thing, or it is not yours.', retryable }
  return Object.keys(details).length > 0 ? { code, message, retryable, details } : { code, message, retryable }
}

/** Whether an error is a fault of ours, which belongs into the log with all that is known. */
export function isFault(error: unknown): boolean {
  return toWireError(error).code === internal.code
}
