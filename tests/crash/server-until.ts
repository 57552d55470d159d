/**
 * The server as a process of its own that can be told to kill itself with SIGKILL at a named point. Its
 * clock is ahead by `CLOCK_AHEAD_MS`. Takes orders as messages, and as `ORDER` from its start on.
 */
import { flushCompileCache } from 'node:module'
import { createTillwire, defineConfig } from 'tillwire'
import { createServerApp } from '../../apps/server/src/app.ts'
import { loadFeatures } from '../../apps/server/src/load-features.ts'

/** A record, by the fields that name it: the server dies the `turn`th time that it comes to it, the first if not told. */
export interface Until {
  readonly point: { readonly record: string; readonly when: 'before' | 'after' } & Readonly<Record<string, unknown>>
  readonly turn?: number
}
export interface Order {
  readonly until?: Until
  /** What the web app does in its own process is done here, so that it dies with this one. */
  readonly checkout?: { readonly username: string; readonly pack: string; readonly key: string }
  readonly refund?: { readonly payment: string; readonly key: string }
}

process.once('disconnect', () => process.exit(1))
const { CLOCK_AHEAD_MS = '0', ORDER = '{}' } = process.env
let until: Until | undefined
let turns = 0

function take({ until: next, checkout, refund }: Order): void {
  until = next
  turns = 0
  if (checkout) void tillwire.commerce.checkout(checkout).catch(() => {})
  if (refund) void tillwire.commerce.refundPack(refund).catch(() => {})
}

function isMeant(point: object): boolean {
  const met = new Map(Object.entries(point))
  return until !== undefined && Object.entries(until.point).every(([name, value]) => met.get(name) === value)
}

const tillwire = await createTillwire(defineConfig({ features: await loadFeatures() }), {
  clock: { now: () => new Date(Date.now() + Number(CLOCK_AHEAD_MS)) },
  observer: {
    reached(point) {
      if (isMeant(point) && ++turns === (until?.turn ?? 1)) process.kill(process.pid, 'SIGKILL')
    },
  },
})
take(JSON.parse(ORDER))
const server = createServerApp(tillwire)
await server.listen(tillwire.settings.serverPort, tillwire.settings.host)
process.on('message', (order: Order) => {
  take(order)
  process.send?.('taken')
})
// A process that is killed leaves no compiled code behind for the next one.
flushCompileCache()
process.send?.('ready')
