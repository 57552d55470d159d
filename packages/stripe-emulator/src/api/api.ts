import type { Context } from '../context.ts'
import type { Fault, Faults, Phase } from '../control/faults.ts'
import { API_VERSION } from '../events/emit.ts'
import { type Answer, type HangUp, outcomeOf } from '../http/answer.ts'
import { ApiError } from '../http/error.ts'
import { decodeForm, emptyForm, type FormHash } from '../http/form.ts'
import type { Match, Router } from '../http/route.ts'
import type { HttpRequest } from '../http/server.ts'
import { newId } from '../ids.ts'
import { authenticate } from './authenticate.ts'
import { type Execution, execute } from './execute.ts'
import { checkKey, findRecorded, type KeyedRequest, keyInUse, record } from './idempotency.ts'
import type { RequestLog } from './request-log.ts'

export interface ApiParts {
  context: Context
  router: Router
  faults: Faults
  log: RequestLog
  /** Called after each request that may have left events to deliver. */
  committed(): void
}

/** One request on its way. */
interface Call {
  id: string
  request: HttpRequest
  form: FormHash
  /** Null without an idempotency key. */
  keyed: KeyedRequest | null
}

type Result = Execution | HangUp

/** Answers the requests of Stripe's API: who asks, which route, under which key, with which fault. */
export class Api {
  readonly #parts: ApiParts
  readonly #keysInUse = new Set<string>()

  constructor(parts: ApiParts) {
    this.#parts = parts
  }

  async answer(request: HttpRequest): Promise<Answer> {
    const id = newId('req', 14)
    const form = emptyForm()
    const key = request.method === 'POST' ? request.header('idempotency-key') : undefined
    const call: Call = { id, request, form, keyed: key === undefined ? null : { id, key, path: request.path, form } }
    const result = await this.#perform(call)
    this.#parts.log.add({
      id,
      at: new Date(this.#parts.context.clock.now()).toISOString(),
      method: request.method,
      path: request.path,
      status: 'hangUp' in result ? null : result.outcome.status,
      idempotencyKey: key ?? null,
      replayed: 'replayed' in result,
      parameters: form,
    })
    return 'hangUp' in result ? result : reply(call, result)
  }

  async #perform(call: Call): Promise<Result> {
    const { request, form, keyed } = call
    try {
      authenticate(request.header('authorization'))
      checkVersion(request.header('stripe-version'))
      const match = this.#parts.router.match(request.method, request.path)
      if (match === undefined) throw unknownRoute(request)
      readForm(request, form)
      if (keyed === null) return await this.#run(call, match)
      checkKey(keyed.key)
      return await this.#holdingKey(keyed.key, () => this.#run(call, match))
    } catch (error) {
      return { outcome: outcomeOf(error) }
    }
  }

  async #holdingKey<T>(key: string, work: () => Promise<T>): Promise<T> {
    if (this.#keysInUse.has(key)) throw keyInUse(key)
    this.#keysInUse.add(key)
    try {
      return await work()
    } finally {
      this.#keysInUse.delete(key)
    }
  }

  async #run(call: Call, match: Match): Promise<Result> {
    const { context, committed, faults } = this.#parts
    const listsEndAt = faults.takeStale(call.request.method, call.request.path)?.newest ?? null
    const failure = await this.#strike('before', call)
    if (failure !== undefined) return failure
    const origin = { id: call.id, idempotencyKey: call.keyed?.key ?? null, listsEndAt }
    const execution = execute(context.forRequest(origin), match, call.form, call.keyed)
    committed()
    return (await this.#strike('after', call)) ?? execution
  }

  /** What an armed fault makes of a request, if there is one for it; a stall that was released makes nothing. */
  async #strike(phase: Phase, call: Call): Promise<Result | undefined> {
    const { faults } = this.#parts
    const { method, path, givenUp } = call.request
    const fault = faults.take(phase, method, path)
    switch (fault?.kind) {
      case undefined:
      case 'stale':
        return undefined
      case 'reset':
        return { hangUp: 'reset' }
      case 'drop_answer':
        return { hangUp: 'close' }
      case 'stall':
        return (await faults.stall(givenUp)) ? undefined : { hangUp: 'close' }
      case 'rate_limit':
      case 'error':
        return this.#fail(call, fault)
    }
  }

  /** A 500 is Stripe's own answer and is kept under the key; other errors come from what stands before the API. */
  #fail({ keyed }: Call, fault: Fault): Execution {
    const outcome = outcomeOf(errorOf(fault))
    const { context } = this.#parts
    if (keyed !== null && outcome.status === 500) {
      context.database.transaction(() => {
        if (fault.phase === 'after' || findRecorded(context, keyed) === undefined) record(context, keyed, outcome)
      })
    }
    return { outcome }
  }
}

function errorOf(fault: Fault): ApiError {
  if (fault.kind === 'rate_limit') {
    return new ApiError(429, 'invalid_request_error', 'Request rate limit exceeded.', { code: 'rate_limit' })
  }
  const when = fault.phase === 'before' ? 'before anything was done' : 'after all was done'
  return new ApiError(fault.status, 'api_error', `A fault that was armed in the Stripe emulator: it failed ${when}.`)
}

function reply({ id, request, keyed }: Call, { outcome, replayed }: Execution): Answer {
  return {
    status: outcome.status,
    headers: {
      'content-type': 'application/json',
      'request-id': id,
      'stripe-version': request.header('stripe-version') ?? API_VERSION,
      ...(keyed === null ? {} : { 'idempotency-key': keyed.key }),
      ...(replayed === undefined ? {} : { 'idempotent-replayed': 'true', 'original-request': replayed.request }),
      // The same key would only bring the same 500 again.
      ...(keyed !== null && outcome.status === 500 ? { 'stripe-should-retry': 'false' } : {}),
    },
    body: outcome.body,
  }
}

function readForm(request: HttpRequest, form: FormHash): void {
  decodeForm(request.query, form)
  if (request.method !== 'POST' || request.body === '') return
  const type = request.header('content-type') ?? 'application/x-www-form-urlencoded'
  if (!type.startsWith('application/x-www-form-urlencoded')) {
    const message = `Invalid request: the body must be application/x-www-form-urlencoded, not ${type}.`
    throw new ApiError(400, 'invalid_request_error', message)
  }
  decodeForm(request.body, form)
}

function checkVersion(version: string | undefined): void {
  if (version === undefined || /^\d{4}-\d{2}-\d{2}(\.\w+)?(;.*)?$/.test(version)) return
  throw new ApiError(400, 'invalid_request_error', `Invalid Stripe API version: ${version}`)
}

function unknownRoute({ method, path }: HttpRequest): ApiError {
  return new ApiError(
    404,
    'invalid_request_error',
    `Unrecognized request URL (${method}: ${path}). The local Stripe emulator lacks this route: its README lists those it has.`,
  )
}
