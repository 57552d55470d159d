import type { Context } from '../context.ts'
import { presentEvent } from '../events/present.ts'
import { invalidRequest } from '../http/error.ts'
import { listPage, listParameters, requireObject } from '../http/listing.ts'
import { boolean, filled, list } from '../http/parameters.ts'
import { route } from '../http/route.ts'
import type { Query } from '../store/objects.ts'

/** Events can be read for 30 days. */
export const EVENT_LIFE_S = 30 * 86_400
const MAX_TYPES = 20

type Sql = NonNullable<Query['also']>

function ofTypes(types: readonly string[]): Sql {
  const patterns = types.map((type) => type.replaceAll(/[[\]?]/g, ''))
  return { sql: `(${patterns.map(() => "json_extract(body, '$.type') GLOB ?").join(' OR ')})`, values: patterns }
}

/** Delivered to every endpoint that listens; or still on the way, or given up, to at least one. */
function delivered(wanted: boolean): Sql {
  const open = "EXISTS (SELECT 1 FROM deliveries WHERE event = objects.id AND state <> 'delivered')"
  return { sql: wanted ? `NOT ${open}` : open, values: [] }
}

function all(parts: readonly Sql[]): { also?: Sql } {
  if (parts.length === 0) return {}
  return { also: { sql: parts.map((part) => part.sql).join(' AND '), values: parts.flatMap((part) => part.values) } }
}

function oldest(context: Context): Sql {
  return { sql: 'created >= ?', values: [context.now() - EVENT_LIFE_S] }
}

export const eventRoutes = [
  route({
    method: 'GET',
    path: '/v1/events',
    parameters: {
      ...listParameters,
      delivery_success: boolean(),
      type: filled(),
      types: list(filled(), { max: MAX_TYPES }),
    },
    handle(context, { delivery_success, type, types, ...page }) {
      if (type !== undefined && types !== undefined) {
        throw invalidRequest('You may only specify one of these parameters: type, types.', {
          code: 'parameters_exclusive',
        })
      }
      const wanted = types ?? (type === undefined ? [] : [type])
      const parts = [oldest(context)]
      if (wanted.length > 0) parts.push(ofTypes(wanted))
      if (delivery_success !== undefined) parts.push(delivered(delivery_success))
      const found = listPage(context, 'event', '/v1/events', page, all(parts))
      return { ...found, data: found.data.map((event) => presentEvent(context, event)) }
    },
  }),
  route({
    method: 'GET',
    path: '/v1/events/:id',
    parameters: {},
    handle: (context, { id }) => presentEvent(context, requireObject(context, 'event', id)),
  }),
]
