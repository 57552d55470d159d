import { expect, it } from 'vitest'
import { z } from 'zod'
import { type CollectionDefinition, collection } from './collection.ts'
import { InvalidCollection } from './errors.ts'

const schema = z.object({
  name: z.string(),
  secret: z.string().optional(),
  list: z.array(z.string()),
  place: z.object({ city: z.string() }).nullable(),
  kinds: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('a'), size: z.number() }),
    z.object({ kind: z.literal('b'), colour: z.string() }),
  ]),
  scores: z.record(z.string(), z.number()),
  at: z.iso.datetime().nullish(),
  zoned: z.iso.datetime({ offset: true }),
})

it('takes paths through objects, unions and records', () => {
  const made = collection({
    name: 'things',
    schema,
    unique: [['name', 'createdAt']],
    indexes: [['place.city'], ['kinds.size', 'kinds.colour'], ['scores.go']],
  })
  expect(made).toMatchObject({ name: 'things', schemaVersion: 1, encrypted: {}, hashed: [] })
})

it('makes an index of the time that retention counts from, unless there is one', () => {
  const retention = { after: '1d', from: 'at', action: 'delete' } as const
  expect(collection({ name: 'things', schema, retention }).indexes).toEqual([['at']])
  const indexes = [['at', 'name']]
  expect(collection({ name: 'things', schema, retention, indexes }).indexes).toEqual(indexes)
})

it.each<[string, Partial<CollectionDefinition<typeof schema, object>>, RegExp]>([
  ['a name with a space', { name: 'my things' }, /letters, digits/],
  ["a name of SQLite's", { name: 'sqlite_things' }, /letters, digits/],
  ['an unknown unique path', { unique: [['nope']] }, /"nope" is not a path/],
  ['an unknown nested path', { indexes: [['place.street']] }, /"place.street" is not a path/],
  ['an empty index', { indexes: [[]] }, /names no path/],
  ['a list in an index', { indexes: [['list']] }, /is a list/],
  ['unique system fields alone', { unique: [['createdAt']] }, /names no field of the schema/],
  ['an unknown encrypted field', { encrypted: { nope: 'opaque' } as object }, /"nope" is not in the schema/],
  ['a searchable field that is no text', { encrypted: { place: 'searchable' } }, /must be text/],
  ['an index on an opaque field', { encrypted: { name: 'opaque' }, indexes: [['name']] }, /make it searchable/],
  ['a hashed field that is no text', { hashed: ['place'] }, /not a text field/],
  ['an index on a hashed field', { hashed: ['name'], unique: [['name']] }, /is hashed/],
  ['a field hashed and encrypted', { hashed: ['name'], encrypted: { name: 'opaque' } }, /choose one/],
  ['a retention from no path', { retention: { after: '1d', from: 'nope', action: 'delete' } }, /"nope" is not a/],
  ['a retention from a text', { retention: { after: '1d', from: 'name', action: 'delete' } }, /"name" is not a time/],
  ['a retention from an id', { retention: { after: '1d', from: 'id', action: 'delete' } }, /"id" is not a time/],
  [
    'a retention from a time of any zone',
    { retention: { after: '1d', from: 'zoned', action: 'delete' } },
    /"zoned" is not a time/,
  ],
  [
    'a retention from an encrypted time',
    { retention: { after: '1d', from: 'at', action: 'delete' }, encrypted: { at: 'opaque' } },
    /"at" is encrypted/,
  ],
  [
    'a retention of no duration',
    { retention: { after: 'soon' as '1d', from: 'at', action: 'delete' } },
    /after a duration of at most 36500d/,
  ],
  [
    'a retention for longer than there are dates',
    { retention: { after: '9000000d', from: 'at', action: 'delete' } },
    /after a duration of at most 36500d/,
  ],
  [
    'a retention of another action',
    { retention: { after: '1d', from: 'at', action: 'hide' as 'delete' } },
    /action is "delete"/,
  ],
  ['schema version 0', { schemaVersion: 0 }, /counts from 1/],
  ['a missing upgrade', { schemaVersion: 2 }, /upgrades\[1\] is missing/],
])('refuses %s', (_, part, message) => {
  const define = () => collection({ name: 'things', schema, ...part })
  expect(define).toThrow(message)
  expect(define).toThrow(expect.objectContaining({ code: InvalidCollection.code }))
})

it.each(['id', 'version', 'createdAt', 'updatedAt', 'a.b', 'quote"'])('refuses a field named %s', (field) => {
  const define = () => collection({ name: 'things', schema: z.object({ [field]: z.string() }) })
  expect(define).toThrow(expect.objectContaining({ code: InvalidCollection.code }))
})
