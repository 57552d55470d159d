import type { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { backoffDelay, type Clock, milliseconds, type Turns } from '../core/index.ts'
import { TransactionConflict, UniqueViolation } from './errors.ts'
import type { Pipeline } from './pipeline.ts'
import type { SteadyDriver } from './steady-driver.ts'
import { TransactionScope } from './transaction.ts'
import { TransactionCollection } from './transaction-collection.ts'
import type { AnyCollection, CollectionWriter, Transaction, TransactionOptions } from './types.ts'

const DEFAULT_RETRIES = 10
const DEFAULT_DEADLINE = '2s'
const RETRY_BACKOFF = { first: 1, most: 50 }

interface Surroundings {
  readonly driver: SteadyDriver
  readonly clock: Clock
  readonly turns: Turns
  readonly current: AsyncLocalStorage<TransactionScope>
  pipelineOf(collection: AnyCollection): Pipeline
}

/** How one run of a body ended. `lost`: another transaction was faster; `taken`: a unique value is. */
type Outcome<T> =
  | { readonly kind: 'done'; readonly result: T }
  | { readonly kind: 'lost'; readonly key: string | null; readonly cause: unknown }
  | { readonly kind: 'taken'; readonly error: UniqueViolation }

/** Runs a body until it commits, fails by itself, or is given up. */
export async function runTransaction<T>(
  body: (tx: Transaction) => Promise<T>,
  options: TransactionOptions,
  surroundings: Surroundings,
): Promise<T> {
  const { driver, current, turns } = surroundings
  const outer = current.getStore()
  if (outer?.isOpen && outer.driver.id === driver.id)
    return outer.operate(() => body(transactionOf(outer, surroundings)))

  const retries = options.retries ?? DEFAULT_RETRIES
  const end = performance.now() + milliseconds(options.deadline ?? DEFAULT_DEADLINE)
  let outcome = await attempt(body, end, surroundings)
  let taken = 0
  for (let retry = 1; outcome.kind !== 'done'; retry++) {
    // Once more, in case the body looks for that other document before it inserts its own.
    if (outcome.kind === 'taken' && ++taken > 1) throw outcome.error
    const cause = outcome.kind === 'lost' ? outcome.cause : outcome.error
    if (retry > retries) throw new TransactionConflict(`it lost ${retry} races`, cause)
    if (retry > 1) await delay(backoffDelay(RETRY_BACKOFF, retry))
    const again = () => attempt(body, end, surroundings)
    const key: string | null = outcome.kind === 'lost' ? outcome.key : null
    outcome = key === null ? await again() : await turns.take(key, again)
  }
  return outcome.result
}

async function attempt<T>(
  body: (tx: Transaction) => Promise<T>,
  end: number,
  surroundings: Surroundings,
): Promise<Outcome<T>> {
  const { driver, clock, current } = surroundings
  const scope = new TransactionScope(driver, clock.now().toISOString())
  try {
    const result = await beforeDeadline(end, scope, () =>
      current.run(scope, async () => body(transactionOf(scope, surroundings))),
    )
    scope.end('its body is over')
    if (scope.doom) throw scope.doom.error
    try {
      await driver.commit(scope.toCommit())
    } catch (error) {
      if (scope.noteLost(error)) return { kind: 'lost', key: scope.lost, cause: error }
      if (UniqueViolation.is(error)) return { kind: 'taken', error }
      throw error
    }
    return { kind: 'done', result }
  } catch (error) {
    const inTime = performance.now() < end
    scope.end('its body failed')
    // What the body concluded from documents that have changed since is not worth telling.
    if (inTime && (await scope.isStale())) return { kind: 'lost', key: scope.lost, cause: error }
    throw error
  }
}

function transactionOf(scope: TransactionScope, surroundings: Surroundings): Transaction {
  return {
    collection: <C extends AnyCollection>(collection: C): CollectionWriter<C> =>
      new TransactionCollection<C>(scope, surroundings.pipelineOf(collection)),
  }
}

/** The body's result, unless the deadline comes first; a body that goes on after it can do nothing any more. */
async function beforeDeadline<T>(end: number, scope: TransactionScope, run: () => Promise<T>): Promise<T> {
  const left = end - performance.now()
  const late = Promise.withResolvers<never>()
  const giveUp = () => {
    scope.end('it ran past its deadline')
    late.reject(new TransactionConflict('it ran past its deadline'))
  }
  if (left <= 0) throw new TransactionConflict('it ran past its deadline')
  const timer = setTimeout(giveUp, left)
  try {
    return await Promise.race([run(), late.promise])
  } finally {
    clearTimeout(timer)
  }
}
