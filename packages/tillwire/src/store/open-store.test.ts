import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { counters, people } from './conformance/collections.ts'
import { rejection } from './conformance/expect-error.ts'
import { InvalidStoreUrl, StoreUnavailable, WriteOutsideTransaction } from './errors.ts'
import { openStore } from './open-store.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tillwire-open-'))
})
afterEach(() => rm(folder, { recursive: true }))

it.each([
  ['postgres://localhost/x', /"postgres:" is not supported; this version opens file:PATH and memory: only/],
  ['mongodb://localhost/x', /"mongodb:" is not supported/],
  ['./data.db', /it has no scheme/],
  ['file:', /needs a path/],
])('refuses %s', async (url, message) => {
  const error = await rejection(InvalidStoreUrl, openStore({ url, collections: [] }))
  expect(error.message).toMatch(message)
})

it('makes the folder of a file, takes a file URL, and keeps what was written', async () => {
  const path = join(folder, 'a', 'b', 'store.db')
  const store = await openStore({ url: `file:${path}`, collections: [counters] })
  const { id } = await store.collection(counters).insert({ count: 1 })
  await store.close()
  await using again = await openStore({ url: pathToFileURL(path).href, collections: [counters] })
  expect(await again.collection(counters).get(id)).toMatchObject({ count: 1 })
})

it('says that a file is no database', async () => {
  const path = join(folder, 'text.db')
  await writeFile(path, 'This is not a database, and long enough to be told from an empty one.'.repeat(20))
  await rejection(StoreUnavailable, openStore({ url: `file:${path}`, collections: [] }))
})

it('refuses a file of another format, and says what to do', async () => {
  const path = join(folder, 'store.db')
  await (await openStore({ url: `file:${path}`, collections: [counters] })).close()
  const db = new DatabaseSync(path)
  db.exec('PRAGMA user_version = 0')
  db.close()
  const error = await rejection(StoreUnavailable, openStore({ url: `file:${path}`, collections: [counters] }))
  expect(error.message).toMatch(/store\.db" has format 0, and this version reads \d+: move it away/)
  expect(error.retryable).toBe(false)
})

it('opens a file once for the process, adds collections, and closes it with the last user', async () => {
  const url = `file:${join(folder, 'store.db')}`
  const one = await openStore({ url, collections: [counters] })
  const copy: typeof import('./open-store.ts') = await import(`./open-store.ts?${'copy'}`)
  expect(copy.openStore).not.toBe(openStore)
  const two = await copy.openStore({ url, collections: [people] })
  expect(await one.collection(people).count()).toBe(0)

  const nested = one.transaction(async () => void (await two.collection(counters).insert({ count: 1 })))
  await rejection(WriteOutsideTransaction, nested)

  const { id } = await one.collection(counters).insert({ count: 1 })
  await one.close()
  expect(existsSync(join(folder, 'store.db-wal'))).toBe(true)
  expect(await two.collection(counters).get(id)).toMatchObject({ count: 1 })
  await two.close()
  expect(existsSync(join(folder, 'store.db-wal'))).toBe(false)
})

it('gives each memory: store its own documents', async () => {
  await using one = await openStore({ url: 'memory:', collections: [counters] })
  await using two = await openStore({ url: 'memory:', collections: [counters] })
  await one.collection(counters).insert({ count: 1 })
  expect(await two.collection(counters).count()).toBe(0)
})

it('can be opened again after an open that failed', async () => {
  const path = join(folder, 'store.db')
  await writeFile(path, 'not a database '.repeat(100))
  await rejection(StoreUnavailable, openStore({ url: `file:${path}`, collections: [] }))
  await rm(path)
  await using store = await openStore({ url: `file:${path}`, collections: [counters] })
  expect(await store.collection(counters).count()).toBe(0)
})
