import type { Context } from '../context.ts'
import { invalidRequest } from '../http/error.ts'
import { equalTo, listPage, listParameters, requireObject } from '../http/listing.ts'
import {
  boolean,
  changeMetadata,
  filled,
  hash,
  list,
  type MetadataChange,
  metadata,
  oneOf,
  required,
  text,
  webAddress,
} from '../http/parameters.ts'
import { route } from '../http/route.ts'
import { newId, randomText } from '../ids.ts'
import { takePaymentMethod } from '../payments/methods.ts'
import { attemptSetup } from '../payments/set-up.ts'
import type { SetupIntent } from '../store/kinds.ts'

interface NewSetupIntent {
  automatic_payment_methods?: { enabled: boolean; allow_redirects?: 'always' | 'never' }
  customer?: string
  description?: string | null
  metadata?: MetadataChange
  usage?: 'off_session' | 'on_session'
}

function createSetup(context: Context, given: NewSetupIntent): SetupIntent {
  const created = context.now()
  const id = newId('seti')
  const intent: SetupIntent = {
    id,
    object: 'setup_intent',
    allowed_payment_method_types: null,
    application: null,
    automatic_payment_methods: { allow_redirects: 'always', ...(given.automatic_payment_methods ?? { enabled: true }) },
    cancellation_reason: null,
    client_secret: `${id}_secret_${randomText(25)}`,
    created,
    customer: given.customer ?? null,
    customer_account: null,
    description: given.description ?? null,
    excluded_payment_method_types: null,
    flow_directions: null,
    last_setup_error: null,
    latest_attempt: null,
    livemode: false,
    mandate: null,
    metadata: changeMetadata({}, given.metadata),
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: null,
    payment_method_types: ['card'],
    single_use_mandate: null,
    status: 'requires_payment_method',
    usage: given.usage ?? 'off_session',
  }
  context.objects.insert('setup_intent', intent, { returnUrl: null }, created)
  context.emit('setup_intent.created', intent)
  return intent
}

const OPEN = ['requires_payment_method', 'requires_confirmation', 'requires_action']

function requireOpen(intent: SetupIntent, verb: string): void {
  if (OPEN.includes(intent.status)) return
  throw invalidRequest(
    `You cannot ${verb} this SetupIntent because it has a status of ${intent.status}. Only a SetupIntent with one of the following statuses may be ${verb}ed: ${OPEN.join(', ')}.`,
    { code: 'setup_intent_unexpected_state', setup_intent: intent },
  )
}

function confirm(
  context: Context,
  intent: SetupIntent,
  fields: { payment_method?: string; return_url?: string },
): SetupIntent {
  requireOpen(intent, 'confirm')
  const id = fields.payment_method ?? intent.payment_method
  if (id === null) {
    throw invalidRequest("You cannot confirm this SetupIntent because it's missing a payment method.", {
      code: 'setup_intent_unexpected_state',
      setup_intent: intent,
    })
  }
  const method = takePaymentMethod(context, id)
  const { intent: next, refusal } = attemptSetup(context, intent, method, {
    authenticated: false,
    returnUrl: fields.return_url ?? null,
  })
  if (refusal !== undefined) throw refusal
  return next
}

function choose(context: Context, intent: SetupIntent, id: string): SetupIntent {
  const method = takePaymentMethod(context, id)
  const next: SetupIntent = { ...intent, payment_method: method.id, status: 'requires_confirmation' }
  context.objects.replace('setup_intent', next)
  return next
}

const confirmParameters = { payment_method: filled(), return_url: webAddress(), use_stripe_sdk: boolean() }

export const setupIntentRoutes = [
  route({
    method: 'POST',
    path: '/v1/setup_intents',
    parameters: {
      ...confirmParameters,
      allowed_payment_method_types: list(oneOf('card')),
      automatic_payment_methods: hash({ enabled: required(boolean()), allow_redirects: oneOf('always', 'never') }),
      confirm: boolean(),
      customer: filled(),
      description: text({ max: 1000 }),
      metadata: metadata(),
      usage: oneOf('off_session', 'on_session'),
    },
    handle(context, fields) {
      if (fields.customer !== undefined) requireObject(context, 'customer', fields.customer, 'customer')
      const intent = createSetup(context, fields)
      const chosen = fields.payment_method === undefined ? intent : choose(context, intent, fields.payment_method)
      return fields.confirm === true ? confirm(context, chosen, { ...fields, payment_method: undefined }) : chosen
    },
  }),
  route({
    method: 'GET',
    path: '/v1/setup_intents',
    parameters: { ...listParameters, customer: filled(), payment_method: filled() },
    handle: (context, { customer, payment_method, ...page }) =>
      listPage(context, 'setup_intent', '/v1/setup_intents', page, {
        where: equalTo({ '$.customer': customer, '$.payment_method': payment_method }),
      }),
  }),
  route({
    method: 'GET',
    path: '/v1/setup_intents/:id',
    parameters: { client_secret: filled() },
    handle: (context, { id }) => requireObject(context, 'setup_intent', id),
  }),
  route({
    method: 'POST',
    path: '/v1/setup_intents/:id',
    parameters: {
      customer: filled(),
      description: text({ max: 1000 }),
      metadata: metadata(),
      payment_method: filled(),
    },
    handle(context, { id, payment_method, metadata, ...fields }) {
      const intent = requireObject(context, 'setup_intent', id)
      if (payment_method !== undefined) requireOpen(intent, 'update')
      if (fields.customer !== undefined) requireObject(context, 'customer', fields.customer, 'customer')
      const next: SetupIntent = { ...intent, ...fields, metadata: changeMetadata(intent.metadata ?? {}, metadata) }
      context.objects.replace('setup_intent', next)
      return payment_method === undefined ? next : choose(context, next, payment_method)
    },
  }),
  route({
    method: 'POST',
    path: '/v1/setup_intents/:id/confirm',
    parameters: confirmParameters,
    handle: (context, { id, ...fields }) => confirm(context, requireObject(context, 'setup_intent', id), fields),
  }),
  route({
    method: 'POST',
    path: '/v1/setup_intents/:id/cancel',
    parameters: { cancellation_reason: oneOf('abandoned', 'duplicate', 'requested_by_customer') },
    handle(context, { id, cancellation_reason }) {
      const intent = requireObject(context, 'setup_intent', id)
      requireOpen(intent, 'cancel')
      const next: SetupIntent = {
        ...intent,
        cancellation_reason: cancellation_reason ?? null,
        next_action: null,
        status: 'canceled',
      }
      context.objects.replace('setup_intent', next)
      context.emit('setup_intent.canceled', next)
      return next
    },
  }),
]
