import {
  contentHash,
  currentRequest,
  type Duration,
  InvalidAmount,
  InvalidTime,
  isoAfter,
  type Microcredits,
  microcredits,
  milliseconds,
  parseTime,
  textProblem,
} from '../core/index.ts'
import type { Overage } from './decide-reserve.ts'
import { InvalidCommand } from './errors.ts'
import type { Books, Change, Label, Moment } from './movement.ts'
import type { Also, EntryKind, Holder, MoveOptions } from './types.ts'
import type { Needed } from './workspace.ts'

const HOLDER = /^(user|team|key)\/.{1,190}$/
const MAX_KEY_LENGTH = 200
/** As the collections have it: told at the border, not when it is written. */
export const MAX_TEXT_LENGTH = 500
const MAX_REF_NAME_LENGTH = 100
/** 128 bits. */
const INPUT_HASH_CHARACTERS = 32
/** How long a hold may be open. */
const MAX_TTL: Duration = '365d'
/** How far ahead credits may end: a hundred years. */
const MAX_EXPIRES_IN: Duration = '36500d'
const OVERAGES: readonly unknown[] = ['reject', 'up-to-available'] satisfies Overage[]

/** One movement that is asked for. */
export interface Command extends Needed {
  readonly label: Label
  /** The payment that it wants to be the only grant of. */
  readonly payment?: string
  readonly also: Also | undefined
  decide(books: Books, moment: Moment): Change
}

/**
 * The label of a command. `input` is what makes it this request and no other: the same key with other
 * input is refused. Riders, descriptions and references, of which one is the request that asked, are not part of it.
 */
export function label(kind: EntryKind, options: Omit<MoveOptions, 'also'>, input: readonly unknown[]): Label {
  const { key, description = '', refs = {} } = options
  checkId('key', key)
  checkText('description', description, MAX_TEXT_LENGTH)
  if (typeof refs !== 'object' || refs === null)
    throw new InvalidCommand({ field: 'refs', reason: 'give an object of texts' })
  for (const [name, value] of Object.entries(refs)) {
    checkText('refs', name, MAX_REF_NAME_LENGTH)
    if (name === '__proto__')
      throw new InvalidCommand({ field: 'refs', reason: 'give another name than "__proto__", which cannot be kept' })
    checkText(`refs.${name}`, value, MAX_TEXT_LENGTH)
  }
  const request = currentRequest()
  const inputHash = contentHash(input).slice(0, INPUT_HASH_CHARACTERS)
  return { kind, key, inputHash, description, refs: request === undefined ? refs : { ...refs, request } }
}

/** @throws InvalidAmount unless it is a whole number above zero. */
export function positive(amount: Microcredits): Microcredits {
  if (!Number.isSafeInteger(amount) || amount <= 0)
    throw new InvalidAmount(amount, 'give a whole number of microcredits from 1 to 2^53-1')
  return amount
}

/** @throws InvalidAmount unless it is a whole number, zero or above. */
export function notNegative(amount: Microcredits): Microcredits {
  if (amount < 0) throw new InvalidAmount(amount, 'give a whole number of microcredits from 0 to 2^53-1')
  return microcredits(amount)
}

/** @throws InvalidAmount unless it is a whole number other than zero. */
export function notZero(amount: Microcredits): Microcredits {
  if (!Number.isSafeInteger(amount) || amount === 0)
    throw new InvalidAmount(amount, 'give a whole number of microcredits, above zero to give and below to take')
  return amount
}

/** @throws InvalidCommand when it is too long, or cannot be kept as it is. */
export function checkText(field: string, text: string, most = MAX_KEY_LENGTH): string {
  if (typeof text !== 'string' || text.length > most)
    throw new InvalidCommand({ field, reason: `give a text of at most ${most} characters` })
  const problem = textProblem(text)
  if (problem) throw new InvalidCommand({ field, reason: `it ${problem}` })
  return text
}

/** @throws InvalidCommand when it is empty, or no text of at most 200 characters that can be kept. */
export function checkId(field: string, text: string): string {
  if (text === '') throw new InvalidCommand({ field, reason: `give a text of 1 to ${MAX_KEY_LENGTH} characters` })
  return checkText(field, text)
}

export function checkOverage(overage: Overage): Overage {
  if (!OVERAGES.includes(overage))
    throw new InvalidCommand({ field: 'overage', reason: `give one of ${OVERAGES.join(', ')}` })
  return overage
}

export function checkHolder(holder: Holder): Holder {
  checkText('holder', holder)
  if (!HOLDER.test(holder))
    throw new InvalidCommand({ field: 'holder', reason: 'write "user/ID", "team/ID" or "key/ID"' })
  return holder
}

/** @throws InvalidDuration; InvalidCommand when a hold would be open for no time, or for more than a year. */
export function checkTtl(ttl: Duration): Duration {
  return checkLength('ttl', ttl, MAX_TTL)
}

/** @throws InvalidDuration; InvalidCommand when credits would end at once, or in more than a hundred years. */
export function checkExpiresIn(expiresIn: Duration): Duration {
  return checkLength('expiresIn', expiresIn, MAX_EXPIRES_IN)
}

function checkLength(field: string, duration: Duration, most: Duration): Duration {
  const length = milliseconds(duration)
  if (length === 0 || length > milliseconds(most))
    throw new InvalidCommand({ field, reason: `give a time from 1ms to ${most}` })
  return duration
}

/** The time `duration` after that of a decision. */
export function endsAfter(moment: Moment, duration: Duration): string {
  return isoAfter(new Date(moment.at), duration)
}

/** A time in the one form that compares as text. */
export function isoTime(field: string, text: string): string {
  try {
    return parseTime(text).toISOString()
  } catch (error) {
    if (!InvalidTime.is(error)) throw error
    throw new InvalidCommand({ field, reason: 'give an ISO-8601 time of a day that there is' })
  }
}
