import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Logger, manualClock, silentLogger } from '../../core/index.ts'
import { collection } from '../collection.ts'
import { readStored } from '../prepare-read.ts'
import type { StoreHarness, TestDatabase } from './harness.ts'
import { rewriteStored } from './rewrite-stored.ts'
import { useDatabases } from './use-database.ts'

const time = z.iso.datetime()
const jobs = collection({
  name: 'jobs',
  schema: z.object({ title: z.string().default(''), state: z.object({ finishedAt: time.nullish() }).default({}) }),
  retention: { after: '30d', from: 'state.finishedAt', action: 'delete' },
  hooks: {
    beforeDelete({ title }) {
      if (title === 'precious') throw new Error('it is precious')
    },
  },
})
const notes = collection({
  name: 'notes',
  schema: z.object({ text: z.string() }),
  encrypted: { text: 'opaque' },
  retention: { after: '1d', from: 'updatedAt', action: 'delete' },
})
const keys = [{ id: 'k', key: Buffer.alloc(32, 1) }]

export function describeRetention(harness: StoreHarness): void {
  describe('retention', () => {
    const createDatabase = useDatabases(harness)

    async function open(database: TestDatabase) {
      const clock = manualClock('2026-03-01T00:00:00.000Z')
      const errors: object[] = []
      const logger: Logger = { ...silentLogger, error: (fields: object) => void errors.push(fields) }
      const store = await database.open([jobs, notes], { keys, clock, logger })
      return { store, clock, errors, jobs: store.collection(jobs), notes: store.collection(notes) }
    }
    const finished = (id: string, finishedAt?: string | null) => ({ id, state: { finishedAt } })

    it('removes what is past its time, and tells it in the feed as any removal', async () => {
      const { store, clock, jobs: j, notes: n } = await open(await createDatabase())
      await j.insertMany([
        finished('old', '2026-01-29T23:59:59.999Z'),
        finished('due', '2026-01-30T00:00:00.000Z'),
        finished('young', '2026-01-30T00:00:00.001Z'),
        finished('null', null),
        finished('none'),
      ])
      await n.insert({ id: 'a', text: 'A' })
      const watching = j.watch()[Symbol.asyncIterator]()
      expect(await store.sweep()).toEqual({ removed: 2, setAside: 0 })
      const told = [await watching.next(), await watching.next()].map(({ value }) => [value?.type, value?.id])
      expect(told.sort()).toEqual([
        ['remove', 'due'],
        ['remove', 'old'],
      ])
      expect((await j.find()).items.map(({ id }) => id)).toEqual(['none', 'null', 'young'])

      clock.advance('12h')
      await n.update('a', { text: 'B' })
      clock.advance('12h')
      expect(await store.sweep()).toEqual({ removed: 1, setAside: 0 })
      expect(await n.get('a')).toMatchObject({ text: 'B' })
      clock.advance('12h')
      expect(await store.sweep()).toEqual({ removed: 1, setAside: 0 })
      expect(await n.get('a')).toBeNull()
      await watching.return?.()
    })

    it('takes more than fit a batch, shared by several sweeps, each document once', async () => {
      const database = await createDatabase()
      const { store, jobs: j } = await open(database)
      const other = await open(database)
      await j.insertMany(Array.from({ length: 550 }, (_, i) => finished(`j${i}`, '2026-01-01T00:00:00.000Z')))
      const from = await store.cursor()
      const sweeps = await Promise.all([store.sweep(), other.store.sweep(), store.sweep()])
      expect(sweeps.reduce((sum, { removed }) => sum + removed, 0)).toBe(550)
      await j.insert({ id: 'last' })
      const told: string[] = []
      for await (const { id } of j.watch({ from })) {
        told.push(id)
        if (id === 'last') break
      }
      expect(told).toHaveLength(551)
    })

    it('leaves what is changed in time', async () => {
      const { store, jobs: j } = await open(await createDatabase())
      const ids = Array.from({ length: 300 }, (_, i) => `j${i}`)
      await j.insertMany(ids.map((id) => finished(id, '2026-01-01T00:00:00.000Z')))
      const sweeping = store.sweep()
      const changes = await Promise.allSettled(ids.map((id) => j.update(id, { state: { finishedAt: null } })))
      const kept = ids.filter((_, i) => changes[i]?.status === 'fulfilled')
      const { removed } = await sweeping
      expect(kept.length).toBeGreaterThan(0)
      expect((await j.find({ limit: 1_000 })).items.map(({ id }) => id)).toEqual(kept.toSorted())
      expect(removed).toBe(300 - kept.length)
    })

    it('sets aside what cannot be removed or read, tells it once and in check, and goes on', async () => {
      const database = await createDatabase()
      const { store, clock, errors, jobs: j, notes: n } = await open(database)
      await j.insertMany(
        Array.from({ length: 250 }, (_, i) => ({
          ...finished(`j${i}`, '2026-01-01T00:00:00.000Z'),
          title: i % 2 === 0 ? 'precious' : '',
        })),
      )
      await n.insertMany([
        { id: 'damaged', text: 'A' },
        { id: 'sound', text: 'B' },
      ])
      const stored = (await readStored(database.driver, 'notes', 'damaged'))!
      const document = { ...stored, fields: { text: { sealed: 'k.AAAA' } } }
      await rewriteStored(database.driver, 'notes', document)
      clock.advance('2d')

      expect(await store.sweep()).toEqual({ removed: 126, setAside: 126 })
      expect(await store.sweep()).toEqual({ removed: 0, setAside: 126 })
      expect(errors).toHaveLength(126)
      expect(errors).toContainEqual(expect.objectContaining({ collection: 'notes', id: 'damaged' }))
      const { problems } = await store.check()
      expect(problems).toHaveLength(126)
      expect(problems).toContainEqual(expect.objectContaining({ code: 'decryption_failed', id: 'notes/damaged' }))
      expect(problems).toContainEqual({
        code: 'not_removable',
        id: 'jobs/j0',
        message: 'It is past its retention and cannot be removed: it is precious',
      })
    })

    it('ends when its signal aborts, between two batches', async () => {
      const { store, jobs: j } = await open(await createDatabase())
      await j.insertMany(Array.from({ length: 1_000 }, (_, i) => finished(`j${i}`, '2026-01-01T00:00:00.000Z')))
      const ending = new AbortController()
      const sweeping = store.sweep({ signal: ending.signal })
      for await (const { type } of j.watch()) if (type === 'remove') break
      ending.abort()
      const { removed } = await sweeping
      expect(removed).toBeLessThan(1_000)
      expect(removed % 100).toBe(0)
      expect(await j.count()).toBe(1_000 - removed)
      expect(await store.sweep()).toEqual({ removed: 1_000 - removed, setAside: 0 })
    })
  })
}
