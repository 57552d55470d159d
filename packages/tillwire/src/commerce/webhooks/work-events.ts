import { backoffDelay, isoAfter, observed } from '../../core/index.ts'
import { replace, VersionConflict } from '../../store/index.ts'
import { PaymentMismatch } from '../errors.ts'
import type { Parts } from '../parts.ts'
import { webhookEvents } from '../schema.ts'
import { describeFailure, type EventDocument, MAX_ATTEMPTS, RETRY_BACKOFF, WORK_LEASE } from './event.ts'
import { handlerOf } from './handlers.ts'

const AT_ONCE = 8
/** One call works on so many events at most; what is left is due at the next. */
const MAX_EVENTS = 1_000

/** Works on the events that are due, the oldest first; returns how many were done. Any number of processes may work. */
export async function workEvents(parts: Parts, signal: AbortSignal): Promise<number> {
  const events = parts.store.collection(webhookEvents)
  let done = 0
  for (let begun = 0; begun < MAX_EVENTS && !signal.aborted; begun += AT_ONCE) {
    const due = { status: 'pending', dueAt: { lte: parts.clock.now().toISOString() } }
    const { items } = await events.find({ where: due, orderBy: { dueAt: 'asc' }, limit: AT_ONCE })
    if (items.length === 0) break
    const results = await Promise.all(items.map((event) => workOn(parts, event)))
    done += results.filter((result) => result).length
  }
  return done
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
    await handlerOf(taken.type)?.handle(
      parts,
      taken.objectId,
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
  if (event.attempts >= MAX_ATTEMPTS || PaymentMismatch.is(error)) {
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
