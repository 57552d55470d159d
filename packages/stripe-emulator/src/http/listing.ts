import type { Context } from '../context.ts'
import type { Kind, ObjectOf } from '../store/kinds.ts'
import type { Condition, Query } from '../store/objects.ts'
import { invalidRequest, noSuchObject } from './error.ts'
import { filled, integer, type Parsed, timeRange } from './parameters.ts'

const DEFAULT_PAGE = 10
const MAX_PAGE = 100

/** The parameters that every list takes. */
export const pageParameters = {
  limit: integer({ min: 1, max: MAX_PAGE }),
  starting_after: filled(),
  ending_before: filled(),
}

/** Those of lists that can also be narrowed by time. */
export const listParameters = { ...pageParameters, created: timeRange() }

export interface Page<T> {
  object: 'list'
  data: T[]
  has_more: boolean
  url: string
}

/** One page of a kind, newest first, in Stripe's list envelope. */
export function listPage<K extends Kind>(
  context: Context,
  kind: K,
  url: string,
  parameters: Parsed<typeof listParameters>,
  narrowing: Pick<Query, 'where' | 'also'> = {},
): Page<ObjectOf<K>> {
  const { limit = DEFAULT_PAGE, starting_after, ending_before, created } = parameters
  if (starting_after !== undefined && ending_before !== undefined) {
    throw invalidRequest('You may only specify one of these parameters: starting_after, ending_before.', {
      code: 'parameters_exclusive',
    })
  }
  const query: Query = { ...narrowing, limit: limit + 1 }
  if (context.request.listsEndAt !== null) query.upTo = context.request.listsEndAt
  if (created !== undefined) query.created = created
  if (starting_after !== undefined) query.after = positionOf(context, kind, starting_after, 'starting_after')
  if (ending_before !== undefined) query.before = positionOf(context, kind, ending_before, 'ending_before')
  const found = context.objects.list(kind, query)
  const more = found.length > limit
  // One more than asked was read: it lies at the far end of the page.
  const data = query.before === undefined ? found.slice(0, limit) : found.slice(more ? 1 : 0)
  return { object: 'list', data, has_more: more, url }
}

function positionOf(context: Context, kind: Kind, id: string, param: string): number {
  const position = context.objects.position(kind, id)
  if (position === undefined) throw noSuchObject(nounOf(kind), id, param)
  return position
}

/** Equality on stored fields, for the parameters that were given. SQLite reads a JSON boolean as 0 or 1. */
export function equalTo(fields: Record<Condition['path'], string | boolean | undefined>): Condition[] {
  return Object.entries(fields).flatMap(([path, value]) => {
    if (value === undefined || !isPath(path)) return []
    return [{ path, equals: typeof value === 'boolean' ? Number(value) : value }]
  })
}

function isPath(path: string): path is Condition['path'] {
  return path.startsWith('$.')
}

const NOUNS: Partial<Record<Kind, string>> = { payment_method: 'PaymentMethod', webhook_endpoint: 'webhook endpoint' }

/** How Stripe's sentences name a kind. */
function nounOf(kind: Kind): string {
  return NOUNS[kind] ?? kind
}

/** The object, or Stripe's refusal: 404 when its id stood in the path, 400 when in a parameter. */
export function requireObject<K extends Kind>(context: Context, kind: K, id: string, param = 'id'): ObjectOf<K> {
  const found = context.objects.find(kind, id)
  if (found === undefined) throw noSuchObject(nounOf(kind), id, param)
  return found
}
