/** A process that makes the customer USERNAME by CALLS calls at once when it is told to, and tells what came of each. */
import { createTillwire, defineConfig, isTillwireError, silentLogger } from 'tillwire'
import type { Customer } from 'tillwire/commerce'

export interface Made {
  readonly customer: Customer | null
  readonly code: string | null
}

const [username = '', calls = ''] = process.argv.slice(2)
const tillwire = await createTillwire(defineConfig({}), { logger: silentLogger })

async function make(): Promise<Made> {
  try {
    return { customer: await tillwire.commerce.createCustomer(username), code: null }
  } catch (error) {
    return { customer: null, code: isTillwireError(error) ? error.code : String(error) }
  }
}

process.once('message', async () => {
  const made = await Promise.all(Array.from({ length: Number(calls) }, make))
  await tillwire.close()
  process.send?.(made, () => process.exit(0))
})
process.once('disconnect', () => process.exit(1))
process.send?.('ready')
