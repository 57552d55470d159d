import { backoffDelay, isoAfter, observed } from '../../core/index.ts'
import { replace, StoreUnavailable, VersionConflict } from '../../store/index.ts'
import { PaymentMismatch, TooMany } from '../errors.ts'
import type { Parts } from '../parts.ts'
import { webhookEvents } from '../schema.ts'
import { isMissing } from '../stripe/ask-stripe.ts'
import { describeFailure, type EventDocument, MAX_ATTEMPTS, RETRY_BACKOFF, WORK_LEASE } from './event.ts'
import { handleEvent } from './handlers.ts'

const AT_ONCE = 8
/** One call works on so many events at most; what is left is due at the next. */
const MAX_EVENTS = 1_000
/** Events that were set aside are remembered, so that the log tells of each once. */
const MAX_TOLD = 1_000

/** How an inbox is worked on. */
export interface Working {
  readonly signal: AbortSignal
  /** Events that the log has told of already because they cannot be read or marked. */
  readonly told: Set<string>
}

/**
 * Works on the events that are due, the oldest first; returns how many were done. Any number of processes may
 * work. An event that cannot be read or marked is set aside, named in the log, and stops no other.
 */
export async function workEvents(parts: Parts, { signal, told }: Working): Promise<number> {
  const events = parts.store.collection(webhookEvents)
  const where = { status: 'pending', dueAt: { lte: parts.clock.now().toISOString() } }
  const setAside = (eventId: string, err: unknown) => {
    if (StoreUnavailable.is(err)) throw err
    if (told.has(eventId) || told.size >= MAX_TOLD) return
    told.add(eventId)
    parts.logger.error({ eventId, err }, 'webhook event set aside: an operator has to look')
  }
  const work = async (event: EventDocument): Promise<boolean> => {
    try {
      return await workOn(parts, event)
    } catch (error) {
      setAside(event.id, error)
      return false
    }
  }
  let done = 0
  let after: string | undefined
  for (let begun = 0; begun < MAX_EVENTS && !signal.aborted; begun += AT_ONCE) {
    const page = await events.find({ where, orderBy: { dueAt: 'asc' }, limit: AT_ONCE, after, setAside })
    const results = await Promise.all(byPayment(page.items).map((group) => inTurn(group, work)))
    done += results.flat().filter((result) => result).length
    if (page.next === null) break
    after = page.next
  }
  return done
}

/** Events of one payment are worked on in turn: side by side they would race for its checkout. */
function byPayment(events: readonly EventDocument[]): (readonly EventDocument[])[] {
  return [...Map.groupBy(events, ({ payment, objectId }) => payment ?? objectId).values()]
}

async function inTurn<T>(events: readonly EventDocument[], work: (event: EventDocument) => Promise<T>): Promise<T[]> {
  const results: T[] = []
  for (const event of events) results.push(await work(event))
  return results
}

/** Takes one event, unless another process has, and does what is to be done about it. */
async function workOn(parts: Parts, event: EventDocument): Promise<boolean> {
  const taken = await change(parts, 'take', event, {
    attempts: event.attempts + 1,
    dueAt: isoAfter(parts.clock.now(), WORK_LEASE),
  })
  if (!taken) return false
  try {
    const end = { status: 'done', lastError: null, doneAt: parts.clock.now().toISOString() } as const
    await handleEvent(
      parts,
      taken,
      replace(webhookEvents, taken.id, { ...taken, ...end }, { ifVersion: taken.version }),
    )
    // Done together with its effect, or, where it had none, here.
    await change(parts, 'done', taken, end)
    return true
  } catch (error) {
    await fail(parts, taken, error)
    return false
  }
}

async function fail(parts: Parts, event: EventDocument, error: unknown): Promise<void> {
  const lastError = describeFailure(error)
  const fields = { eventId: event.id, type: event.type, attempts: event.attempts, err: error }
  if (event.attempts >= MAX_ATTEMPTS || isFinal(error)) {
    parts.logger.error(fields, 'webhook event parked: an operator has to look')
    await change(parts, 'park', event, { status: 'parked', lastError })
    return
  }
  parts.logger.warn(fields, 'webhook event failed')
  const wait = backoffDelay(RETRY_BACKOFF, event.attempts)
  await change(parts, 'fail', event, {
    lastError,
    dueAt: new Date(parts.clock.now().getTime() + wait).toISOString(),
  })
}

/** What no further try will change: the payment is another one, or Stripe has no such object (any more). */
function isFinal(error: unknown): boolean {
  return PaymentMismatch.is(error) || TooMany.is(error) || isMissing(error)
}

/** Changes an event that nobody has changed since; null when somebody has. */
async function change(
  { store, observer }: Parts,
  record: 'take' | 'done' | 'fail' | 'park',
  event: EventDocument,
  fields: Partial<Pick<EventDocument, 'status' | 'attempts' | 'dueAt' | 'lastError' | 'doneAt'>>,
): Promise<EventDocument | null> {
  try {
    return await observed(observer, { record, eventId: event.id, type: event.type }, () =>
      store.collection(webhookEvents).update(event.id, fields, { ifVersion: event.version }),
    )
  } catch (error) {
    if (VersionConflict.is(error)) return null
    throw error
  }
}
