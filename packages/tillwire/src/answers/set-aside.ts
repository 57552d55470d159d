import { backoffDelay } from '../core/index.ts'

/** From two seconds to ten minutes. */
const BACKOFF = { first: 2_000, most: 600_000 }
/** Of what is set aside at once; beyond it all is tried at each sweep. */
const MOST = 10_000

/**
 * What a sweep could not handle: left alone for longer and longer, so that it neither keeps the others waiting
 * nor fills the log. Forgotten when the process ends; `check` finds it in the store.
 */
export class SetAside {
  readonly #failed = new Map<string, { readonly attempts: number; readonly until: number }>()

  /** Whether it is left alone at this time, in milliseconds. */
  has(id: string, now: number): boolean {
    return (this.#failed.get(id)?.until ?? 0) > now
  }

  add(id: string, now: number): void {
    const attempts = (this.#failed.get(id)?.attempts ?? 0) + 1
    if (attempts === 1 && this.#failed.size === MOST) return
    this.#failed.set(id, { attempts, until: now + backoffDelay(BACKOFF, attempts) })
  }

  delete(id: string): void {
    this.#failed.delete(id)
  }
}
