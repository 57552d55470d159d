import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { counters, people } from '../conformance/collections.ts'
import { rejection } from '../conformance/expect-error.ts'
import { StoreUnavailable } from '../errors.ts'
import { openStore } from '../open-store.ts'

it('waits for a lock without holding up the event loop, reads meanwhile, and gives up in the end', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tillwire-lock-'))
  const path = join(folder, 'store.db')
  const store = await openStore({ url: `file:${path}`, collections: [counters] })
  const c = store.collection(counters)
  await c.insert({ id: 'a', count: 1 })
  const other = new DatabaseSync(path)

  other.exec('BEGIN IMMEDIATE')
  const waiting = c.insert({ id: 'b', count: 2 })
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
  expect(await c.count()).toBe(1)
  other.exec('COMMIT')
  await waiting
  expect(await c.count()).toBe(2)

  other.exec('BEGIN IMMEDIATE')
  const refused = [c.insert({ count: 3 }), c.insert({ count: 4 })]
  for (const one of refused) expect((await rejection(StoreUnavailable, one)).retryable).toBe(true)
  other.exec('ROLLBACK')
  await c.insert({ count: 5 })
  expect(await c.count()).toBe(3)

  other.close()
  await store.close()
  await rm(folder, { recursive: true })
})

it('makes tables while commits go on', async () => {
  await using store = await openStore({ url: 'memory:', collections: [counters] })
  const c = store.collection(counters)
  const writing = Promise.all(
    Array.from({ length: 200 }, (_, i) => Promise.resolve().then(() => c.insert({ count: i }))),
  )
  const registering = Promise.all(Array.from({ length: 20 }, () => store.register([people])))
  await Promise.all([writing, registering])
  expect(await c.count()).toBe(200)
})
