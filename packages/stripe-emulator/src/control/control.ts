import type { RequestLog } from '../api/request-log.ts'
import { type EmulatorClock, MAX_ADVANCE_MS, parseDuration } from '../clock.ts'
import type { Context } from '../context.ts'
import { listensFor, MAX_WEBHOOK_ENDPOINTS } from '../events/emit.ts'
import { type Answer, json } from '../http/answer.ts'
import type { HttpRequest } from '../http/server.ts'
import { openDispute } from '../payments/disputes.ts'
import { failRefund } from '../payments/refunds.ts'
import type { Kind } from '../store/kinds.ts'
import { enqueueDelivery, listDeliveries } from '../webhooks/deliveries.ts'
import { type Fault, type Faults, MAX_FAULTS } from './faults.ts'
import { BadControl, numberIn, oneOf, readBody, textIn } from './read-body.ts'

/** How many objects of a kind, and deliveries, are shown; the counts are exact whatever their number. */
const SHOWN = 10_000
const MAX_TIMES = 1000

const SHOWN_KINDS: Record<string, Kind> = {
  customers: 'customer',
  payment_methods: 'payment_method',
  setup_intents: 'setup_intent',
  payment_intents: 'payment_intent',
  charges: 'charge',
  refunds: 'refund',
  disputes: 'dispute',
  coupons: 'coupon',
  products: 'product',
  prices: 'price',
  checkout_sessions: 'checkout.session',
  events: 'event',
  webhook_endpoints: 'webhook_endpoint',
}

export interface ControlParts {
  context: Context
  faults: Faults
  log: RequestLog
  /** Forgets everything but the clock and the endpoints it was started with. */
  reset(): void
  /** Does what has become due. */
  wake(): void
}

interface Command {
  /** The fields that its body may have. */
  fields: readonly string[]
  run(parts: ControlParts, body: Record<string, unknown>): unknown
}

const COMMANDS: Record<string, Command> = {
  'GET state': { fields: [], run: ({ context }) => state(context) },
  'GET requests': { fields: [], run: ({ log }) => ({ requests: log.entries() }) },
  'POST reset': {
    fields: [],
    run(parts) {
      parts.reset()
      return { reset: true }
    },
  },
  'GET faults': { fields: [], run: ({ faults }) => ({ faults: faults.armed() }) },
  'POST faults': { fields: ['method', 'path', 'phase', 'kind', 'status', 'times'], run: armFault },
  'DELETE faults': {
    fields: [],
    run({ faults }) {
      faults.clear()
      return { faults: [] }
    },
  },
  'GET clock': { fields: [], run: ({ context }) => showClock(context.clock) },
  'POST clock': { fields: ['advance'], run: advance },
  'POST disputes': { fields: ['charge', 'amount', 'reason', 'inquiry'], run: dispute },
  'POST refunds/fail': { fields: ['refund'], run: failOneRefund },
  'POST webhooks/replay': { fields: ['eventId', 'times'], run: replay },
  'GET webhooks/deliveries': {
    fields: [],
    run: ({ context }) => ({ deliveries: listDeliveries(context.database, SHOWN) }),
  },
}

/** Answers a command under `/_emulator/`; a wrong body is 400 with a sentence. */
export function answerControl(parts: ControlParts, request: HttpRequest): Answer {
  const name = `${request.method} ${request.path.replace(/^\/_emulator\/?/, '').replace(/\/$/, '')}`
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (command === undefined) {
    const known = Object.keys(COMMANDS).join(', ')
    return json(404, { error: { message: `The emulator has no command "${name}". It has: ${known}.` } })
  }
  try {
    return json(200, command.run(parts, readBody(request.body, command.fields)))
  } catch (error) {
    if (error instanceof BadControl) return json(400, { error: { message: error.message } })
    throw error
  }
}

function state(context: Context): Record<string, unknown> {
  const kinds = Object.entries(SHOWN_KINDS)
  const counts = Object.fromEntries(kinds.map(([name, kind]) => [name, context.objects.count(kind)]))
  const objects = Object.fromEntries(kinds.map(([name, kind]) => [name, context.objects.list(kind, { limit: SHOWN })]))
  return { counts, ...objects, clock: showClock(context.clock) }
}

