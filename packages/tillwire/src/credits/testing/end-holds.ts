/** A process that makes holds which end at once, and ends them, until it is told to stop. */
import { newId } from '../../core/index.ts'
import { openStore } from '../../store/index.ts'
import { creditsCollections, holderOf, openCredits } from '../index.ts'
import { units } from './open-ledger.ts'

const [url = '', name = ''] = process.argv.slice(2)
const store = await openStore({ url, collections: creditsCollections })
const credits = openCredits({ store })
let isStopped = false
process.once('message', () => {
  isStopped = true
})
process.send?.('ready')
process.on('disconnect', () => process.exit(1))
let ended = 0
while (!isStopped) {
  const key = newId(name)
  const { id } = await credits.reserve({ holder: holderOf('ada'), max: units(1), key, ttl: '1ms' })
  process.send?.(id)
  ended += (await credits.expireDue()).holds
}
await credits.close()
await store.close()
process.send?.({ ended })
process.disconnect?.()
