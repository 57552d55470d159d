import { isPlainText, shorten, textProblem } from '../../core/index.ts'

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

const INSTANCE = 'is an instance of a class, which JSON cannot hold'

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
 * Looks a caller's input through. Calls `refuse` for what a schema or JSON would lose without a word: members named
 * `__proto__`, by a symbol, or hidden; holes in arrays, members beside their items, and arrays of a class; and for what nests deeper than
 * 100, so that nothing after this runs out of stack. Values that are no plain objects are left to the schema.
 */
export function checkInput(input: object, refuse: Refuse): asserts input is Fields {
  const path: Path = []
  const refuseHere = (reason: string) => refuse({ path: pathText(path), reason })
  if (typeof input !== 'object' || input === null || Array.isArray(input)) refuseHere('is not an object')
  checkObject(input, path, refuseHere)
}

/**
 * A copy of what a caller gave, of the moment of the call, once `checkInput` has nothing against it: objects and arrays
 * anew, all other values as they are, for the schema may make JSON of them. With `bare` the objects inherit nothing, so
 * that an absent member is not found on their prototype.
 */
export function takeInput(input: object, refuse: Refuse, { bare = false } = {}): Fields {
  checkInput(input, refuse)
  return copyMembers(input, bare)
}

function check(value: object, path: Path, refuse: RefuseHere): void {
  if (path.length > MAX_DEPTH) refuse(`nests deeper than ${MAX_DEPTH}`)
  if (Array.isArray(value)) checkArray(value, path, refuse)
  else if (isPlainObject(value)) checkObject(value, path, refuse)
}

function checkArray(value: readonly unknown[], path: Path, refuse: RefuseHere): void {
  if (!isPlainArray(value)) refuse(INSTANCE)
  if (Reflect.ownKeys(value).length !== value.length + 1)
    refuse('is an array with holes, or with members beside its items, which JSON cannot hold')
  for (let i = 0; i < value.length; i++) {
    const item = value[i]
    if (typeof item !== 'object' || item === null) continue
    path.push(i)
    check(item, path, refuse)
    path.pop()
  }
}

function checkObject(value: object, path: Path, refuse: RefuseHere): void {
  // All names, and the values of the enumerable ones: many times faster than Reflect.ownKeys and member by member.
  const names = Object.getOwnPropertyNames(value)
  const members: unknown[] = Object.values(value)
  if (names.length !== members.length || Object.getOwnPropertySymbols(value).length > 0)
    refuse('has a member that is hidden or named by a symbol, which JSON cannot hold')
  if (Object.hasOwn(value, '__proto__')) {
    path.push('__proto__')
    refuse('has a name that objects keep for themselves')
  }
  for (let i = 0; i < members.length; i++) {
    const member = members[i]
    if (typeof member !== 'object' || member === null) continue
    path.push(names[i] as string)
    check(member, path, refuse)
    path.pop()
  }
}

function copy(value: unknown, bare: boolean): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item) => copy(item, bare))
  return isPlainObject(value) ? copyMembers(value, bare) : value
}

function copyMembers(value: object, bare: boolean): Fields {
  // At once, which is faster than name by name.
  const copied: Fields = bare ? Object.assign(Object.create(null), value) : { ...value }
  for (const [key, member] of Object.entries(copied))
    if (typeof member === 'object' && member !== null) copied[key] = copy(member, bare)
  return copied
}

/** Whether an array is no more than its items: not an instance of a class that extends it. */
function isPlainArray(value: readonly unknown[]): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  // Of another realm: its own Array.prototype, which is an array too.
  return prototype === Array.prototype || (Array.isArray(prototype) && Object.hasOwn(prototype, 'concat'))
}

/** Whether an object is no more than its members: not an instance of a class. */
export function isPlainObject(value: object): boolean {
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
  if (isJson(value, 0)) return value
  const path: Path = []
  return convert(value, path, (reason) => refuse({ path: pathText(path), reason }))
}

/** Whether JSON and every engine keep a value as it is: what most are, and faster to see than where one is not. */
function isJson(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case 'string':
      return isPlainText(value)
    case 'boolean':
      return true
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
    case 'object':
      break
    default:
      return false
  }
  if (value === null) return true
  if (depth > MAX_DEPTH) return false
  if (Array.isArray(value)) {
    if (!isPlainArray(value)) return false
    for (let i = 0; i < value.length; i++) if (!isJson(value[i], depth + 1)) return false
    return true
  }
  if (!isPlainObject(value)) return false
  for (const name in value) if (!isPlainName(name) || !isJson((value as Fields)[name], depth + 1)) return false
  return true
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
  if (!isPlainArray(value)) return refuse(INSTANCE)
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
  if (!isPlainObject(value)) return refuse(INSTANCE)
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
