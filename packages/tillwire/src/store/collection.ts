import type { z } from 'zod'
import { isPlainText, own } from '../core/index.ts'
import { InvalidCollection } from './errors.ts'
import { typeOfPath } from './query/path.ts'
import { type Retention, retentionProblem } from './retention.ts'
import type { SystemFields } from './types.ts'

/** The fields that the store keeps itself; a schema does not declare them. */
export const SYSTEM_FIELDS = ['id', 'version', 'createdAt', 'updatedAt'] as const

const NAME = /^(?!sqlite_)[a-zA-Z][a-zA-Z0-9_-]{0,62}$/
/** A path segment that can be named in an index or a query on every driver. */
export const SEGMENT = /^[^"\\.\p{Cc}]+$/u

/** `opaque`: can be read, not searched. `searchable`: text that can be searched by `eq` and `in`, and be unique. */
export type EncryptionMode = 'opaque' | 'searchable'
/** Fields as a schema yields them, still free to be changed. */
export type Draft<S extends z.ZodObject> = z.output<S>
/** A document as hooks and methods see it. */
export type Stored<S extends z.ZodObject> = Readonly<z.output<S>> & SystemFields

export interface SaveContext {
  readonly operation: 'insert' | 'replace'
  readonly id: string
  /** The time of this write. */
  readonly now: string
}
export interface DeleteContext {
  readonly now: string
}
export interface Hooks<S extends z.ZodObject> {
  /** Runs before each write, after defaults and hashing, and may change the draft; what it leaves is validated. Synchronous; throwing refuses the write. */
  beforeSave?(draft: Draft<S>, context: SaveContext): void
  /** Runs on each document that is read or returned, and may change it. Synchronous. */
  afterLoad?(document: Draft<S> & SystemFields): void
  /** Runs before a removal; throwing refuses it. */
  beforeDelete?(document: Stored<S>, context: DeleteContext): void
}
export type Upgrades = Readonly<Record<number, (fields: Record<string, unknown>) => Record<string, unknown>>>

export interface Collection<S extends z.ZodObject, M extends object> {
  readonly name: string
  readonly schema: S
  readonly unique: readonly (readonly string[])[]
  readonly indexes: readonly (readonly string[])[]
  readonly encrypted: Readonly<Record<string, EncryptionMode>>
  readonly hashed: readonly string[]
  readonly retention: Retention | null
  readonly hooks: Hooks<S>
  readonly methods: M
  readonly schemaVersion: number
  readonly upgrades: Upgrades
}

export interface CollectionDefinition<S extends z.ZodObject, M extends object> {
  /** Letters, digits, `_` and `-`; at most 63. */
  readonly name: string
  /** The document's own fields; values are JSON. Its output must be valid input again. */
  readonly schema: S
  /** Lists of paths whose values together belong to one document. A document that lacks one of them is free. */
  readonly unique?: readonly (readonly string[])[]
  /** Lists of paths that are searched or ordered by, leading path first. */
  readonly indexes?: readonly (readonly string[])[]
  readonly encrypted?: { readonly [K in keyof z.output<S> & string]?: EncryptionMode }
  /** Text fields kept as a salted hash only; compare with `verifyHashed`. */
  readonly hashed?: readonly (keyof z.output<S> & string)[]
  /** For how long documents are kept; without it, for ever. An index for `from` is made by itself. */
  readonly retention?: Retention
  readonly hooks?: Hooks<S>
  /** Functions of a document, offered as methods of it. */
  readonly methods?: M & Record<string, (document: Stored<S>) => unknown>
  /** 1 by default; raise it with an upgrade when stored documents must change shape. */
  readonly schemaVersion?: number
  /** `upgrades[n]` turns the fields of version n into those of n + 1. */
  readonly upgrades?: Upgrades
}

/**
 * Defines a kind of document.
 * @throws InvalidCollection when a name, path or version in it does not fit.
 * @example
 * const notes = collection({
 *   name: 'notes',
 *   schema: z.object({ title: z.string(), tags: z.array(z.string()).default([]) }),
 *   indexes: [['title']],
 * })
 */
export function collection<
  S extends z.ZodObject,
  M extends Record<string, (document: Stored<S>) => unknown> = Record<never, never>,
>(definition: CollectionDefinition<S, M>): Collection<S, M> {
  const { name, schema, unique = [], encrypted = {}, hashed = [], retention = null, schemaVersion = 1 } = definition
  const indexes = withIndexOf(retention, definition.indexes ?? [])
  const refuse = (reason: string) => new InvalidCollection(name, reason)

  if (!NAME.test(name)) throw refuse('a name is letters, digits, "_" and "-", starts with a letter, at most 63 long')
  for (const field of Object.keys(schema.shape)) {
    if (isSystemField(field)) throw refuse(`"${field}" is kept by the store itself`)
    if (!SEGMENT.test(field) || !isPlainText(field) || field === '__proto__')
      throw refuse(`the field name ${JSON.stringify(field)} cannot be used`)
  }
  for (const [field, mode] of Object.entries(encrypted)) {
    const type = typeOfPath(schema, [field])
    if (type === null) throw refuse(`encrypted field "${field}" is not in the schema`)
    if (mode === 'searchable' && type !== 'text') throw refuse(`searchable field "${field}" must be text`)
  }
  for (const field of hashed) {
    if (typeOfPath(schema, [field]) !== 'text')
      throw refuse(`hashed field "${field}" is not a text field of the schema`)
    if (Object.hasOwn(encrypted, field)) throw refuse(`"${field}" is hashed and encrypted: choose one`)
  }
  for (const method of Object.keys(definition.methods ?? {})) {
    if (isSystemField(method) || Object.hasOwn(schema.shape, method))
      throw refuse(`"${method}" is a method and a field: choose one`)
  }
  for (const paths of [...unique, ...indexes]) {
    if (paths.length === 0) throw refuse('an index names no path')
    for (const path of paths) checkIndexed(path)
  }
  for (const paths of unique) {
    if (paths.every(isSystemField)) throw refuse(`unique ${paths.join(' + ')} names no field of the schema`)
  }
  const problem = retention && retentionProblem(schema, retention)
  if (problem) throw refuse(problem)
  if (!Number.isInteger(schemaVersion) || schemaVersion < 1) throw refuse('schemaVersion counts from 1')
  for (let version = 1; version < schemaVersion; version++) {
    if (!definition.upgrades?.[version]) throw refuse(`upgrades[${version}] is missing`)
  }

  return {
    name,
    schema,
    unique,
    indexes,
    encrypted: encrypted as Readonly<Record<string, EncryptionMode>>,
    hashed,
    retention,
    hooks: definition.hooks ?? {},
    methods: definition.methods ?? ({} as M),
    schemaVersion,
    upgrades: definition.upgrades ?? {},
  }

  function checkIndexed(path: string): void {
    if (isSystemField(path)) return
    const segments = path.split('.')
    const type = typeOfPath(schema, segments)
    const [field = ''] = segments
    if (type === null || !segments.every((segment) => SEGMENT.test(segment)))
      throw refuse(`"${path}" is not a path of the schema`)
    if (type === 'list') throw refuse(`"${path}" is a list, which cannot be indexed`)
    const mode = own(encrypted as Readonly<Record<string, EncryptionMode>>, field)
    if (mode !== undefined && mode !== 'searchable')
      throw refuse(`"${path}" is encrypted: make it searchable to index it`)
    if ((hashed as readonly string[]).includes(field)) throw refuse(`"${path}" is hashed, which cannot be indexed`)
  }
}

/** What is due is found by an index. */
function withIndexOf(retention: Retention | null, indexes: readonly (readonly string[])[]) {
  return retention === null || indexes.some(([first]) => first === retention.from)
    ? indexes
    : [...indexes, [retention.from]]
}

function isSystemField(path: string): boolean {
  return (SYSTEM_FIELDS as readonly string[]).includes(path)
}
