import { isPlainText } from '../core/index.ts'
import { NotRecordable } from './errors.ts'

/** How deep a value on record may nest: with its tags a document of the store can hold it. */
export const MAX_VALUE_DEPTH = 60
/** What marks an object of a record that stands for a value which JSON does not have. */
const TAG = '$'

/** A value as it is on record: JSON, where what JSON does not have is an object with a tag. */
export type RecordedValue =
  | null
  | boolean
  | number
  | string
  | readonly RecordedValue[]
  | { readonly [key: string]: RecordedValue }

/**
 * A value as it can be kept: plain JSON is kept as it is. Also undefined, every number, bigints, any text, dates, maps,
 * sets and bytes come back as what they were; nothing comes back as something else.
 * @param what names the value in the error
 * @throws NotRecordable for an instance of a class, an error, a function, a symbol, a hole in a list, a cycle, or a
 * value that nests too deep
 */
export function recordValue(value: unknown, what: string): RecordedValue {
  const path: (string | number)[] = []
  const refuse = (reason: string): never => {
    throw new NotRecordable(what, path, reason)
  }

  function member(key: string | number, item: unknown): RecordedValue {
    path.push(key)
    const recorded = convert(item)
    path.pop()
    return recorded
  }

  function convert(item: unknown): RecordedValue {
    switch (typeof item) {
      case 'string':
        return isPlainText(item) ? item : tagged('text', JSON.stringify(item))
      case 'boolean':
        return item
      case 'number':
        return Number.isFinite(item) && !Object.is(item, -0)
          ? item
          : tagged('number', Object.is(item, -0) ? '-0' : `${item}`)
      case 'undefined':
        return tagged('undefined')
      case 'bigint':
        return tagged('bigint', `${item}`)
      case 'object':
        if (item === null) return null
        if (path.length >= MAX_VALUE_DEPTH) return refuse(`nests deeper than ${MAX_VALUE_DEPTH}, or holds itself`)
        return convertObject(item)
      default:
        return refuse(`is a ${typeof item}`)
    }
  }

  function convertObject(item: object): RecordedValue {
    const prototype: unknown = Object.getPrototypeOf(item)
    if (Object.getOwnPropertySymbols(item).length > 0) return refuse('has a symbol for a key')
    if (Array.isArray(item) && prototype === Array.prototype) return convertArray(item)
    if (prototype === Object.prototype || prototype === null) return convertFields(item, prototype === null)
    if (Object.keys(item).length === 0 || item instanceof Uint8Array) {
      if (item instanceof Date && prototype === Date.prototype)
        return tagged('date', Number.isNaN(item.getTime()) ? null : item.toISOString())
      if (item instanceof Map && prototype === Map.prototype)
        return tagged('map', convertArray([...item].map((pair) => [...pair])))
      if (item instanceof Set && prototype === Set.prototype) return tagged('set', convertArray([...item]))
      if (prototype === Uint8Array.prototype) return tagged('bytes', Buffer.from(item as Uint8Array).toString('base64'))
    }
    return refuse(item instanceof Error ? 'is an error' : 'is an instance of a class')
  }

  function convertArray(items: readonly unknown[]): RecordedValue {
    if (Object.keys(items).length !== items.length) refuse('is a list with holes, or with keys')
    // Most lists and objects are kept as they are: a copy is made from the first member on that is not.
    let copy: unknown[] | null = null
    for (let index = 0; index < items.length; index++) {
      const item = items[index]
      const recorded = member(index, item)
      if (recorded === item) continue
      copy ??= [...items]
      copy[index] = recorded
    }
    return (copy ?? items) as RecordedValue
  }

  function convertFields(item: object, isBare: boolean): RecordedValue {
    const fields = item as Record<string, unknown>
    const keys = Object.keys(fields)
    if (isBare || !keys.every(isPlainKey))
      return tagged(
        isBare ? 'bare' : 'object',
        keys.map((key) => [convert(key), member(key, fields[key])]),
      )
    let copy: Record<string, unknown> | null = null
    for (const key of keys) {
      const recorded = member(key, fields[key])
      if (recorded === fields[key]) continue
      copy ??= { ...fields }
      copy[key] = recorded
    }
    return (copy ?? fields) as RecordedValue
  }

  return convert(value)
}

function isPlainKey(key: string): boolean {
  return key !== TAG && key !== '__proto__' && isPlainText(key)
}

function tagged(tag: string, value?: RecordedValue): RecordedValue {
  return value === undefined ? { [TAG]: tag } : { [TAG]: tag, value }
}

/** The value that was kept as this text; each call makes a new one. */
export function valueOfText(text: string): unknown {
  const recorded: RecordedValue = JSON.parse(text)
  return text.includes(`"${TAG}"`) ? restoreValue(recorded) : recorded
}

/** The value that was kept. */
export function restoreValue(recorded: RecordedValue): unknown {
  if (recorded === null || typeof recorded !== 'object') return recorded
  if (isList(recorded)) return recorded.map(restoreValue)
  if (!Object.hasOwn(recorded, TAG))
    return Object.fromEntries(Object.entries(recorded).map(([key, each]) => [key, restoreValue(each)]))
  const { [TAG]: tag, value = null } = recorded
  return untagged(tag, value)
}

function untagged(tag: RecordedValue | undefined, value: RecordedValue): unknown {
  switch (tag) {
    case 'undefined':
      return undefined
    case 'text':
      return JSON.parse(String(value))
    case 'number':
      return Number(value)
    case 'bigint':
      return BigInt(String(value))
    case 'date':
      return new Date(value === null ? Number.NaN : String(value))
    case 'bytes':
      return new Uint8Array(Buffer.from(String(value), 'base64'))
    case 'set':
      return new Set(valuesOf(value))
    case 'map':
      return new Map(pairsOf(value))
    case 'bare':
      return Object.assign(Object.create(null), Object.fromEntries(pairsOf(value)))
    case 'object':
      return Object.fromEntries(pairsOf(value))
    default:
      throw new NotRecordable('A value on record', [], `has the tag "${tag}" of a newer program`)
  }
}

function isList(recorded: RecordedValue): recorded is readonly RecordedValue[] {
  return Array.isArray(recorded)
}

function valuesOf(recorded: RecordedValue): unknown[] {
  return isList(recorded) ? recorded.map(restoreValue) : []
}

function pairsOf(recorded: RecordedValue): [string, unknown][] {
  return valuesOf(recorded) as [string, unknown][]
}

/**
 * What two requests that are the same have in common: a member of an object that is undefined counts as absent, and
 * the order of members does not count.
 */
export function comparable(recorded: RecordedValue): RecordedValue {
  if (recorded === null || typeof recorded !== 'object') return recorded
  if (isList(recorded)) return recorded.map(comparable)
  const present = Object.entries(recorded).filter(([, each]) => !isUndefined(each))
  return Object.fromEntries(present.map(([key, each]) => [key, comparable(each)]))
}

function isUndefined(recorded: RecordedValue): boolean {
  return recorded !== null && typeof recorded === 'object' && !isList(recorded) && recorded[TAG] === 'undefined'
}
