/** A value that changes, in the form that React's `useSyncExternalStore` takes. */
export interface Value<T> {
  get(): T
  /** Calls `listener` after each change; returns what ends it. */
  subscribe(listener: () => void): () => void
}

/** A `Value` with its setter. Setting what is already there tells nobody. */
export class MutableValue<T> implements Value<T> {
  #current: T
  readonly #listeners = new Set<() => void>()

  constructor(initial: T) {
    this.#current = initial
  }

  readonly get = (): T => this.#current

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  set(next: T): void {
    if (Object.is(next, this.#current)) return
    this.#current = next
    for (const listener of [...this.#listeners]) listener()
  }
}
