import { z } from 'zod'
import type { Output } from '../output.ts'
import { withTillwire } from '../with-tillwire.ts'

/** `tillwire schema`: the collections with their fields as JSON Schema, their indexes and protected fields. */
export async function schema(output: Output): Promise<boolean> {
  return await withTillwire(async (tillwire) => {
    const collections = tillwire.collections.map((collection) => ({
      name: collection.name,
      schemaVersion: collection.schemaVersion,
      unique: collection.unique,
      indexes: collection.indexes,
      encrypted: collection.encrypted,
      hashed: collection.hashed,
      fields: z.toJSONSchema(collection.schema, { io: 'output', unrepresentable: 'any' }),
    }))
    output.result(
      { collections },
      collections.flatMap((collection) => [
        `${collection.name} (version ${collection.schemaVersion})`,
        `  fields  ${Object.keys(collection.fields.properties ?? {}).join(', ')}`,
        ...collection.unique.map((fields) => `  unique  ${fields.join(', ')}`),
        ...collection.indexes.map((fields) => `  index   ${fields.join(', ')}`),
      ]),
    )
    return true
  })
}
