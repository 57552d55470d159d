import { shorten, textProblem } from '../../core/index.ts'

/** How deep a document's values may nest. */
export const MAX_DEPTH = 100
/** How long the path in an error is at most, and each of its segments. */
export const MAX_PATH = 200
const MAX_PATH_SEGMENT = 60

/** A value that a document cannot hold, and where. */
export interface NotJson {
  readonly path: string
  readonly reason: string
}

type Refuse = (problem: NotJson) => never
type Path = (string | number)[]
type RefuseHere = (reason: string) => never
type Fields = Record<string, unknown>

/** A path as errors tell it: dotted, of bounded length, and without what a text cannot hold. */
export function pathText(path: readonly PropertyKey[]): string {
  const segments = path.slice(0, MAX_PATH).map((segment) => shorten(String(segment), MAX_PATH_SEGMENT))
  return shorten(segments.join('.').toWellFormed().replaceAll('\0', '\ufffd'), MAX_PATH)
}

/**
 * A copy of what a caller gave, of the moment of the call: objects and arrays anew, all other values as they are,
 * for the schema may make JSON of them. Calls `refuse` for what a schema or JSON would lose without a word:
 * members named `__proto__`, by a symbol, or hidden; holes in arrays and members beside their items; and for what
 * nests deeper than 100, so that nothing after this runs out of stack. With `bare` the objects inherit nothing, so
 * that an absent member is not found on their prototype.
 */
export function takeInput(input: object, refuse: Refuse, { bare = false } = {}): Fields {
  const path: Path = []
  const refuseHere = (reason: string) => refuse({ path: pathText(path), reason })
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return refuseHere('is not an object')
  return copyObject(input as Fields, { path, bare, refuse: refuseHere })
}

interface Taking {
  readonly path: Path
  readonly bare: boolean
  readonly refuse: RefuseHere
}

function copy(value: unknown, taking: Taking): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (taking.path.length > MAX_DEPTH) return taking.refuse(`nests deeper than ${MAX_DEPTH}`)
  if (Array.isArray(value)) return copyArray(value, taking)
  return isPlainObject(value) ? copyObject(value as Fields, taking) : value
}

function copyArray(value: readonly unknown[], taking: Taking): unknown[] {
  if (Reflect.ownKeys(value).length !== value.length + 1)
    return taking.refuse('is an array with holes, or with members beside its items, which JSON cannot hold')
  return value.map((item, index) => {
    taking.path.push(index)
    const taken = copy(item, taking)
    taking.path.pop()
    return taken
  })
}

function copyObject(value: Fields, taking: Taking): Fields {
  const { path, refuse } = taking
  const keys = Object.keys(value)
  // All names but the enumerable ones: Reflect.ownKeys tells the same, and takes twice as long.
  if (Object.getOwnPropertyNames(value).length !== keys.length || Object.getOwnPropertySymbols(value).length > 0)
    return refuse('has a member that is hidden or named by a symbol, which JSON cannot hold')
  // At once, which is faster than name by name.
  const copied: Fields = taking.bare ? Object.assign(Object.create(null), value) : { ...value }
  for (const key of keys) {
    const member = copied[key]
    if (key !== '__proto__' && (typeof member !== 'object' || member === null)) continue
    path.push(key)
    if (key === '__proto__') return refuse('has a name that objects keep for themselves')
    copied[key] = copy(member, taking)
    path.pop()
  }
  return copied
}

/** Whether an object is no more than its members: not an instance of a class. */
function isPlainObject(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return true
  // Of another realm: its own Object.prototype.
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf')
}

/**
 * The value as JSON will give it back, which differs only where members are `undefined`: it has none. Returns the same
 * object when it is already so. Calls `refuse` for what JSON or an engine would lose: dates, bigints, NaN, -0,
 * instances of classes, cycles, texts and names with NUL or half of a surrogate pair.
 */
export function toJson(value: unknown, refuse: Refuse): unknown {
  const path: Path = []
  return convert(value, path, (reason) => refuse({ path: pathText(path), reason }))
}

/** `path` is that of the value; while a member is converted, it is the member's. */
function convert(value: unknown, path: Path, refuse: RefuseHere): unknown {
  switch (typeof value) {
    case 'string':
      return textProblem(value) === null ? value : refuse(`${textProblem(value)}, which cannot be stored`)
    case 'boolean':
      return value
    case 'number':
      if (!Number.isFinite(value)) return refuse('is not a finite number')
      return Object.is(value, -0) ? refuse('is -0, which JSON cannot hold: write 0') : value
    case 'object':
      break
    default:
      return refuse(`is a ${typeof value}, which JSON cannot hold`)
  }
  if (value === null) return null
  if (path.length > MAX_DEPTH) return refuse(`nests deeper than ${MAX_DEPTH}`)
  return Array.isArray(value) ? convertArray(value, path, refuse) : convertObject(value, path, refuse)
}

function convertArray(value: readonly unknown[], path: Path, refuse: RefuseHere) {
  let copied: unknown[] | null = null
  for (let i = 0; i < value.length; i++) {
    path.push(i)
    const item = value[i]
    const json = convert(item, path, refuse)
    if (json !== item) {
      copied ??= [...value]
      copied[i] = json
    }
    path.pop()
  }
  return copied ?? value
}

function convertObject(value: object, path: Path, refuse: RefuseHere) {
  if (!isPlainObject(value)) return refuse('is an instance of a class, which JSON cannot hold')
  const fields = value as Fields
  let copied: Fields | null = null
  for (const key of Object.keys(fields)) {
    const member = fields[key]
    if (member === undefined) {
      copied ??= { ...fields }
      delete copied[key]
      continue
    }
    path.push(key)
    if (!isPlainName(key)) return refuse(`is under a name that ${textProblem(key)}, which cannot be stored`)
    const json = convert(member, path, refuse)
    if (json !== member) {
      copied ??= { ...fields }
      copied[key] = json
    }
    path.pop()
  }
  return copied ?? value
}

/** Names that were looked at: documents of a collection have the same ones. */
const plainNames = new Set<string>()
const MAX_PLAIN_NAMES = 10_000

function isPlainName(name: string): boolean {
  if (plainNames.has(name)) return true
  if (textProblem(name) !== null) return false
  if (plainNames.size < MAX_PLAIN_NAMES && name.length <= MAX_PATH_SEGMENT) plainNames.add(name)
  return true
}

/** A copy of plain JSON that shares nothing with it. */
export function copyJson<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(copyJson) as T
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, copyJson(member)])) as T
}
