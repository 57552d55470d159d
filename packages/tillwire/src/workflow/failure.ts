import { isTillwireError, shorten } from '../core/index.ts'

/** An error as it is kept with a run. */
export interface Failure {
  readonly code: string
  readonly message: string
  readonly details: Readonly<Record<string, unknown>>
  readonly retryable: boolean
}

/** How long the text of an error that is not of Tillwire's may be on record, and all details of one that is. */
const MAX_FOREIGN_MESSAGE = 500
const MAX_DETAILS = 8_000
/** How many causes are looked through. */
const MAX_CAUSES = 8
/** A connection that was never made: nothing has been sent over it. */
const NEVER_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'])
/** These may also end a connection over which something was sent, unless it was being made. */
const WHILE_CONNECTING = new Set(['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ECONNRESET', 'ECONNABORTED'])
/** What errors of other programs quote that nobody may read: keys, tokens, what stands before the host of an address. */
const SECRETS = /\b(?:sk|rk|pk|whsec|tw)_\w+|\bBearer\s+\S+|(?<=\/\/)[^/\s@]+@|\b(?:\d[ -]?){13,19}\b/gi

/** Whether an error says for certain that what was asked has not happened, and will not. */
export function isDefinite(error: unknown): boolean {
  return isTillwireError(error) && !error.retryable && error.code !== 'internal'
}

/** Whether an error says for certain that what was asked has not happened; it may pass. */
export function didNothing(error: unknown): boolean {
  if (isDefinite(error)) return true
  return isTillwireError(error) ? error.details.happened === false : neverConnected(error)
}

/** Whether an error came before anything could be sent. Which attempt of several it speaks of is the caller's to know. */
export function neverConnected(error: unknown, causes = MAX_CAUSES): boolean {
  if (!(error instanceof Error) || causes === 0) return false
  const { code, syscall } = error as NodeJS.ErrnoException
  if (code !== undefined && NEVER_CONNECTED.has(code)) return true
  if (code !== undefined && WHILE_CONNECTING.has(code)) return syscall === 'connect'
  if (error instanceof AggregateError)
    return error.errors.length > 0 && error.errors.every((each) => neverConnected(each, causes - 1))
  return neverConnected(error.cause, causes - 1)
}

/**
 * An error that went by, as it is kept: it always can be. An error that is not of Tillwire's keeps its message for the
 * operator, without what looks like a secret.
 */
export function failureOf(error: unknown): Failure {
  if (!isTillwireError(error)) {
    const message =
      error instanceof Error ? error.message : typeof error === 'string' ? error : `a thrown ${typeof error}`
    const told = shorten(message.replace(SECRETS, '[…]'), MAX_FOREIGN_MESSAGE)
    return { code: 'internal', message: plain(told), details: {}, retryable: false }
  }
  const { code, message, details, retryable } = error
  return { code, message: plain(message), details: keptDetails(details), retryable }
}

/** The details that JSON can hold, as far as there is room for them. */
function keptDetails(details: Readonly<Record<string, unknown>>): Record<string, unknown> {
  let room = MAX_DETAILS
  const kept: [string, unknown][] = []
  for (const [name, value] of Object.entries(details)) {
    const text = jsonOf(value)
    const size = name.length + (text?.length ?? 0)
    if (text === undefined || size > room) continue
    room -= size
    kept.push([plain(name), JSON.parse(text)])
  }
  return Object.fromEntries(kept)
}

function jsonOf(value: unknown): string | undefined {
  try {
    // What no document can hold is written with escapes: NUL, and halves of pairs.
    return JSON.stringify(value)?.replace(/\\u0000|\\ud[89a-f][0-9a-f]{2}/g, '\\ufffd')
  } catch {
    // A bigint or a cycle: the message says what matters.
    return undefined
  }
}

function plain(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd')
}
