import { expect, it } from 'vitest'
import { z } from 'zod'
import { collection } from '../collection.ts'
import { Pipeline } from '../pipeline.ts'
import type { AnyCollection } from '../types.ts'
import { Connection } from './connection.ts'
import { alignIndexes, createDocumentTables, createSystemTables } from './tables.ts'

const things = (rest: object, code: z.ZodType = z.string()) =>
  collection({ name: 'things', schema: z.object({ code, tag: z.string() }), ...rest }) as AnyCollection
const others = (rest: object) =>
  collection({ name: 'others', schema: z.object({ x: z.string() }), ...rest }) as AnyCollection

async function openTables() {
  const connection = await Connection.open(':memory:')
  const align = async (...collections: AnyCollection[]) => {
    const tables = collections.map((one) => new Pipeline(one, undefined).table)
    await createSystemTables(connection, 'store')
    await createDocumentTables(connection, tables)
    await alignIndexes(connection, tables)
  }
  const indexes = () =>
    connection.db
      .prepare("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name")
      .all()
  const put = (id: string, doc: object) =>
    connection.db
      .prepare("INSERT INTO things VALUES (?, 1, 1, '2026-01-01', '2026-01-01', 0, ?)")
      .run(id, JSON.stringify(doc))
  return { connection, align, indexes, put }
}

it('are as they were when one of them cannot be made', async () => {
  const { connection, align, indexes, put } = await openTables()
  await align(things({ unique: [['tag']], indexes: [['code']] }), others({ indexes: [['x']] }))
  const before = indexes()
  expect(before).toHaveLength(3)
  for (const id of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) put(id, { code: id < 'g' ? 'same' : 'own', tag: id })
  const wanted = [others({ unique: [['x']] }), things({ indexes: [['tag']], unique: [['code']] })]
  await expect(align(...wanted)).rejects.toMatchObject({
    code: 'unique_violation',
    details: { collection: 'things', fields: ['code'], repeated: { documents: 6, ids: ['a', 'b', 'c', 'd', 'e'] } },
  })
  expect(indexes()).toEqual(before)
  connection.close()
})

it('are made anew when what they are of changes under the same name', async () => {
  const { connection, align, indexes } = await openTables()
  await align(things({ indexes: [['code']] }))
  const [text] = indexes()
  await align(things({ indexes: [['code']] }, z.number()))
  const [number] = indexes()
  expect(number?.name).toBe(text?.name)
  expect(number?.sql).not.toBe(text?.sql)
  await align(things({ indexes: [['code']] }, z.number()))
  expect(indexes()).toEqual([number])
  connection.close()
})
