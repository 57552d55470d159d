import { execFile } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { collection } from '../collection.ts'
import { openStore } from '../open-store.ts'
import { Checkpointer } from './checkpointer.ts'
import { Connection } from './connection.ts'

const PAGE_BYTES = 4_096
const WRITTEN_PAGES = 14_000
/** Well under what is written, and under what a commit would begin to copy by itself. */
const MOST_LOG_PAGES = 10_000
const AT_ONCE = 200

const blobs = collection({ name: 'blobs', schema: z.object({ text: z.string() }) })

it('keeps the write-ahead log short while it is written to without pause, and leaves none behind', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tillwire-checkpoint-'))
  const path = join(folder, 'store.db')
  try {
    const store = await openStore({ url: `file:${path}`, collections: [blobs] })
    const text = 'x'.repeat(PAGE_BYTES)
    for (let written = 0; written < WRITTEN_PAGES; written += AT_ONCE)
      await store.collection(blobs).insertMany(Array.from({ length: AT_ONCE }, () => ({ text })))
    expect(statSync(`${path}-wal`).size).toBeLessThan(MOST_LOG_PAGES * PAGE_BYTES)
    expect(statSync(path).size).toBeGreaterThan((WRITTEN_PAGES - MOST_LOG_PAGES) * PAGE_BYTES)

    await store.close()
    expect(existsSync(`${path}-wal`)).toBe(false)
    await using again = await openStore({ url: `file:${path}`, collections: [blobs] })
    expect(await again.collection(blobs).count()).toBe(WRITTEN_PAGES)
    expect((await again.check()).problems).toEqual([])
  } finally {
    await rm(folder, { recursive: true })
  }
}, 60_000)

it('lets a process that writes without pause, and does nothing else, write to the end', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tillwire-checkpoint-'))
  const program = `
    const { collection, openStore } = await import(${JSON.stringify(new URL('../index.ts', import.meta.url).href)})
    const { z } = await import('zod')
    const blobs = collection({ name: 'blobs', schema: z.object({ text: z.string() }) })
    const store = await openStore({ url: ${JSON.stringify(`file:${join(folder, 'store.db')}`)}, collections: [blobs] })
    const documents = Array.from({ length: ${AT_ONCE} }, () => ({ text: 'x'.repeat(${PAGE_BYTES}) }))
    for (let written = 0; written < ${WRITTEN_PAGES}; written += ${AT_ONCE})
      await store.collection(blobs).insertMany(documents)
    process.stdout.write(String(await store.collection(blobs).count()))
    await store.close()
  `
  try {
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
      cwd: import.meta.dirname,
    })
    expect(stdout).toBe(String(WRITTEN_PAGES))
  } finally {
    await rm(folder, { recursive: true })
  }
}, 60_000)

/** A thread that answers once, and then never again. */
const SILENT = `
  const { parentPort } = require('node:worker_threads')
  let asked = 0
  parentPort.on('message', () => { if (asked++ === 0) parentPort.postMessage('copied') })
`

it('keeps nobody waiting for a thread that does not answer', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tillwire-checkpoint-'))
  const path = join(folder, 'log.db')
  const connection = await Connection.open(path)
  const checkpointer = new Checkpointer(connection, path, SILENT)
  try {
    connection.db.exec('CREATE TABLE blobs (text TEXT) STRICT')
    const insert = connection.db.prepare('INSERT INTO blobs VALUES (?)')
    const commit = (rows: number) => {
      connection.db.exec('BEGIN IMMEDIATE')
      for (let row = 0; row < rows; row++) insert.run('x'.repeat(PAGE_BYTES))
      connection.db.exec('COMMIT')
      for (let looks = 0; looks < 8; looks++) checkpointer.look()
    }
    // All before the thread's answer can be taken: the log is long by then.
    for (let written = 0; written < 6_000; written += AT_ONCE) commit(AT_ONCE)
    const deadline = performance.now() + 20_000
    let longest = 0
    while (longest < 1_000 && performance.now() < deadline) {
      commit(1)
      await new Promise(setImmediate)
      const asked = performance.now()
      await checkpointer.finished
      longest = performance.now() - asked
    }
    expect(longest).toBeGreaterThan(1_000)
    expect(longest).toBeLessThan(10_000)
    const start = performance.now()
    await checkpointer.close()
    expect(performance.now() - start).toBeLessThan(10_000)
  } finally {
    connection.close()
    await rm(folder, { recursive: true })
  }
}, 60_000)

it('looks at a log that cannot be read, and starts no thread, without a word', async () => {
  const connection = await Connection.open(':memory:')
  const checkpointer = new Checkpointer(connection, '/nowhere/store.db')
  connection.close()
  for (let commits = 0; commits < 100; commits++) expect(() => checkpointer.look()).not.toThrow()
  await checkpointer.close()
})
