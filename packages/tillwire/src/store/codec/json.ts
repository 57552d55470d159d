/** How deep a document's values may nest. */
export const MAX_DEPTH = 100

/** A value that JSON cannot hold, and where. */
export interface NotJson {
  readonly path: string
  readonly reason: string
}

type Refuse = (problem: NotJson) => never

/**
 * The value as JSON will give it back: without `undefined` members, `-0` as 0. Returns the same
 * object when it is already so. Calls `refuse` for what JSON would lose: dates, bigints, NaN,
 * instances of classes, cycles.
 */
export function toJson(value: unknown, refuse: Refuse): unknown {
  const path: (string | number)[] = []
  return convert(value, path, (reason) => refuse({ path: path.join('.'), reason }))
}

/** `path` is that of the value; while a member is converted, it is the member's. */
function convert(value: unknown, path: (string | number)[], refuse: (reason: string) => never): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      if (!Number.isFinite(value)) return refuse('is not a finite number')
      return value === 0 ? 0 : value
    case 'object':
      break
    default:
      return refuse(`is a ${typeof value}, which JSON cannot hold`)
  }
  if (value === null) return null
  if (path.length > MAX_DEPTH) return refuse(`nests deeper than ${MAX_DEPTH}`)
  return Array.isArray(value) ? convertArray(value, path, refuse) : convertObject(value, path, refuse)
}

function convertArray(value: readonly unknown[], path: (string | number)[], refuse: (reason: string) => never) {
  let copy: unknown[] | null = null
  for (let i = 0; i < value.length; i++) {
    path.push(i)
    const item = value[i]
    const json = convert(item, path, refuse)
    if (json !== item || Object.is(item, -0)) {
      copy ??= [...value]
      copy[i] = json
    }
    path.pop()
  }
  return copy ?? value
}

function convertObject(value: object, path: (string | number)[], refuse: (reason: string) => never) {
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null && Object.getPrototypeOf(prototype) !== null)
    return refuse('is an instance of a class, which JSON cannot hold')
  const fields = value as Record<string, unknown>
  let copy: Record<string, unknown> | null = null
  for (const key of Object.keys(fields)) {
    const member = fields[key]
    if (member === undefined) {
      copy ??= { ...fields }
      delete copy[key]
      continue
    }
    path.push(key)
    const json = convert(member, path, refuse)
    if (json !== member || Object.is(member, -0)) {
      copy ??= { ...fields }
      copy[key] = json
    }
    path.pop()
  }
  return copy ?? value
}
