import { shorten } from './text.ts'

const BRAND = Symbol.for('tillwire.error')
/** How long an error's message is at most, and each text in its details: they may quote what a stranger sent. */
export const MAX_MESSAGE = 2_000
export const MAX_DETAIL = 1_000

type Details = Readonly<Record<string, unknown>>

/** What every error of Tillwire carries beside its message. */
export interface ErrorOptions {
  /** Facts a program may act on. Never a secret. Long texts are cut. */
  readonly details?: Details
  readonly cause?: unknown
  /** True when the same call may succeed later with nothing changed by the caller. */
  readonly retryable?: boolean
}

/**
 * The base of every error that Tillwire throws on purpose: a literal `code`, a message that says
 * what to do next, `details`, `cause`, and whether it is `retryable`.
 *
 * Each error is a class of its own with a static `code` and the inherited `is`. `is` compares
 * brands and codes, not prototypes, so it also holds when a bundler loads a module twice.
 * @example if (OutOfCredits.is(error)) showBuyButton()
 */
export abstract class TillwireError extends Error {
  static readonly code: string = 'internal'
  readonly code: string
  readonly details: Details
  readonly retryable: boolean

  constructor(code: string, message: string, options: ErrorOptions = {}) {
    super(shorten(message, MAX_MESSAGE), options.cause === undefined ? undefined : { cause: options.cause })
    this.name = new.target.name
    this.code = code
    this.details = boundedDetails(options.details ?? {})
    this.retryable = options.retryable ?? false
    Object.defineProperty(this, BRAND, { value: true })
  }

  static is<T extends TillwireError>(
    this: { readonly code: string } & (abstract new (...args: never[]) => T),
    value: unknown,
  ): value is T {
    return isTillwireError(value) && value.code === this.code
  }
}

function boundedDetails(details: Details): Details {
  if (Object.values(details).every((value) => bounded(value) === value)) return details
  return Object.fromEntries(Object.entries(details).map(([name, value]) => [name, bounded(value)]))
}

function bounded(value: unknown): unknown {
  if (typeof value === 'string') return shorten(value, MAX_DETAIL)
  const isLong = (item: unknown) => typeof item === 'string' && item.length > MAX_DETAIL
  return Array.isArray(value) && value.some(isLong) ? value.map(bounded) : value
}

/** Whether a value is any error of Tillwire's. */
export function isTillwireError(value: unknown): value is TillwireError {
  return typeof value === 'object' && value !== null && BRAND in value
}

/** An invariant of ours does not hold: a bug, never bad input. */
export class InternalError extends TillwireError {
  static override readonly code = 'internal'
  constructor(message: string, options: ErrorOptions = {}) {
    super(InternalError.code, message, options)
  }
}

/** The same key was used before with other input. */
export class IdempotencyConflict extends TillwireError {
  static override readonly code = 'idempotency_conflict'
  constructor(details: { operation: string; key: string }) {
    super(
      IdempotencyConflict.code,
      `Key "${details.key}" was used before for ${details.operation} with other input: use a new key for a new request.`,
      { details },
    )
  }
}

/** Throws `InternalError` unless the condition holds. For invariants, on both sides of a border. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InternalError(`Invariant broken: ${message}`)
}
