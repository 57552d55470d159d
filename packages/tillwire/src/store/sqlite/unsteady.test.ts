import { expect, it } from 'vitest'
import { describeStore } from '../conformance/describe-store.ts'
import type { StoreHarness } from '../conformance/harness.ts'
import { UnsteadyDriver } from '../conformance/unsteady-driver.ts'
import { openStoreOn } from '../open-store.ts'
import { SqliteDriver } from './sqlite-driver.ts'

let lostCommits = 0

/** The same promises, on an engine that keeps fewer. */
const unsteady: StoreHarness = {
  async create() {
    const driver = await SqliteDriver.open(':memory:')
    const over = new UnsteadyDriver(driver)
    return {
      url: null,
      driver,
      open: (collections, options = {}) =>
        openStoreOn({ driver: over, release: async () => undefined }, { url: 'memory:', collections, ...options }),
      async remove() {
        lostCommits += over.lostCommits
        await driver.close()
      },
    }
  },
}

describeStore('an engine that answers late, out of order, or not at all', unsteady, { shared: false })

it('has lost answers of commits, else all of the above proves nothing', () => {
  expect(lostCommits).toBeGreaterThan(100)
})
