const forEver = new Promise<never>(() => {})

/** Whether a process goes on; one that is asleep does nothing until it is woken, one that is killed nothing more. */
export class ProcessState {
  #now: 'going' | 'asleep' | 'killed' = 'going'
  #halted = Promise.withResolvers<void>()
  #woken = Promise.withResolvers<void>()

  get now(): 'going' | 'asleep' | 'killed' {
    return this.#now
  }

  halt(how: 'asleep' | 'killed'): void {
    this.#now = how
    this.#halted.resolve()
  }

  wake(): void {
    if (this.#now !== 'asleep') return
    this.#now = 'going'
    this.#halted = Promise.withResolvers()
    this.#woken.resolve()
  }

  /** Resolves while it goes on: at once, when it is woken, or never. */
  async going(): Promise<void> {
    if (this.#now === 'asleep') await this.#woken.promise
    if (this.#now === 'killed') await forEver
  }

  /** What some work comes to; null when the process halts before. */
  whileGoing<T>(work: Promise<T>): Promise<T | null> {
    return Promise.race([work, this.#halted.promise.then(() => null)])
  }
}
