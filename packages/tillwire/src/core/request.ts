import { AsyncLocalStorage } from 'node:async_hooks'

// A bundler may load this module twice in one process; both then share one storage.
const STORAGE = Symbol.for('tillwire.request')
const shared = globalThis as { [STORAGE]?: AsyncLocalStorage<string> }

/**
 * Runs `work` for a request: log lines, workflow runs and ledger entries that come of it carry this id,
 * in whatever it awaits or starts.
 * @example await withRequest('req_1', () => commerce.checkout({ username, pack }))
 */
export function withRequest<T>(requestId: string, work: () => T): T {
  shared[STORAGE] ??= new AsyncLocalStorage()
  return shared[STORAGE].run(requestId, work)
}

/** The id of the request that is being worked for; undefined where nobody asked, as in a job. */
export function currentRequest(): string | undefined {
  return shared[STORAGE]?.getStore()
}
