import { expect, it } from 'vitest'
import { z } from 'zod'
import { collection } from '../collection.ts'
import { Pipeline } from '../pipeline.ts'
import { dueQuery } from '../sweep.ts'
import { Connection } from './connection.ts'
import { findSql } from './find-sql.ts'
import { alignIndexes, createDocumentTables, createSystemTables } from './tables.ts'

it.each(['state.finishedAt', 'updatedAt'])('finds what is due by the index of %s, in its order', async (from) => {
  const retention = { after: '30d', from, action: 'delete' } as const
  const schema = z.object({ state: z.object({ finishedAt: z.iso.datetime().nullable() }).optional() })
  const pipeline = new Pipeline(collection({ name: 'jobs', schema, retention }), undefined)
  const connection = await Connection.open(':memory:')
  await createSystemTables(connection, 'store')
  await createDocumentTables(connection, [pipeline.table])
  await alignIndexes(connection, [pipeline.table])
  const due = dueQuery(pipeline, retention, new Date())
  for (const after of [null, ['2026-01-01T00:00:00.000Z', 'x']]) {
    for (const { text, values } of findSql('jobs', { ...due, after })) {
      const plan = connection.db.prepare(`EXPLAIN QUERY PLAN ${text}`).all(...values, due.limit)
      const steps = plan.map(({ detail }) => String(detail))
      expect(steps).toEqual([expect.stringContaining(`SEARCH jobs USING INDEX jobs:index:${from}`)])
    }
  }
  connection.close()
})
