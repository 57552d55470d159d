import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Registry } from 'prom-client'
import type { z } from 'zod'
import { type Duration, type Microcredits, milliseconds, TillwireError } from './core/index.ts'
import { jobLeases } from './job-lease.ts'
import type { EventHandler, PublicContext, Sockets, UserContext } from './sockets/index.ts'
import type { AnyCollection } from './store/index.ts'
import type { Tillwire } from './tillwire.ts'

/** What a feature works with: every part of Tillwire, the sockets, and the metrics of this process. */
export interface App extends Tillwire {
  readonly sockets: Sockets
  readonly metrics: Registry
}

export interface FeatureRequest extends IncomingMessage {
  readonly params: Readonly<Record<string, string>>
  /** What a body parser of the route made of the body. */
  body?: unknown
}
export interface FeatureResponse extends ServerResponse {
  status(code: number): this
  json(body: unknown): this
}
export type RouteHandler = (
  request: FeatureRequest,
  response: FeatureResponse,
  next: (error?: unknown) => void,
) => unknown
/** An Express router, as far as features use it. What a handler throws is answered as an error. */
export interface FeatureRouter {
  get(path: string, ...handlers: RouteHandler[]): unknown
  post(path: string, ...handlers: RouteHandler[]): unknown
  put(path: string, ...handlers: RouteHandler[]): unknown
  patch(path: string, ...handlers: RouteHandler[]): unknown
  delete(path: string, ...handlers: RouteHandler[]): unknown
}

/**
 * Work that comes back: in one process at a time, never over itself. A run may be cut short at any
 * point, and at a change of process two may overlap for a moment: make it safe to repeat.
 */
export interface Job {
  readonly name: string
  /** From the end of a run to the start of the next, give or take a tenth; 100ms to 24d. */
  readonly every: Duration
  /** The signal is aborted when the server ends, or when another process has taken over. */
  run(app: App, signal: AbortSignal): Promise<unknown>
}

type WithApp<C> = C & { readonly app: App }
type FeatureEvents<C> = Readonly<Record<string, EventHandler<WithApp<C>>>>

/** Tables, URLs, socket events and background work in one place; made by `defineFeature`. */
export interface Feature {
  readonly name: string
  readonly collections: readonly AnyCollection[]
  readonly events: { readonly public: FeatureEvents<PublicContext>; readonly authenticated: FeatureEvents<UserContext> }
  readonly jobs: readonly Job[]
  routes?(router: FeatureRouter, app: App): void
  start?(app: App, signal: AbortSignal): void
}

type Schemas = Record<string, z.ZodType>
type Answer<O> = O extends z.ZodType ? z.input<O> | Promise<z.input<O>> : never
/** Handlers whose input and answer follow from the schemas written beside them. */
type DefinedEvents<C, I extends Schemas, O extends Schemas> = {
  readonly [E in keyof I]: {
    readonly input: I[E]
    /** Credits for one event: reserved before it is handled, spent when it succeeds. */
    costs?: Microcredits | ((input: z.output<I[E]>) => Microcredits)
    /** Codes of its own errors that callers are told, beside those of the protocol; of any other error only `internal`. */
    errors?: readonly string[]
    handle(context: WithApp<C>, input: z.output<I[E]>): E extends keyof O ? Answer<O[E]> : never
  }
} & { readonly [E in keyof O]: { readonly ack: O[E] } }

export interface FeatureDefinition<PI extends Schemas, PO extends Schemas, UI extends Schemas, UO extends Schemas> {
  /** Lower-case letters, digits and dashes. */
  readonly name: string
  readonly collections?: readonly AnyCollection[]
  readonly events?: {
    readonly public?: DefinedEvents<PublicContext, PI, PO>
    readonly authenticated?: DefinedEvents<UserContext, UI, UO>
  }
  readonly jobs?: readonly Job[]
  routes?(router: FeatureRouter, app: App): void
  /** Runs once in every process when it starts; the signal is aborted when it ends. */
  start?(app: App, signal: AbortSignal): void
}

/** A feature that contradicts itself, or another one. */
export class InvalidFeature extends TillwireError {
  static override readonly code = 'invalid_feature'
  constructor(feature: string, reason: string) {
    super(InvalidFeature.code, `The feature "${feature}" is not well defined: ${reason}.`, {
      details: { feature, reason },
    })
  }
}

/** A definition once each handler is known to go with the schemas beside it. */
interface LooseDefinition
  extends Omit<Feature, 'collections' | 'events' | 'jobs'>,
    Partial<Pick<Feature, 'collections' | 'jobs'>> {
  readonly events?: Partial<Feature['events']>
}

const NAME = /^[a-z][a-z0-9-]{0,62}$/
const EVENT = /^[a-z][a-z0-9-]*:[a-z][a-z0-9-]*$/
const EVERY_LEAST_MS = 100
/** A longer timer would fire at once. */
const EVERY_MOST_MS = milliseconds('24d')

/**
 * Defines a feature: a file of `apps/server/src/features/`, or an entry of the configuration.
 * @throws InvalidFeature when a name or a period does not fit.
 * @example
 * export default defineFeature({
 *   name: 'guestbook',
 *   collections: [entries],
 *   events: {
 *     authenticated: {
 *       'guestbook:sign': {
 *         input: z.object({ text: z.string().max(500) }),
 *         ack: z.object({ id: z.string() }),
 *         costs: credits(1),
 *         handle: ({ app, user }, { text }) => app.store.collection(entries).insert({ text, userId: user.id }),
 *       },
 *     },
 *   },
 * })
 */
export function defineFeature<
  PI extends Schemas = Record<never, never>,
  PO extends Schemas = Record<never, never>,
  UI extends Schemas = Record<never, never>,
  UO extends Schemas = Record<never, never>,
>(definition: FeatureDefinition<PI, PO, UI, UO>): Feature
export function defineFeature(definition: LooseDefinition): Feature {
  const { name, collections = [], jobs = [] } = definition
  const events = { public: {}, authenticated: {}, ...definition.events }
  const refuse = (reason: string) => new InvalidFeature(name, reason)
  if (!NAME.test(name)) throw refuse('a name is lower-case letters, digits and dashes, and starts with a letter')
  for (const event of [...Object.keys(events.public), ...Object.keys(events.authenticated)]) {
    if (!EVENT.test(event)) throw refuse(`the event "${event}" is not of the form noun:verb`)
  }
  for (const job of jobs) {
    const every = milliseconds(job.every)
    if (every < EVERY_LEAST_MS || every > EVERY_MOST_MS) throw refuse(`job "${job.name}" runs every 100ms to 24d`)
  }
  return { ...definition, collections, events, jobs }
}

/** What the store must know for these features to run. */
export function featureCollections(features: readonly Feature[]): AnyCollection[] {
  return [jobLeases, ...features.flatMap((feature) => feature.collections)]
}
