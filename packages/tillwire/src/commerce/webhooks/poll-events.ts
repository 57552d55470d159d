import type Stripe from 'stripe'
import { UniqueViolation, VersionConflict } from '../../store/index.ts'
import { StripeRefused } from '../errors.ts'
import type { Parts } from '../parts.ts'
import { eventCursors } from '../schema.ts'
import { askStripe } from '../stripe/ask-stripe.ts'
import { storeEvent } from './event.ts'
import { handledTypes } from './handlers.ts'

const CURSOR = 'stripe'
/** Stripe keeps events for 30 days. */
const EVENT_LIFE_S = 30 * 86_400
/** Each reading goes back over so much of the one before: an event may show up in the list after younger ones. */
const OVERLAP_S = 600
const PAGE = 100
/** One call reads so many pages at most; the next goes on from there. */
const MAX_PAGES = 50

/** How far a reading has come: the newest event that it saw, and the last one that it took. */
interface Reading {
  readonly newest: number
  readonly after: string | undefined
}

/** Reads Stripe's events since the last reading into the inbox; returns how many were new. */
export async function pollEvents(parts: Parts): Promise<number> {
  const cursors = parts.store.collection(eventCursors)
  const cursor = await cursors.get(CURSOR)
  const oldest = Math.floor(parts.clock.now().getTime() / 1000) - EVENT_LIFE_S
  const since = Math.max(cursor?.since ?? 0, oldest)
  let reading: Reading = cursor?.unfinished ?? { newest: since, after: undefined }
  let found = 0
  let more = true
  for (let page = 0; more && page < MAX_PAGES; page++) {
    const events = await readPage(parts, since, reading)
    for (const event of events.data) if (await storeEvent(parts, event, 'poll')) found++
    more = events.has_more
    reading = {
      newest: Math.max(reading.newest, ...events.data.map(({ created }) => created)),
      after: events.data.at(-1)?.id ?? reading.after,
    }
  }
  const { newest, after } = reading
  // The newest come first: a reading counts when it has come down to where the one before began.
  const unfinished = more && after !== undefined ? { newest, after } : null
  const next = { since: unfinished ? since : newest, unfinished }
  try {
    if (cursor) await cursors.update(CURSOR, next, { ifVersion: cursor.version })
    else await cursors.insert({ id: CURSOR, ...next })
  } catch (error) {
    // Another process has read the same events meanwhile, and its cursor is as good.
    if (!VersionConflict.is(error) && !UniqueViolation.is(error)) throw error
  }
  return found
}

async function readPage({ stripe }: Parts, since: number, { after }: Reading): Promise<Stripe.ApiList<Stripe.Event>> {
  const request = { types: [...handledTypes], created: { gte: since - OVERLAP_S }, limit: PAGE }
  try {
    return await askStripe(() =>
      stripe.events.list({ ...request, ...(after !== undefined && { starting_after: after }) }),
    )
  } catch (error) {
    // The event where an old reading stopped is too old to be known: begin that reading again.
    if (after === undefined || !StripeRefused.is(error)) throw error
    return askStripe(() => stripe.events.list(request))
  }
}
