import type { Server } from 'node:http'
import { Api } from './api/api.ts'
import { RequestLog } from './api/request-log.ts'
import { answerPage } from './checkout-page/pages.ts'
import { EmulatorClock } from './clock.ts'
import { Context, NO_REQUEST } from './context.ts'
import { answerControl, type ControlParts } from './control/control.ts'
import { Faults } from './control/faults.ts'
import { forgetOld } from './housekeeping.ts'
import type { Answer } from './http/answer.ts'
import { Router } from './http/route.ts'
import { createHttpServer, type HttpRequest } from './http/server.ts'
import { settleDueDebits } from './payments/debits.ts'
import { turnDueRefunds } from './payments/refunds.ts'
import { expireDueSessions } from './resources/checkout-sessions.ts'
import { apiRoutes } from './resources/routes.ts'
import { registerConfigured } from './resources/webhook-endpoints.ts'
import { Database } from './store/database.ts'
import { WebhookSender } from './webhooks/sender.ts'

export interface StripeEmulatorOptions {
  /** 0, the default, takes a free port. */
  port?: number
  /** 127.0.0.1 by default. */
  host?: string
  /** A file, or `:memory:` (the default). */
  database?: string
  /** Every webhook is signed with it; without one each endpoint has a secret of its own. */
  webhookSecret?: string
  /** Endpoints that are always registered, for all events. */
  webhookUrls?: readonly string[]
  /** Where browsers reach the emulator, without a slash at the end; `http://HOST:PORT` by default. */
  publicUrl?: string
}

export interface StripeEmulator {
  readonly url: string
  readonly port: number
  /** Stops listening and sending; resolves when nothing of it is left running. */
  close(): Promise<void>
}

/** How often the emulator looks for what is due, and for what it may forget. */
const DUE_MS = 1000
const FORGET_MS = 3_600_000

/**
 * Starts a local Stripe.
 *
 * @throws the error of `listen` (`EADDRINUSE`, `EACCES`), or of SQLite when the file cannot be opened
 * @example
 * const emulator = await startStripeEmulator({ webhookSecret: 'whsec_test' })
 * const stripe = new Stripe('sk_test_emulator', { host: '127.0.0.1', port: emulator.port, protocol: 'http' })
 * await stripe.customers.create({ email: 'ada@example.com' })
 * await emulator.close()
 */
export async function startStripeEmulator(options: StripeEmulatorOptions = {}): Promise<StripeEmulator> {
  const { host = '127.0.0.1', port = 0 } = options
  let handle: ((request: HttpRequest) => Promise<Answer>) | undefined
  const server = createHttpServer((request) => {
    if (handle === undefined) throw new Error('The emulator is not ready.')
    return handle(request)
  })
  // The port comes first: whoever holds it is the one process that works on the file.
  const url = await listen(server, host, port)
  try {
    const running = assemble(options, options.publicUrl ?? url.replace('0.0.0.0', 'localhost'))
    handle = running.handle
    return { url, port: Number(new URL(url).port), close: () => close(server, running.stop) }
  } catch (error) {
    server.close()
    throw error
  }
}

interface Running {
  handle(request: HttpRequest): Promise<Answer>
  stop(): Promise<void>
}

function assemble(options: StripeEmulatorOptions, publicUrl: string): Running {
  const database = new Database(options.database ?? ':memory:')
  const clock = new EmulatorClock(Number(database.setting('clock_offset') ?? 0))
  const context = new Context({ database, clock, publicUrl, webhookSecret: options.webhookSecret, request: NO_REQUEST })
  const sender = new WebhookSender(context)
  const faults = new Faults()
  const log = new RequestLog()

  const register = () => registerConfigured(context, options.webhookUrls ?? [])
  const doDue = () => {
    database.transaction(() => {
      expireDueSessions(context)
      turnDueRefunds(context)
      settleDueDebits(context)
    })
    sender.wake()
  }
  const wake = () => {
    doDue()
    database.transaction(() => forgetOld(context))
  }
  const reset = () => {
    database.clear()
    database.transaction(register)
    faults.clear()
    log.clear()
  }
  const api = new Api({ context, router: new Router(apiRoutes), faults, log, committed: () => sender.wake() })
  const control: ControlParts = { context, faults, log, reset, wake }

  database.transaction(register)
  wake()
  const timers = [setInterval(doDue, DUE_MS), setInterval(wake, FORGET_MS)]
  for (const timer of timers) timer.unref()

  return {
    async handle(request) {
      if (request.path.startsWith('/_emulator')) return answerControl(control, request)
      if (!request.path.startsWith('/c/')) return api.answer(request)
      const answer = answerPage(context, request)
      sender.wake()
      return answer
    },
    async stop() {
      for (const timer of timers) clearInterval(timer)
      faults.clear()
      await sender.close()
      database.close()
    },
  }
}

/** Listens, and gives the address that it listens on. */
function listen(server: Server, host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      const address = server.address()
      const actual = typeof address === 'object' && address !== null ? address.port : port
      resolve(`http://${host.includes(':') ? `[${host}]` : host}:${actual}`)
    })
  })
}

async function close(server: Server, stop: () => Promise<void>): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeAllConnections()
  await closed
  await stop()
}
