/** A process that makes each customer that it is told of by CALLS calls at once, and tells what came of each. */
import { createTillwire, defineConfig, isTillwireError, silentLogger } from 'tillwire'
import type { Customer } from 'tillwire/commerce'

export interface Made {
  readonly customer: Customer | null
  readonly code: string | null
}

const calls = Number(process.argv[2])
const tillwire = await createTillwire(defineConfig({}), { logger: silentLogger })

async function make(username: string): Promise<Made> {
  try {
    return { customer: await tillwire.commerce.createCustomer(username), code: null }
  } catch (error) {
    return { customer: null, code: isTillwireError(error) ? error.code : String(error) }
  }
}

process.on('message', async (username) => {
  const made = await Promise.all(Array.from({ length: calls }, () => make(String(username))))
  process.send?.(made)
})
process.once('disconnect', async () => {
  await tillwire.close()
  process.exit(0)
})
process.send?.('ready')
