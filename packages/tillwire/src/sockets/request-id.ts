import { newId } from '../core/index.ts'
import { requestId } from '../protocol/index.ts'

/** The id that a caller gave its request, when it is a plain one of at most 128 characters; else a new one. */
export function requestIdFrom(given: unknown): string {
  const checked = requestId.safeParse(given)
  return checked.success ? checked.data : newId('req')
}
