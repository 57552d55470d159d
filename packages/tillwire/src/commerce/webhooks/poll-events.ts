import type Stripe from 'stripe'
import { UniqueViolation, VersionConflict } from '../../store/index.ts'
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

/** Reads Stripe's events since the last reading into the inbox; returns how many were new. */
export async function pollEvents(parts: Parts): Promise<number> {
  const { store, stripe, clock } = parts
  const cursors = store.collection(eventCursors)
  const cursor = await cursors.get(CURSOR)
  const oldest = Math.floor(clock.now().getTime() / 1000) - EVENT_LIFE_S
  const since = Math.max(cursor?.since ?? 0, oldest)
  let { newest, after }: { newest: number; after: string | undefined } = cursor?.unfinished ?? {
    newest: since,
    after: undefined,
  }
  let found = 0
  let more = true
  for (let page = 0; more && page < MAX_PAGES; page++) {
    const request: Stripe.EventListParams = {
      types: [...handledTypes],
      created: { gte: since - OVERLAP_S },
      limit: PAGE,
      ...(after !== undefined && { starting_after: after }),
    }
    const { data, has_more } = await askStripe(() => stripe.events.list(request))
    for (const event of data) {
      if (await storeEvent(store, clock, event, 'poll')) found++
      newest = Math.max(newest, event.created)
    }
    after = data.at(-1)?.id ?? after
    more = has_more
  }
  // Newest come first, so what was read counts only when the reading has come down to its end.
  const next =
    more && after !== undefined ? { since, unfinished: { newest, after } } : { since: newest, unfinished: null }
  try {
    if (cursor) await cursors.update(CURSOR, next, { ifVersion: cursor.version })
    else await cursors.insert({ id: CURSOR, ...next })
  } catch (error) {
    // Another process has read the same events meanwhile, and its cursor is as good.
    if (!VersionConflict.is(error) && !UniqueViolation.is(error)) throw error
  }
  return found
}
