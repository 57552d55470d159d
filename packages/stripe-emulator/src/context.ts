import type { EmulatorClock } from './clock.ts'
import { emitEvent } from './events/emit.ts'
import type { Database } from './store/database.ts'
import type { Kind, ObjectOf } from './store/kinds.ts'
import { ObjectStore } from './store/objects.ts'

/** What asked for the work: a request of the API, or nothing (a page, the clock). */
export interface RequestOrigin {
  id: string | null
  idempotencyKey: string | null
  /** The newest object that its lists know of; null when they lag behind nothing. */
  listsEndAt: number | null
}

export const NO_REQUEST: RequestOrigin = { id: null, idempotencyKey: null, listsEndAt: null }

/** What a handler works with. All of it is synchronous and inside one transaction. */
export class Context {
  readonly database: Database
  readonly objects: ObjectStore
  readonly clock: EmulatorClock
  readonly publicUrl: string
  readonly webhookSecret: string | undefined
  readonly request: RequestOrigin

  constructor(parts: Omit<Context, 'objects' | 'now' | 'emit' | 'emitUpdate' | 'forRequest'>) {
    this.database = parts.database
    this.objects = new ObjectStore(parts.database)
    this.clock = parts.clock
    this.publicUrl = parts.publicUrl
    this.webhookSecret = parts.webhookSecret
    this.request = parts.request
  }

  /** The same surroundings on behalf of one request. */
  forRequest(request: RequestOrigin): Context {
    return new Context({ ...this, request })
  }

  /** The emulator's time in seconds. */
  now(): number {
    return this.clock.seconds()
  }

  /** Records an event with the object as it is now, and its deliveries. */
  emit(type: string, object: object): void {
    emitEvent(this, type, object)
  }

  /** Stores a changed object and records an event that names what changed; without a change there is no event. */
  emitUpdate<K extends Kind>(type: string, kind: K, before: ObjectOf<K>, after: ObjectOf<K>): void {
    this.objects.replace(kind, after)
    const previous = changedFields(before, after)
    if (Object.keys(previous).length > 0) emitEvent(this, type, after, previous)
  }
}

/** The old values of the fields that differ. */
function changedFields(before: object, after: object): Record<string, unknown> {
  const next = new Map(Object.entries(after))
  return Object.fromEntries(
    Object.entries(before).filter(([field, value]) => JSON.stringify(value) !== JSON.stringify(next.get(field))),
  )
}
