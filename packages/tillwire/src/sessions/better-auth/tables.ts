import type { BetterAuthOptions } from 'better-auth'
import { type BetterAuthDBSchema, type DBFieldAttribute, getAuthTables } from 'better-auth/db'
import { z } from 'zod'
import { own } from '../../core/index.ts'
import { type AnyCollection, collection } from '../../store/index.ts'

/** One of Better Auth's tables: where its rows are kept, and the names of their fields there. */
export interface AuthTable {
  /** Whether the collection was made here, for this table. */
  readonly made: boolean
  readonly collection: AnyCollection
  readonly fields: readonly string[]
}

/** What the store keeps on every document; Better Auth's fields of these names are those. */
const KEPT_BY_STORE: readonly string[] = ['id', 'createdAt', 'updatedAt']

/**
 * Better Auth's own list of tables for these options, plugins' included, by its name of each. A
 * table that is not in `known` gets a collection made from its fields: times are ISO strings, and
 * what is not required may be absent or null.
 */
export function tablesOf(
  options: BetterAuthOptions,
  known: Readonly<Record<string, AnyCollection>>,
): ReadonlyMap<string, AuthTable> {
  const tables = Object.entries(getAuthTables(options))
  return new Map(
    tables.map(([key, table]) => {
      const fields = Object.entries(table.fields).map(([name, field]) => field.fieldName ?? name)
      const given = own(known, key)
      return [key, { made: !given, collection: given ?? collectionOf(table), fields }]
    }),
  )
}

/** The fields of a row that are written: all but those that the store keeps itself. */
export function ownFields(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).filter(([name]) => !KEPT_BY_STORE.includes(name)))
}

function collectionOf(table: BetterAuthDBSchema[string]): AnyCollection {
  const fields = Object.entries(table.fields)
    .map(([name, field]) => ({ ...field, name: field.fieldName ?? name }))
    .filter(({ name }) => !KEPT_BY_STORE.includes(name))
  return collection({
    name: table.modelName,
    schema: z.object(Object.fromEntries(fields.map((field) => [field.name, typeOf(field)]))),
    unique: fields.filter(({ unique }) => unique).map(({ name }) => [name]),
    indexes: fields.filter(({ unique, index }) => index && !unique).map(({ name }) => [name]),
  })
}

function typeOf(field: DBFieldAttribute): z.ZodType {
  const type = requiredTypeOf(field.type)
  return field.required === false ? type.nullable().optional() : type
}

function requiredTypeOf(type: DBFieldAttribute['type']): z.ZodType {
  switch (type) {
    case 'number':
      return z.number()
    case 'boolean':
      return z.boolean()
    case 'date':
      return z.iso.datetime()
    case 'string[]':
      return z.array(z.string())
    case 'number[]':
      return z.array(z.number())
    case 'json':
      return z.json()
    default:
      return z.string()
  }
}
