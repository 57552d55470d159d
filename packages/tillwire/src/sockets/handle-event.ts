import type { z } from 'zod'
import { type Clock, invariant, type Logger, newId, withRequest } from '../core/index.ts'
import { type Ack, eventEnvelope, type NamespaceName } from '../protocol/index.ts'
import { InvalidPayload, RateLimited } from './errors.ts'
import { requestIdFrom } from './request-id.ts'
import type { TokenBuckets } from './token-buckets.ts'
import type { Charges, ContextOf, EventHandler, PublicContext, SocketIdentity, SocketMetrics } from './types.ts'
import { isFault, isInner, toWireError } from './wire-error.ts'

const ISSUES_TOLD = 10

/** What every event of a server passes through. */
export interface Pipeline {
  readonly charges: Charges
  readonly perSocket: TokenBuckets
  readonly perUser: TokenBuckets
  readonly openEventsPerSocket: number
  readonly frameBytes: number
  readonly metrics: SocketMetrics
  readonly clock: Clock
  readonly logger: Logger
}

/** What is new in the context of each event. */
export type EventFacts = Pick<PublicContext, 'requestId' | 'logger' | 'afterAck'>

/** A socket whose events are handled. */
export interface EventSource<N extends NamespaceName> {
  readonly namespace: N
  readonly handlers: ReadonlyMap<string, EventHandler<ContextOf<N>>>
  readonly socketId: string
  readonly identity: SocketIdentity | null
  contextOf(event: EventFacts): ContextOf<N>
  /** Events that are being worked on. */
  open: number
}

/**
 * Handles one packet, `[event, payload?, envelope?, ack?]`: limits, contract, price, handler. The
 * acknowledgement is called exactly once, whatever happens; a packet without one is fine.
 */
export function handleEvent<N extends NamespaceName>(
  pipeline: Pipeline,
  source: EventSource<N>,
  packet: readonly unknown[],
): Promise<void> {
  const [event, ...rest] = packet
  const last = rest.at(-1)
  const ack = typeof last === 'function' ? (last as (answer: Ack<unknown>) => void) : null
  const { payload, requestId } = opened(ack ? rest.slice(0, -1) : rest)
  return withRequest(requestId, () => answerEvent(pipeline, source, { event, payload, requestId, ack }))
}

/** What a client sent, without the envelope that may follow the payload. */
function opened(sent: readonly unknown[]): { payload: readonly unknown[]; requestId: string } {
  const envelope = sent.length === 2 ? eventEnvelope.safeParse(sent[1]) : null
  return envelope?.success
    ? { payload: sent.slice(0, 1), requestId: requestIdFrom(envelope.data.requestId) }
    : { payload: sent, requestId: requestIdFrom(undefined) }
}

async function answerEvent<N extends NamespaceName>(
  pipeline: Pipeline,
  source: EventSource<N>,
  packet: {
    readonly event: unknown
    readonly payload: readonly unknown[]
    readonly requestId: string
    readonly ack: ((answer: Ack<unknown>) => void) | null
  },
): Promise<void> {
  const started = performance.now()
  const { event, payload, requestId, ack } = packet
  const handler = typeof event === 'string' ? source.handlers.get(event) : undefined
  const name = handler ? String(event) : 'unknown'
  const logger = pipeline.logger.child({ event: name, userId: source.identity?.user.id })
  const afterAck: (() => void)[] = []

  let answer: Ack<unknown>
  source.open += 1
  try {
    limit(pipeline, source)
    if (!handler) throw new InvalidPayload('There is no such event.')
    const context = source.contextOf({ requestId, logger, afterAck: (task) => afterAck.push(task) })
    answer = { ok: true, data: await run(pipeline, source, name, handler, context, payload) }
  } catch (error) {
    const own = handler?.errors
    if (isFault(error, own)) logger.error({ err: error, requestId }, 'An event failed')
    else if (isInner(error, own)) logger.warn({ err: error, requestId }, 'An event was refused')
    answer = { ok: false, error: toWireError(error, own) }
  } finally {
    source.open -= 1
  }
  ack?.(answer)
  const code = answer.ok ? 'ok' : answer.error.code
  pipeline.metrics.event({
    namespace: source.namespace,
    event: name,
    code,
    seconds: (performance.now() - started) / 1_000,
  })
  if (answer.ok) for (const task of afterAck) task()
}

function limit<N extends NamespaceName>(pipeline: Pipeline, source: EventSource<N>): void {
  const now = pipeline.clock.now().getTime()
  if (
    source.open > pipeline.openEventsPerSocket ||
    !pipeline.perSocket.take(source.socketId, now) ||
    (source.identity && !pipeline.perUser.take(source.identity.user.id, now))
  ) {
    throw new RateLimited()
  }
}

async function run<N extends NamespaceName>(
  pipeline: Pipeline,
  source: EventSource<N>,
  name: string,
  handler: EventHandler<ContextOf<N>>,
  context: ContextOf<N>,
  payload: readonly unknown[],
): Promise<unknown> {
  if (!handler.long && bytesOf(payload) > pipeline.frameBytes) {
    throw new InvalidPayload(`The payload is longer than ${pipeline.frameBytes} bytes.`)
  }
  const input = parse(handler.input, payload)
  const amount = typeof handler.costs === 'function' ? handler.costs(input) : handler.costs
  if (!amount) return handler.ack.parse(await handler.handle(context, input))

  invariant(source.identity, 'an event that costs something has a user')
  const userId = source.identity.user.id
  // Not the request's id: a client may give one twice, and pays for each.
  const charge = await pipeline.charges.reserve({ userId, amount, key: newId('event'), description: name })
  let data: unknown
  try {
    data = handler.ack.parse(await handler.handle(context, input))
  } catch (error) {
    // When this fails as well, the hold ends by itself: the first error is the one to tell.
    await charge.release().catch((err: unknown) => context.logger.warn({ err }, 'A hold was left to end by itself'))
    throw error
  }
  await charge.settle()
  return data
}

function bytesOf(payload: readonly unknown[]): number {
  return Buffer.byteLength(JSON.stringify(payload))
}

function parse(schema: z.ZodType, payload: readonly unknown[]): unknown {
  if (payload.length > 1) throw new InvalidPayload('An event has one payload.')
  const result = schema.safeParse(payload[0])
  if (result.success) return result.data
  const issues = result.error.issues
    .slice(0, ISSUES_TOLD)
    .map(({ path, message }) => ({ path: path.join('.'), message }))
  throw new InvalidPayload('The payload does not match: see details.issues.', { issues })
}
