import { z } from 'zod'

/** What values a path of a schema can hold, as far as a query cares. */
export type PathType = 'text' | 'number' | 'boolean' | 'scalar' | 'list' | 'any'

type Schema = z.core.$ZodType
const WRAPPERS = new Set(['optional', 'nullable', 'default', 'prefault', 'catch', 'readonly', 'nonoptional'])

/** The schema of stored values under wrappers that only change what is accepted or absent. */
function unwrap(schema: Schema): Schema {
  const def = (schema as z.core.$ZodTypes)._zod.def
  if (def.type === 'pipe') return unwrap(def.out)
  if (def.type === 'lazy') return unwrap(def.getter())
  return WRAPPERS.has(def.type) && 'innerType' in def ? unwrap(def.innerType as Schema) : schema
}

function typeOfValue(value: unknown): PathType | 'null' {
  if (typeof value === 'string') return 'text'
  if (typeof value === 'number') return 'number'
  if (typeof value === 'boolean') return 'boolean'
  return value === null || value === undefined ? 'null' : 'any'
}

function merge(types: readonly (PathType | 'null')[]): PathType | 'null' {
  const [first = 'null', ...others] = [...new Set(types)].filter((type) => type !== 'null')
  if (others.length === 0) return first
  return [first, ...others].some((type) => type === 'any' || type === 'list') ? 'any' : 'scalar'
}

function typeOf(schema: Schema): PathType | 'null' {
  const inner = unwrap(schema)
  const def = (inner as z.core.$ZodTypes)._zod.def
  switch (def.type) {
    case 'string':
    case 'template_literal':
      return 'text'
    case 'number':
      return 'number'
    case 'boolean':
      return 'boolean'
    case 'null':
    case 'undefined':
      return 'null'
    case 'enum':
      return merge(Object.values(def.entries).map(typeOfValue))
    case 'literal':
      return merge(def.values.map(typeOfValue))
    case 'union':
      return merge(def.options.map(typeOf))
    case 'array':
      return typeOf(def.element) === 'text' ? 'list' : 'any'
    default:
      return 'any'
  }
}

function step(schema: Schema, segment: string): Schema[] {
  const inner = unwrap(schema)
  const def = (inner as z.core.$ZodTypes)._zod.def
  switch (def.type) {
    case 'object': {
      const field = Object.hasOwn(def.shape, segment) ? def.shape[segment] : def.catchall
      return field && field._zod.def.type !== 'never' ? [field] : []
    }
    case 'record':
      return [def.valueType]
    case 'union':
      return def.options.flatMap((option) => step(option, segment))
    case 'intersection':
      return [...step(def.left, segment), ...step(def.right, segment)]
    case 'any':
    case 'unknown':
    case 'custom':
      return [inner]
    default:
      return []
  }
}

/** The names of all members that a schema declares, at any depth. */
export function namesOfSchema(schema: Schema): string[] {
  const names = new Set<string>()
  const seen = new Set<Schema>()
  const look = (one: Schema) => {
    // Not what it unwraps to: a lazy schema makes that anew each time.
    if (seen.has(one)) return
    seen.add(one)
    const def = (unwrap(one) as z.core.$ZodTypes)._zod.def
    if (def.type === 'object') for (const name of Object.keys(def.shape)) names.add(name)
    for (const member of membersOf(def)) look(member)
  }
  look(schema)
  return [...names]
}

function membersOf(def: z.core.$ZodTypes['_zod']['def']): Schema[] {
  switch (def.type) {
    case 'object':
      return [...Object.values(def.shape), ...(def.catchall ? [def.catchall] : [])]
    case 'record':
    case 'map':
      return [def.valueType]
    case 'array':
      return [def.element]
    case 'tuple':
      return [...def.items, ...(def.rest ? [def.rest] : [])]
    case 'union':
      return [...def.options]
    case 'intersection':
      return [def.left, def.right]
    default:
      return []
  }
}

/** Types of schemas whose values are no objects. */
const SCALAR_TYPES = new Set([
  'string',
  'template_literal',
  'number',
  'boolean',
  'null',
  'undefined',
  'enum',
  'literal',
])

/**
 * Whether a schema makes every object and array of its output anew, so that it shares none with its input. Of what
 * runs code of its own, or hands on what it does not look into, that is not known.
 */
export function yieldsAnew(schema: Schema, seen = new Set<Schema>()): boolean {
  if (seen.has(schema)) return true
  seen.add(schema)
  const def = (schema as z.core.$ZodTypes)._zod.def
  switch (def.type) {
    case 'optional':
    case 'nullable':
    case 'default':
    case 'readonly':
      return yieldsAnew(def.innerType, seen)
    case 'object':
    case 'record':
    case 'array':
    case 'union':
      return membersOf(def).every((member) => yieldsAnew(member, seen))
    case 'never':
      return true
    default:
      return SCALAR_TYPES.has(def.type)
  }
}

function schemasAt(schema: Schema, segments: readonly string[]): Schema[] {
  let schemas: Schema[] = [schema]
  for (const segment of segments) schemas = schemas.flatMap((one) => step(one, segment))
  return schemas
}

/** What a dotted path of a schema can hold; null when the schema has no such path. */
export function typeOfPath(schema: Schema, segments: readonly string[]): PathType | null {
  const schemas = schemasAt(schema, segments)
  if (schemas.length === 0) return null
  const type = merge(schemas.map(typeOf))
  return type === 'null' ? 'any' : type
}

const TIME = '2026-01-31T12:00:00.000Z'
/** With these among the times, their order as text would not be that in time. */
const NO_TIMES = ['', 'soon', '2026-01-31', '2026-01-31T12:00:00.000+02:00']

/** Whether a dotted path of a schema holds ISO-8601 UTC times, or nothing. */
export function isTimePath(schema: Schema, segments: readonly string[]): boolean {
  const accepts = (one: Schema, text: string) => z.core.safeParse(one, text).success
  return (
    typeOfPath(schema, segments) === 'text' &&
    schemasAt(schema, segments).every((one) => accepts(one, TIME) && !NO_TIMES.some((text) => accepts(one, text)))
  )
}
