import type { Logger } from './logger.ts'

/** A record, before or after it is written. */
export type Point<Record extends object> = Record & { readonly when: 'before' | 'after' }

/** Follows records as they are written, for metrics and traces. What it throws ends nothing but itself. */
export interface Observer<Record extends object> {
  reached(point: Point<Record>): void
}

/** An observer whose failures are logged and go no further; none observes nothing. */
export function harmless<Record extends object>(
  observer: Observer<Record> | undefined,
  logger: Logger,
): Observer<Record> {
  return {
    reached(point) {
      try {
        observer?.reached(point)
      } catch (error) {
        logger.warn({ ...point, err: error }, 'an observer failed')
      }
    },
  }
}

/** Writes a record, and says so before and, unless that failed, after. */
export async function observed<Record extends object, T>(
  observer: Observer<Record>,
  record: Record,
  write: () => Promise<T>,
): Promise<T> {
  observer.reached({ ...record, when: 'before' })
  const written = await write()
  observer.reached({ ...record, when: 'after' })
  return written
}
