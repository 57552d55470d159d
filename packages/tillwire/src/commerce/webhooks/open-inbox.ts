import { NotFound } from '../../store/index.ts'
import { InvalidEventStatus } from '../errors.ts'
import type { Parts } from '../parts.ts'
import { EVENT_STATUSES, webhookEvents } from '../schema.ts'
import type { Inbox } from '../types.ts'
import { toWebhookEvent } from './event.ts'
import { pollEvents } from './poll-events.ts'
import { type ReceiveOptions, receiveEvent } from './receive-event.ts'
import { workEvents } from './work-events.ts'

const PAGE = 50

/** An inbox that can be closed: what is under way ends first. */
export interface OpenInbox extends Inbox {
  close(): Promise<void>
}

/** The inbox: events are kept first, and worked on after. */
export function openInbox(parts: Parts, options: ReceiveOptions): OpenInbox {
  const events = parts.store.collection(webhookEvents)
  const closing = new AbortController()
  const underWay = new Set<Promise<unknown>>()
  const told = new Set<string>()
  const follow = async <T>(work: Promise<T>): Promise<T> => {
    underWay.add(work)
    try {
      return await work
    } finally {
      underWay.delete(work)
    }
  }
  return {
    receive: (rawBody, signature) => follow(receiveEvent(parts, options, rawBody, signature)),
    work: () => follow(workEvents(parts, { signal: closing.signal, told })),
    poll: () => follow(pollEvents(parts)),
    async list({ status, after, limit = PAGE } = {}) {
      if (status !== undefined && !EVENT_STATUSES.includes(status)) throw new InvalidEventStatus(status, EVENT_STATUSES)
      const where = status === undefined ? {} : { status }
      const page = await events.find({ where, orderBy: { createdAt: 'desc' }, limit, after })
      return { items: page.items.map(toWebhookEvent), next: page.next }
    },
    async retry(id) {
      const event = await events.get(id)
      if (!event) throw new NotFound({ collection: webhookEvents.name, id })
      if (event.status !== 'parked') return
      const again = { status: 'pending', attempts: 0, dueAt: parts.clock.now().toISOString() } as const
      await events.update(id, again, { ifVersion: event.version })
    },
    async close() {
      closing.abort()
      await Promise.allSettled(underWay)
    },
  }
}
