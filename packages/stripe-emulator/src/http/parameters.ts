import { CURRENCIES, MAX_AMOUNT } from '../money.ts'
import { invalidRequest } from './error.ts'
import type { FormHash, FormValue } from './form.ts'

/** One parameter of a route: how its text is read, and whether it must be there. */
export interface Parameter<T, Required extends boolean = boolean> {
  readonly required: Required
  parse(value: FormValue, name: string): T
}

export type Parameters = Record<string, Parameter<unknown>>

type ValueOf<P> = P extends Parameter<infer T> ? T : never
type RequiredNames<P> = { [K in keyof P]: P[K] extends Parameter<unknown, true> ? K : never }[keyof P]

/** What a table of parameters gives when it has read a form. */
export type Parsed<P> = { [K in RequiredNames<P>]: ValueOf<P[K]> } & {
  [K in Exclude<keyof P, RequiredNames<P>>]?: ValueOf<P[K]>
}

/**
 * Reads a form by a table of parameters.
 *
 * @throws ApiError 400 `parameter_unknown`, `parameter_missing`, `parameter_invalid_empty` or
 * `parameter_invalid_integer`, with Stripe's sentence and the `param` it is about
 */
export function parseParameters<P extends Parameters>(table: P, form: FormHash, prefix = ''): Parsed<P> {
  const unknown = Object.keys(form).filter((key) => !Object.hasOwn(table, key))
  const first = unknown[0]
  if (first !== undefined) {
    const names = unknown.map((key) => nested(prefix, key)).join(', ')
    throw invalidRequest(`Received unknown parameter${unknown.length > 1 ? 's' : ''}: ${names}`, {
      code: 'parameter_unknown',
      param: nested(prefix, first),
    })
  }
  const parsed: Record<string, unknown> = {}
  for (const [key, parameter] of Object.entries(table)) {
    const value = form[key]
    const name = nested(prefix, key)
    if (value !== undefined) parsed[key] = parameter.parse(value, name)
    else if (parameter.required) {
      throw invalidRequest(`Missing required param: ${name}.`, { code: 'parameter_missing', param: name })
    }
  }
  return parsed as Parsed<P>
}

function nested(prefix: string, key: string): string {
  return prefix === '' ? key : `${prefix}[${key}]`
}

export function required<T>(parameter: Parameter<T>): Parameter<T, true> {
  return { required: true, parse: (value, name) => parameter.parse(value, name) }
}

/** An empty text unsets the field: it is read as null. */
export function unsettable<T>(parameter: Parameter<T>): Parameter<T | null, false> {
  return optional((value, name) => (value === '' ? null : parameter.parse(value, name)))
}

function optional<T>(parse: (value: FormValue, name: string) => T): Parameter<T, false> {
  return { required: false, parse }
}

export interface TextLimits {
  max?: number
}

const MAX_TEXT = 5000

/** A text that may not be empty. */
export function filled(limits: TextLimits = {}): Parameter<string, false> {
  return optional((value, name) => filledText(value, name, limits))
}

/** A text; an empty one unsets the field and is read as null. */
export function text(limits: TextLimits = {}): Parameter<string | null, false> {
  return unsettable(filled(limits))
}

function filledText(value: FormValue, name: string, { max = MAX_TEXT }: TextLimits = {}): string {
  if (typeof value !== 'string') throw invalidRequest(`Invalid string: ${JSON.stringify(value)}`, { param: name })
  if (value === '') {
    throw invalidRequest(
      `You passed an empty string for '${name}'. We assume empty values are an attempt to unset a parameter; however '${name}' cannot be unset. You should remove '${name}' from your request or supply a non-empty value.`,
      { code: 'parameter_invalid_empty', param: name },
    )
  }
  if (value.length > max) {
    throw invalidRequest(`Invalid string: ${value.slice(0, 10)}...; must be at most ${max} characters`, { param: name })
  }
  return value
}

export function email(): Parameter<string | null, false> {
  return unsettable(
    optional((value, name) => {
      const address = filledText(value, name, { max: 512 })
      if (/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(address)) return address
      throw invalidRequest(`Invalid email address: ${address}`, { code: 'email_invalid', param: name })
    }),
  )
}

/** A web address; `{CHECKOUT_SESSION_ID}` may stand in it. */
export function webAddress(): Parameter<string, false> {
  return optional((value, name) => {
    const address = filledText(value, name)
    const parsed = URL.parse(address)
    if (parsed?.protocol === 'http:' || parsed?.protocol === 'https:') return address
    throw invalidRequest('Not a valid URL', { code: 'url_invalid', param: name })
  })
}

export interface IntegerLimits {
  min?: number
  max?: number
}

