import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Logger, manualClock } from '../../core/index.ts'
import { collection, get, openStore, pagesOf, type Store } from '../index.ts'
import { damageFile } from './damage-file.ts'

const notes = collection({
  name: 'notes',
  schema: z.object({ title: z.string(), stars: z.number(), endedAt: z.iso.datetime() }),
  indexes: [['stars']],
  retention: { after: '30d', from: 'endedAt', action: 'delete' },
})
const COUNT = 30
const ids = Array.from({ length: COUNT }, (_, index) => `note_${String(index).padStart(2, '0')}`)

describe('a document whose text is damaged on the disk', () => {
  let folder: string
  let path: string
  let store: Store
  let logged: { collection?: string; id?: string }[]
  const clock = manualClock('2026-01-01T00:00:00.000Z')

  const open = async () => {
    const logger = { error: (fields: object) => logged.push(fields) } as unknown as Logger
    store = await openStore({ url: `file:${path}`, collections: [notes], clock, logger })
  }
  const damage = async (damaged: readonly string[]) => {
    await store.close()
    damageFile(
      path,
      damaged.map((id) => ({ table: 'notes', id })),
    )
    await open()
  }
  const error = (id: string) => ({ code: 'damaged_document', details: { collection: 'notes', id } })

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tillwire-damage-'))
    path = join(folder, 'store.db')
    logged = []
    await open()
    const endedAt = clock.now().toISOString()
    await store.collection(notes).insertMany(ids.map((id, stars) => ({ id, title: `title of ${id}`, stars, endedAt })))
  })
  afterEach(async () => {
    await store.close()
    rmSync(folder, { recursive: true })
  })

  it('is told by collection and id to whoever reads it, and costs no other', async () => {
    await damage(['note_05'])
    const c = store.collection(notes)
    await expect(c.get('note_05')).rejects.toMatchObject(error('note_05'))
    await expect(c.getMany(['note_04', 'note_05'])).rejects.toMatchObject(error('note_05'))
    await expect(c.findOne({ stars: 5 })).rejects.toMatchObject(error('note_05'))
    await expect(c.find()).rejects.toMatchObject(error('note_05'))
    await expect(c.update('note_05', { stars: 6 })).rejects.toMatchObject(error('note_05'))
    await expect(c.find({ where: { title: { contains: 'x' } } })).rejects.toMatchObject(error('note_05'))
    await expect(c.count({ title: { contains: 'x' } })).rejects.toMatchObject(error('note_05'))
    await expect(store.snapshot({ note: get(notes, 'note_05') })).rejects.toMatchObject(error('note_05'))
    await expect(store.transaction((tx) => tx.collection(notes).get('note_05'))).rejects.toMatchObject(error('note_05'))
    expect(await c.get('note_04')).toMatchObject({ stars: 4 })
    const rest = await c.find({ where: { stars: { gt: 5 } }, orderBy: { stars: 'asc' } })
    expect(rest.items.length).toBe(24)
  })

  const orders = [
    ['by id', {}],
    ['by an index', { orderBy: { stars: 'asc' } }],
    ['by an index, from behind', { where: { stars: { lt: 100 } }, orderBy: { stars: 'desc' } }],
    ['by no index', { orderBy: { title: 'asc' } }],
    ['by a condition of no index', { where: { title: { contains: 'title' } }, orderBy: { stars: 'asc' } }],
  ] as const
  const places: readonly (readonly [string, readonly string[]])[] = [
    ['one', ['note_05']],
    ['the first', ids.slice(0, 1)],
    ['the last', ids.slice(-1)],
    ['more in a row than a page has', ids.slice(8, 22)],
    ['all but one', ids.filter((id) => id !== 'note_17')],
    ['all', ids],
  ]
  const cases = orders.flatMap(([order, options]) =>
    places.map(([which, damaged]) => [which, order, options, damaged] as const),
  )
  it.each(cases)(
    'is set aside by a sweep, be it %s, %s: the others are found, each once',
    async (...[, , options, damaged]) => {
      await damage(damaged)
      const found: string[] = []
      for await (const page of pagesOf(store, notes, { ...options, limit: 4 })) found.push(...page.map(({ id }) => id))
      expect(found.toSorted()).toEqual(ids.filter((id) => !damaged.includes(id)))
      const told = logged.map(({ id }) => id ?? '')
      expect(new Set(told).size).toBe(told.length)
      expect(told.filter((id) => !damaged.includes(id))).toEqual([])
      expect(told.length).toBeGreaterThan(0)
    },
  )

  it('is named by check, and stays where those that are as old are removed', async () => {
    await damage(ids.slice(8, 22))
    const { problems } = await store.check()
    expect(problems.map(({ code, id }) => [code, id])).toEqual([
      ...ids.slice(8, 22).map((id) => ['damaged_document', `notes/${id}`]),
      ['damaged', ''],
    ])
    clock.advance('31d')
    expect(await store.sweep()).toEqual({ removed: 16, setAside: 14 })
    expect(await store.sweep()).toEqual({ removed: 0, setAside: 14 })
    expect(logged.map(({ collection, id }) => [collection, id])).toEqual(ids.slice(8, 22).map((id) => ['notes', id]))
  })
})
