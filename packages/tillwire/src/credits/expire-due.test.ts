import { describe, expect, it } from 'vitest'
import { silentLogger } from '../core/index.ts'
import { replace } from '../store/index.ts'
import { holderOf, openCredits } from './index.ts'
import { ledgerAccounts, ledgerAlarms } from './schema.ts'
import { give, newKey, openLedger, type TestLedger, units } from './testing/open-ledger.ts'

const ada = holderOf('ada')
const grace = holderOf('grace')

/** Two holders with a hold that ended, of whom the first one's account says less than nothing. */
async function damaged(ledger: TestLedger) {
  const { credits, store, clock } = ledger
  for (const holder of [ada, grace]) {
    await give(credits, holder, 10)
    await credits.reserve({ holder, max: units(5), key: newKey(), ttl: '1m' })
    await credits.reserve({ holder, max: units(5), key: newKey(), ttl: '30s' })
  }
  const { version, createdAt, updatedAt, ...account } = (await store.collection(ledgerAccounts).get(ada))!
  await store.commit({ writes: [replace(ledgerAccounts, ada, { ...account, grants: [] }, { ifVersion: version })] })
  clock.advance('2m')
  return account
}

describe('an account that cannot be brought to its date', () => {
  it('stops no other, is told, is named by check, and rings again later and later', async () => {
    await using ledger = await openLedger()
    const { store, clock } = ledger
    await damaged(ledger)
    const told: unknown[] = []
    const logger = { error: (fields: object) => void told.push(fields) }
    const credits = openCredits({ store, clock, logger: { ...silentLogger, ...logger } })
    expect(await credits.expireDue()).toEqual({ holds: 2, grants: 0 })
    expect(told).toMatchObject([{ holder: ada, failures: 1 }])
    const { problems } = await credits.check()
    expect(problems).toContainEqual(expect.objectContaining({ code: 'account_set_aside', id: ada }))

    const alarms = store.collection(ledgerAlarms)
    expect((await alarms.find({ where: { holder: ada } })).items).toMatchObject([{ failures: 1 }])
    expect(await credits.expireDue()).toEqual({ holds: 0, grants: 0 })
    expect(told).toHaveLength(1)
    for (const failures of [2, 3]) {
      clock.advance('1h')
      await credits.expireDue()
      expect((await alarms.find({ where: { holder: ada } })).items).toMatchObject([{ failures }])
    }
  })

  it('is brought to it when it has been put right', async () => {
    await using ledger = await openLedger()
    const { credits, store, clock } = ledger
    const whole = await damaged(ledger)
    await credits.expireDue()
    const { version } = (await store.collection(ledgerAccounts).get(ada))!
    await store.commit({ writes: [replace(ledgerAccounts, ada, whole, { ifVersion: version })] })
    clock.advance('1h')
    expect(await credits.expireDue()).toEqual({ holds: 2, grants: 0 })
    expect((await credits.check()).problems).toEqual([])
  })
})
