/** How deep a document's values may nest. */
export const MAX_DEPTH = 100

/** A value that JSON cannot hold, and where. */
export interface NotJson {
  readonly path: string
  readonly reason: string
}

/**
 * The value as JSON will give it back: without `undefined` members, `-0` as 0. Returns the same
 * object when it is already so. Calls `refuse` for what JSON would lose: dates, bigints, NaN,
 * instances of classes, cycles.
 */
export function toJson(value: unknown, refuse: (problem: NotJson) => never, path = '', depth = 0): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      if (!Number.isFinite(value)) return refuse({ path, reason: 'is not a finite number' })
      return value === 0 ? 0 : value
    case 'object':
      break
    default:
      return refuse({ path, reason: `is a ${typeof value}, which JSON cannot hold` })
  }
  if (value === null) return null
  if (depth > MAX_DEPTH) return refuse({ path, reason: `nests deeper than ${MAX_DEPTH}` })
  return Array.isArray(value) ? toJsonArray(value, refuse, path, depth) : toJsonObject(value, refuse, path, depth)
}

function toJsonArray(value: readonly unknown[], refuse: (problem: NotJson) => never, path: string, depth: number) {
  let copy: unknown[] | null = null
  for (let i = 0; i < value.length; i++) {
    const item = value[i]
    const json = toJson(item, refuse, path ? `${path}.${i}` : String(i), depth + 1)
    if (json !== item || Object.is(item, -0)) {
      copy ??= [...value]
      copy[i] = json
    }
  }
  return copy ?? value
}

function toJsonObject(value: object, refuse: (problem: NotJson) => never, path: string, depth: number) {
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null && Object.getPrototypeOf(prototype) !== null)
    return refuse({ path, reason: 'is an instance of a class, which JSON cannot hold' })
  const fields = value as Record<string, unknown>
  let copy: Record<string, unknown> | null = null
  for (const key of Object.keys(fields)) {
    const member = fields[key]
    if (member === undefined) {
      copy ??= { ...fields }
      delete copy[key]
      continue
    }
    const json = toJson(member, refuse, path ? `${path}.${key}` : key, depth + 1)
    if (json !== member || Object.is(member, -0)) {
      copy ??= { ...fields }
      copy[key] = json
    }
  }
  return copy ?? value
}
