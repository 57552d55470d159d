import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import helmet from 'helmet'
import { Registry } from 'prom-client'
import { type App, PortInUse, runFeatures, type Tillwire } from 'tillwire'
import { holderOf } from 'tillwire/credits'
import { type Charges, openSockets } from 'tillwire/sockets'
import { answerErrors, answerNotFound, giveRequestId } from './http-errors.ts'
import { socketMetrics } from './socket-metrics.ts'
import { within } from './within.ts'

/** How long a client may take to send its request's headers, and the whole request. */
const HEADERS_MS = 10_000
const REQUEST_MS = 30_000
/** How long each is given to end in order: sockets, jobs, and requests under way. */
const DRAIN_MS = 3_000
const JOBS_MS = 2_000
const REQUESTS_MS = 1_000

/** The server: sockets, routes and jobs of every feature in the configuration. */
export interface ServerApp {
  readonly app: App
  /**
   * Listens; resolves with the port, which matters when 0 was asked for.
   * @throws PortInUse
   */
  listen(port: number, host: string): Promise<number>
  /** Drains the sockets, ends the jobs, and stops listening. Tillwire itself stays the caller's. */
  close(): Promise<void>
}

/** Puts HTTP, sockets and features on a Tillwire. Jobs run from now on. */
export function createServerApp(tillwire: Tillwire): ServerApp {
  const { config, settings, logger, sessions, credits, clock } = tillwire
  const metrics = new Registry()
  const web = express()
  const httpServer = createServer({ headersTimeout: HEADERS_MS, requestTimeout: REQUEST_MS }, web)
  const sockets = openSockets({
    httpServer,
    reader: sessions.reader,
    lease: sessions.lease,
    charges: chargesOf(tillwire),
    async balance(userId) {
      const { available, held, debt, version } = await credits.balance(holderOf(userId))
      return { available, held, debt, version }
    },
    allowedOrigins: settings.allowedOrigins,
    limits: config.limits,
    metrics: socketMetrics(metrics),
    clock,
    logger,
  })
  const app: App = { ...tillwire, sockets, metrics }

  const router = express.Router()
  web.use(helmet(), giveRequestId, router, answerNotFound, answerErrors(logger))
  const features = runFeatures(app, config.features, router)

  return {
    app,
    listen: (port, host) => listen(httpServer, port, host),
    async close() {
      await sockets.drain(DRAIN_MS)
      await within(JOBS_MS, features.close())
      await sockets.close()
      await closeHttp(httpServer)
    },
  }
}

function listen(httpServer: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    httpServer.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new PortInUse(port, 'SERVER_PORT') : error)
    })
    httpServer.listen(port, host, () => resolve((httpServer.address() as AddressInfo).port))
  })
}

/** Stops listening and lets requests under way end. A client that does not let go is not waited for. */
async function closeHttp(httpServer: Server): Promise<void> {
  const closed = new Promise((done) => httpServer.close(done))
  httpServer.closeIdleConnections()
  await within(REQUESTS_MS, closed)
  httpServer.closeAllConnections()
}

/** How socket events with a price are paid. */
function chargesOf({ credits }: Tillwire): Charges {
  return {
    async reserve({ userId, amount, key, description }) {
      const hold = await credits.reserve({ holder: holderOf(userId), max: amount, key, ttl: '15m' })
      return {
        settle: async () => void (await hold.settle(amount, { key, description })),
        release: async () => void (await hold.release()),
      }
    },
  }
}
