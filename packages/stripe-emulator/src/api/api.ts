import type { Context } from '../context.ts'
import type { Fault, Faults } from '../control/faults.ts'
import { API_VERSION } from '../events/emit.ts'
import { type Answer, outcomeOf } from '../http/answer.ts'
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

/** Thrown where a fault ends a request without an answer. */
class HungUp {
  readonly how: 'reset' | 'close'
  constructor(how: 'reset' | 'close') {
    this.how = how
  }
}

/** Answers the requests of Stripe's API: who asks, which route, under which key, with which fault. */
export class Api {
  readonly #parts: ApiParts
  readonly #keysInUse = new Set<string>()

  constructor(parts: ApiParts) {
    this.#parts = parts
  }

  async answer(request: HttpRequest): Promise<Answer> {
    const id = newId('req', 14)
    const key = request.method === 'POST' ? request.header('idempotency-key') : undefined
    const form = emptyForm()
    const entry = { id, at: new Date(this.#parts.context.clock.now()).toISOString(), idempotencyKey: key ?? null }
    let answer: Answer
    let replayed = false
    try {
      const { outcome, replayed: earlier } = await this.#perform(request, id, key, form)
      replayed = earlier !== undefined
      const kept = outcome.status === 500 && key !== undefined
      answer = {
        status: outcome.status,
        headers: {
          'content-type': 'application/json',
          'request-id': id,
          'stripe-version': request.header('stripe-version') ?? API_VERSION,
          ...(key === undefined ? {} : { 'idempotency-key': key }),
          ...(earlier === undefined ? {} : { 'idempotent-replayed': 'true', 'original-request': earlier.request }),
          // The same key would only bring the same 500 again.
          ...(kept ? { 'stripe-should-retry': 'false' } : {}),
        },
        body: outcome.body,
      }
    } catch (error) {
      if (!(error instanceof HungUp)) throw error
      answer = { hangUp: error.how }
    }
    const { method, path } = request
    const status = 'hangUp' in answer ? null : answer.status
    this.#parts.log.add({ ...entry, method, path, status, replayed, parameters: form })
    return answer
  }

  async #perform(request: HttpRequest, id: string, key: string | undefined, form: FormHash): Promise<Execution> {
    const { router, context } = this.#parts
    try {
      authenticate(request.header('authorization'))
      checkVersion(request.header('stripe-version'))
      const match = router.match(request.method, request.path)
      if (match === undefined) throw unknownRoute(request)
      readForm(request, form)
      if (key === undefined) return await this.#executeUnderFaults(request, context, match, form, undefined, id)
      checkKey(key)
      return await this.#holdingKey(key, () => {
        const keyed = { id, key, path: request.path, form }
        return this.#executeUnderFaults(request, context, match, form, keyed, id)
      })
    } catch (error) {
      if (error instanceof HungUp) throw error
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

  async #executeUnderFaults(
    request: HttpRequest,
    context: Context,
    match: Match,
    form: FormHash,
    keyed: KeyedRequest | undefined,
    id: string,
  ): Promise<Execution> {
    const { faults, committed } = this.#parts
    const before = faults.take('before', request.method, request.path)
    if (before !== undefined) {
      const failure = await this.#strike(before, request)
      if (failure !== undefined) return this.#failed(context, failure, keyed)
    }
    const origin = { id, idempotencyKey: keyed?.key ?? null }
    const execution = execute(context.forRequest(origin), match, form, keyed)
    committed()
    const after = faults.take('after', request.method, request.path)
    if (after !== undefined) {
      const failure = await this.#strike(after, request)
      if (failure !== undefined) return this.#failed(context, failure, keyed, true)
    }
    return execution
  }

  /** What a fault makes of a request: an error to answer, an end without an answer, or nothing after a stall. */
  async #strike(fault: Fault, request: HttpRequest): Promise<ApiError | undefined> {
    switch (fault.kind) {
      case 'reset':
        throw new HungUp('reset')
      case 'drop_answer':
        throw new HungUp('close')
      case 'stall':
        if (await this.#parts.faults.stall(request.givenUp)) return undefined
        throw new HungUp('close')
      case 'rate_limit':
        return new ApiError(429, 'invalid_request_error', 'Request rate limit exceeded.', { code: 'rate_limit' })
      case 'error':
        return new ApiError(
          fault.status,
          'api_error',
          `An error that was armed in the local Stripe emulator (${fault.phase}).`,
        )
    }
  }

  /** A 500 is Stripe's own answer and is kept under the key; other errors come from what stands before the API. */
  #failed(context: Context, error: ApiError, keyed: KeyedRequest | undefined, overwrite = false): Execution {
    const outcome = outcomeOf(error)
    if (keyed !== undefined && error.status === 500) {
      context.database.transaction(() => {
        if (overwrite || findRecorded(context, keyed) === undefined) record(context, keyed, outcome)
      })
    }
    return { outcome }
  }
}

function readForm(request: HttpRequest, form: FormHash): void {
  decodeForm(request.query, form)
  if (request.method !== 'POST' || request.body === '') return
  const type = request.header('content-type') ?? 'application/x-www-form-urlencoded'
  if (!type.startsWith('application/x-www-form-urlencoded')) {
    throw new ApiError(
      400,
      'invalid_request_error',
      `Invalid request: the body must be application/x-www-form-urlencoded, not ${type}.`,
    )
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
