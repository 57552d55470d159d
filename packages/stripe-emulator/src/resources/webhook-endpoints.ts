import type { Context } from '../context.ts'
import { MAX_WEBHOOK_ENDPOINTS } from '../events/emit.ts'
import { invalidRequest } from '../http/error.ts'
import { listPage, pageParameters, requireObject } from '../http/listing.ts'
import {
  boolean,
  changeMetadata,
  filled,
  list,
  type MetadataChange,
  metadata,
  required,
  text,
  webAddress,
} from '../http/parameters.ts'
import { route } from '../http/route.ts'
import { newId } from '../ids.ts'
import type { WebhookEndpoint } from '../store/kinds.ts'
import { giveUpDeliveries } from '../webhooks/deliveries.ts'

interface NewEndpoint {
  api_version?: string
  description?: string | null
  enabled_events: string[]
  metadata?: MetadataChange
  url: string
}

/** Registers an endpoint. It signs with the emulator's given secret, else with one of its own. */
function createEndpoint(context: Context, given: NewEndpoint, configured = false): WebhookEndpoint {
  if (context.objects.count('webhook_endpoint') >= MAX_WEBHOOK_ENDPOINTS) {
    throw invalidRequest(`You have reached the maximum of ${MAX_WEBHOOK_ENDPOINTS} test webhook endpoints.`)
  }
  const created = context.now()
  const endpoint: WebhookEndpoint = {
    id: newId('we'),
    object: 'webhook_endpoint',
    api_version: given.api_version ?? null,
    application: null,
    created,
    description: given.description ?? null,
    enabled_events: given.enabled_events,
    livemode: false,
    metadata: changeMetadata({}, given.metadata),
    status: 'enabled',
    url: given.url,
  }
  const secret = newId('whsec', 32)
  context.objects.insert('webhook_endpoint', endpoint, { secret, configured }, created)
  return { ...endpoint, secret: context.webhookSecret ?? secret }
}

/**
 * Makes the endpoints that the emulator was started with the ones that are registered, beside those of the API. One that
 * is there already stays, with what it has still to receive.
 */
export function registerConfigured(context: Context, urls: readonly string[]): void {
  const known = new Set<string>()
  for (const endpoint of context.objects.list('webhook_endpoint', { limit: MAX_WEBHOOK_ENDPOINTS })) {
    const { configured } = context.objects.hidden('webhook_endpoint', endpoint.id)
    if (!configured) continue
    if (!urls.includes(endpoint.url)) removeEndpoint(context, endpoint.id)
    known.add(endpoint.url)
  }
  for (const url of new Set(urls).difference(known)) createEndpoint(context, { url, enabled_events: ['*'] }, true)
}

function removeEndpoint(context: Context, id: string): void {
  context.objects.remove('webhook_endpoint', id)
  giveUpDeliveries(context.database, id)
}

const enabledEvents = list(filled())

export const webhookEndpointRoutes = [
  route({
    method: 'POST',
    path: '/v1/webhook_endpoints',
    parameters: {
      api_version: filled(),
      description: text(),
      enabled_events: required(enabledEvents),
      metadata: metadata(),
      url: required(webAddress()),
    },
    handle: (context, given) => createEndpoint(context, given),
  }),
  route({
    method: 'GET',
    path: '/v1/webhook_endpoints',
    parameters: pageParameters,
    handle: (context, page) => listPage(context, 'webhook_endpoint', '/v1/webhook_endpoints', page),
  }),
  route({
    method: 'GET',
    path: '/v1/webhook_endpoints/:id',
    parameters: {},
    handle: (context, { id }) => requireObject(context, 'webhook_endpoint', id),
  }),
  route({
    method: 'POST',
    path: '/v1/webhook_endpoints/:id',
    parameters: {
      description: text(),
      disabled: boolean(),
      enabled_events: enabledEvents,
      metadata: metadata(),
      url: webAddress(),
    },
    handle(context, { id, disabled, metadata, ...fields }) {
      const endpoint = requireObject(context, 'webhook_endpoint', id)
      const next: WebhookEndpoint = {
        ...endpoint,
        ...fields,
        metadata: changeMetadata(endpoint.metadata, metadata),
        ...(disabled === undefined ? {} : { status: disabled ? 'disabled' : 'enabled' }),
      }
      context.objects.replace('webhook_endpoint', next)
      return next
    },
  }),
  route({
    method: 'DELETE',
    path: '/v1/webhook_endpoints/:id',
    parameters: {},
    handle(context, { id }) {
      requireObject(context, 'webhook_endpoint', id)
      removeEndpoint(context, id)
      return { id, object: 'webhook_endpoint', deleted: true }
    },
  }),
]
