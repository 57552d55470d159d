/** A process that, when told, spends from an account until nothing is left, and tells how often it did. */
import { once } from 'node:events'
import { openStore } from '../../store/index.ts'
import { creditsCollections, holderOf, OutOfCredits, openCredits } from '../index.ts'
import { units } from './open-ledger.ts'

const [url = '', name = ''] = process.argv.slice(2)
const store = await openStore({ url, collections: creditsCollections })
const credits = openCredits({ store })
let count = 0

async function spendAll(worker: number): Promise<void> {
  for (let turn = 0; ; turn++) {
    const key = `${name}-${worker}-${turn}`
    try {
      const hold = await credits.reserve({ holder: holderOf('ada'), max: units(2), key, ttl: '15m' })
      await hold.settle(units(1), { key })
      count += 1
    } catch (error) {
      if (!OutOfCredits.is(error)) throw error
      // What others hold may come back yet.
      if ((await credits.balance(holderOf('ada'))).held === 0) return
    }
  }
}

process.send?.('ready')
await once(process, 'message')
await Promise.all([0, 1, 2, 3].map(spendAll))
await credits.close()
await store.close()
process.send?.(count)
process.disconnect?.()
