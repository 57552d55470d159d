import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeStore } from '../conformance/describe-store.ts'
import type { StoreHarness } from '../conformance/harness.ts'
import { openStore } from '../open-store.ts'
import type { Store } from '../types.ts'
import { SqliteDriver } from './sqlite-driver.ts'

const files: StoreHarness = {
  async create() {
    const folder = await mkdtemp(join(tmpdir(), 'tillwire-store-'))
    const path = join(folder, 'made', 'store.db')
    const url = `file:${path}`
    const opened: Store[] = [await openStore({ url, collections: [] })]
    const driver = await SqliteDriver.open(path)
    return {
      url,
      driver,
      async open(collections, options = {}) {
        const store = await openStore({ url, collections, ...options })
        opened.push(store)
        return store
      },
      async remove() {
        await driver.close()
        for (const store of opened) await store.close()
        await rm(folder, { recursive: true })
      },
    }
  },
}

describeStore('a SQLite file', files, { shared: true })