export function integer({
  min = Number.MIN_SAFE_INTEGER,
  max = Number.MAX_SAFE_INTEGER,
}: IntegerLimits = {}): Parameter<number, false> {
  return optional((value, name) => {
    const digits = filledText(value, name)
    const number = Number(digits)
    const refuse = (message: string) => invalidRequest(message, { code: 'parameter_invalid_integer', param: name })
    if (!/^-?\d+$/.test(digits) || !Number.isSafeInteger(number)) throw refuse(`Invalid integer: ${digits}`)
    if (number < min) throw refuse(`This value must be greater than or equal to ${min}.`)
    if (number > max) throw refuse(`This value must be less than or equal to ${max}.`)
    return number
  })
}

/** An amount to charge, in the currency's minor unit. */
export function amount(): Parameter<number, false> {
  return integer({ min: 1, max: MAX_AMOUNT })
}

export function boolean(): Parameter<boolean, false> {
  return optional((value, name) => {
    if (value === 'true') return true
    if (value === 'false') return false
    throw invalidRequest(`Invalid boolean: ${typeof value === 'string' ? value : JSON.stringify(value)}`, {
      param: name,
    })
  })
}

export function oneOf<const T extends string>(...allowed: readonly T[]): Parameter<T, false> {
  return optional((value, name) => {
    const found = allowed.find((candidate) => candidate === value)
    if (found !== undefined) return found
    const choices = new Intl.ListFormat('en', { type: 'disjunction' }).format(allowed)
    throw invalidRequest(`Invalid ${name}: must be ${allowed.length > 1 ? 'one of ' : ''}${choices}`, { param: name })
  })
}

export function currency(): Parameter<string, false> {
  return optional((value, name) => {
    const code = filledText(value, name).toLowerCase()
    if (CURRENCIES.includes(code)) return code
    throw invalidRequest(
      `Invalid currency: ${code}. This emulator supports these currencies: ${CURRENCIES.join(', ')}`,
      {
        param: name,
      },
    )
  })
}

export function hash<P extends Parameters>(table: P): Parameter<Parsed<P>, false> {
  return optional((value, name) => {
    if (typeof value === 'string') throw invalidRequest('Invalid object', { param: name })
    return parseParameters(table, value, name)
  })
}

export interface ListLimits {
  max?: number
}

const MAX_LIST = 100

/** A list, sent as `name[]=a&name[]=b` or `name[0]=a&name[1]=b`. */
export function list<T>(item: Parameter<T>, { max = MAX_LIST }: ListLimits = {}): Parameter<T[], false> {
  return optional((value, name) => {
    if (typeof value === 'string') throw invalidRequest('Invalid array', { param: name })
    const entries = Object.entries(value)
    if (entries.some(([key]) => !/^\d{1,6}$/.test(key))) throw invalidRequest('Invalid array', { param: name })
    if (entries.length > max) throw invalidRequest(`Array ${name} may have at most ${max} elements`, { param: name })
    return entries
      .sort(([left], [right]) => Number(left) - Number(right))
      .map(([key, element]) => item.parse(element, `${name}[${key}]`))
  })
}

/** A change of metadata: null unsets all of it, a null value unsets its key. */
export type MetadataChange = Record<string, string | null> | null

const MAX_METADATA_KEYS = 50

export function metadata(): Parameter<MetadataChange, false> {
  return unsettable(
    optional((value, name) => {
      if (typeof value === 'string') throw invalidRequest('Invalid object', { param: name })
      const change = new Map<string, string | null>()
      for (const [key, entry] of Object.entries(value)) {
        const entryName = nested(name, key)
        if (key.length > 40) throw invalidRequest('Metadata keys can have up to 40 characters.', { param: entryName })
        if (typeof entry !== 'string') throw invalidRequest('Metadata values must be strings.', { param: entryName })
        if (entry.length > 500) {
          throw invalidRequest('Metadata values can have up to 500 characters.', { param: entryName })
        }
        change.set(key, entry === '' ? null : entry)
      }
      return Object.fromEntries(change)
    }),
  )
}

/** The metadata after a change; a key whose value is empty is unset, the others stay. */
export function changeMetadata(
  current: Record<string, string>,
  change: MetadataChange | undefined,
): Record<string, string> {
  if (change === undefined) return current
  if (change === null) return {}
  const merged: Record<string, string | null> = { ...current, ...change }
  const kept = Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== null)
  if (kept.length > MAX_METADATA_KEYS) {
    throw invalidRequest(`Metadata can have at most ${MAX_METADATA_KEYS} keys.`, { param: 'metadata' })
  }
  return Object.fromEntries(kept)
}

/** A time in seconds, or a range of them: `created[gte]=...`. */
export interface TimeRange {
  gt?: number
  gte?: number
  lt?: number
  lte?: number
}

export function timeRange(): Parameter<TimeRange, false> {
  const bounds = hash({ gt: integer(), gte: integer(), lt: integer(), lte: integer() })
  return optional((value, name) => {
    if (typeof value !== 'string') return bounds.parse(value, name)
    const moment = integer().parse(value, name)
    return { gte: moment, lte: moment }
  })
}
