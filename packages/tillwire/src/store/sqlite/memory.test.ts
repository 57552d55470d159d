import { describeStore } from '../conformance/describe-store.ts'
import type { StoreHarness } from '../conformance/harness.ts'
import { openStoreOn } from '../open-store.ts'
import { SqliteDriver } from './sqlite-driver.ts'

const memory: StoreHarness = {
  async create() {
    const driver = await SqliteDriver.open(':memory:')
    return {
      url: null,
      driver,
      open: (collections, options = {}) =>
        openStoreOn({ driver, release: async () => undefined }, { url: 'memory:', collections, ...options }),
      remove: () => driver.close(),
    }
  },
}

describeStore('memory', memory, { shared: false })
