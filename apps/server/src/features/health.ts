import { monitorEventLoopDelay } from 'node:perf_hooks'
import { collectDefaultMetrics, Gauge, type Registry } from 'prom-client'
import { type App, defineFeature } from 'tillwire'
import { answers } from 'tillwire/answers'
import { webhookEvents } from 'tillwire/commerce'
import { within } from '../within.ts'

/** A store that has not answered by then counts as out of reach. */
const STORE_MS = 1_000
/** How finely the event loop's delay is measured. */
const RESOLUTION_MS = 10
const NANOSECONDS = 1e9

/** Whether the process lives, whether it can serve, and what it measures. */
export default defineFeature({
  name: 'health',
  routes(router, app) {
    measure(app)
    router.get('/health', (_, response) => response.json({ status: 'ok' }))
    router.get('/ready', async (_, response) => {
      const store = (await within(STORE_MS, app.store.cursor())) ? 'ok' : 'unavailable'
      const { draining } = app.sockets
      const ready = store === 'ok' && !draining
      response.status(ready ? 200 : 503).json({ status: ready ? 'ready' : 'not_ready', store, draining })
    })
    router.get('/metrics', async (_, response) => {
      response.setHeader('Content-Type', app.metrics.contentType)
      response.end(await app.metrics.metrics())
    })
  },
  start: (app, signal) => measureEventLoop(app.metrics, signal),
})

/** What is read when somebody asks. */
function measure({ metrics, sockets, store, logger }: App): void {
  collectDefaultMetrics({ register: metrics })
  new Gauge({
    name: 'tillwire_sockets',
    help: 'Open sockets, by namespace.',
    labelNames: ['namespace'],
    registers: [metrics],
    collect() {
      for (const [namespace, count] of Object.entries(sockets.connections())) this.set({ namespace }, count)
    },
  })
  const counted = (name: string, help: string, count: () => Promise<number>) =>
    new Gauge({
      name,
      help,
      registers: [metrics],
      async collect() {
        try {
          this.set(await count())
        } catch (err) {
          // An old number would be a wrong one.
          this.remove()
          logger.warn({ err }, `${name} could not be counted`)
        }
      },
    })
  counted('tillwire_answers_open', 'Answers that are streaming, in every process.', () =>
    store.collection(answers).count({ state: 'streaming' }),
  )
  counted('tillwire_webhooks_pending', 'Events of Stripe that wait to be worked on.', () =>
    store.collection(webhookEvents).count({ status: 'pending' }),
  )
  counted('tillwire_webhooks_parked', 'Events of Stripe that wait for an operator.', () =>
    store.collection(webhookEvents).count({ status: 'parked' }),
  )
}

function measureEventLoop(metrics: Registry, signal: AbortSignal): void {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delay.enable()
  signal.addEventListener('abort', () => delay.disable())
  new Gauge({
    name: 'tillwire_event_loop_delay_seconds',
    help: 'How late the event loop came since the last time somebody asked: its 99th percentile and its maximum.',
    labelNames: ['stat'],
    registers: [metrics],
    collect() {
      // What is measured is the time between two turns of a timer, its own period included.
      const late = (nanoseconds: number) => Math.max(0, nanoseconds / NANOSECONDS - RESOLUTION_MS / 1_000)
      this.set({ stat: 'p99' }, late(delay.percentile(99)))
      this.set({ stat: 'max' }, late(delay.max))
      delay.reset()
    },
  })
}