function showClock(clock: EmulatorClock): { now: string; offsetMs: number } {
  return { now: new Date(clock.now()).toISOString(), offsetMs: clock.offset }
}

function advance({ context, wake }: ControlParts, body: Record<string, unknown>): unknown {
  const text = textIn(body, 'advance')
  const duration = parseDuration(text)
  if (duration === undefined) throw new BadControl('"advance" must be a duration such as "90s", "15m", "1h" or "30d".')
  if (duration > MAX_ADVANCE_MS) throw new BadControl('"advance" may be at most ten years.')
  const offset = context.clock.offset + duration
  context.database.setSetting('clock_offset', String(offset))
  context.clock.offset = offset
  wake()
  return showClock(context.clock)
}

/** A cardholder questions a charge later than the test cards do, or a part of it. */
function dispute({ context, wake }: ControlParts, body: Record<string, unknown>): unknown {
  const charge = context.objects.find('charge', textIn(body, 'charge'))
  if (charge?.status !== 'succeeded') throw new BadControl('"charge" must be the id of a charge that succeeded.')
  const opened = context.database.transaction(() =>
    openDispute(context, charge, {
      amount: numberIn({ amount: charge.amount, ...body }, 'amount', 1, charge.amount),
      inquiry: oneOf({ inquiry: 'no', ...body }, 'inquiry', ['yes', 'no']) === 'yes',
      reason: textIn({ reason: 'fraudulent', ...body }, 'reason'),
    }),
  )
  wake()
  return { dispute: opened }
}

/** The bank of a card cannot take a refund after all. */
function failOneRefund({ context, wake }: ControlParts, body: Record<string, unknown>): unknown {
  const refund = context.objects.find('refund', textIn(body, 'refund'))
  if (refund === undefined || refund.status === 'failed' || refund.status === 'canceled')
    throw new BadControl('"refund" must be the id of a refund that has not failed.')
  const failed = context.database.transaction(() => failRefund(context, refund, 'failed', 'lost_or_stolen_card'))
  wake()
  return { refund: failed }
}

function armFault({ context, faults }: ControlParts, body: Record<string, unknown>): unknown {
  const fault = { ...readFault(body), newest: context.objects.newest() }
  if (faults.arm(fault)) return { fault }
  throw new BadControl(`At most ${MAX_FAULTS} faults can be armed: DELETE them first.`)
}

function readFault(body: Record<string, unknown>): Omit<Fault, 'newest'> {
  return {
    method: oneOf({ method: '*', ...body }, 'method', ['GET', 'POST', 'DELETE', '*']),
    path: textIn(body, 'path'),
    phase: oneOf({ phase: 'before', ...body }, 'phase', ['before', 'after']),
    kind: oneOf(body, 'kind', ['error', 'reset', 'stall', 'rate_limit', 'drop_answer', 'stale']),
    status: numberIn({ status: 500, ...body }, 'status', 400, 599),
    times: numberIn({ times: 1, ...body }, 'times', 1, MAX_TIMES),
  }
}

function replay({ context, wake }: ControlParts, body: Record<string, unknown>): unknown {
  const eventId = textIn(body, 'eventId')
  const times = numberIn({ times: 1, ...body }, 'times', 1, MAX_TIMES)
  const event = context.objects.find('event', eventId)
  if (event === undefined) throw new BadControl(`There is no event ${eventId}.`)
  const endpoints = context.objects
    .list('webhook_endpoint', { limit: MAX_WEBHOOK_ENDPOINTS })
    .filter((endpoint) => listensFor(endpoint, event.type))
  context.database.transaction(() => {
    for (let turn = 0; turn < times; turn += 1) {
      for (const endpoint of endpoints) enqueueDelivery(context.database, eventId, endpoint, context.clock.now())
    }
  })
  wake()
  return { eventId, deliveries: times * endpoints.length }
}
