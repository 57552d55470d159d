import { expect, it } from 'vitest'
import { manualClock } from '../core/index.ts'
import { UnsteadyDriver } from '../store/conformance/unsteady-driver.ts'
import { openStoreOn } from '../store/open-store.ts'
import { SqliteDriver } from '../store/sqlite/sqlite-driver.ts'
import { creditsCollections, holderOf, openCredits } from './index.ts'
import { units } from './testing/open-ledger.ts'

const HOLDERS = ['ada', 'bea', 'cyd'].map(holderOf)
const EACH = 40

it('moves each credit once on an engine whose answers are late or lost', async () => {
  const driver = new UnsteadyDriver(await SqliteDriver.open(':memory:'), { late: 30, lost: 20 })
  driver.losing.push({ method: 'commit', when: 'after' }, { method: 'commit', when: 'before' })
  const clock = manualClock()
  const options = { url: 'memory:', collections: creditsCollections, clock }
  await using store = await openStoreOn({ driver, release: () => driver.close() }, options)
  const credits = openCredits({ store, clock })
  const source = { kind: 'manual' } as const
  await Promise.all(
    HOLDERS.flatMap((holder) =>
      Array.from({ length: EACH }, async (_, n) => {
        const given = { holder, amount: units(10), key: `give-${n}`, source }
        await Promise.all([credits.grant(given), credits.grant(given)])
        const hold = await credits.reserve({ holder, max: units(5), key: `hold-${n}`, ttl: '15m' })
        await hold.settle(units(2), { key: `settle-${n}` })
      }),
    ),
  )
  for (const holder of HOLDERS)
    expect(await credits.balance(holder)).toMatchObject({ available: units(8 * EACH), held: 0, debt: 0 })
  expect(driver.lostCommits).toBeGreaterThan(0)
  expect((await credits.check()).problems).toEqual([])
  await credits.close()
})
