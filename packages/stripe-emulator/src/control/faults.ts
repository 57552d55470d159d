/** When a fault strikes: before the request did anything, or after what it did was committed. */
export type Phase = 'before' | 'after'
export type FaultKind = 'error' | 'reset' | 'stall' | 'rate_limit' | 'drop_answer' | 'stale'

export interface Fault {
  /** A method, or `*`. */
  method: string
  /** A path, in which `*` stands for anything. */
  path: string
  phase: Phase
  kind: FaultKind
  /** The answer of an `error`. */
  status: number
  /** How many more requests it strikes. */
  times: number
  /** The newest object when it was armed: a `stale` list knows none that is younger. */
  newest: number
}

export const MAX_FAULTS = 100
/** A stalled request is given up after this time at the latest. */
const STALL_LIMIT_MS = 120_000

/** The faults that are armed. They live in memory: a new process starts without any. */
export class Faults {
  #armed: Fault[] = []
  #released = new AbortController()

  /** False when no more can be armed. */
  arm(fault: Fault): boolean {
    if (this.#armed.length >= MAX_FAULTS) return false
    this.#armed.push({ ...fault })
    return true
  }

  armed(): readonly Fault[] {
    return this.#armed
  }

  /** The first armed fault for this request, counted down. */
  take(phase: Phase, method: string, path: string): Fault | undefined {
    return this.#take((fault) => fault.kind !== 'stale' && fault.phase === phase && strikes(fault, method, path))
  }

  /** The first armed fault that makes the lists of this request lag behind, counted down. */
  takeStale(method: string, path: string): Fault | undefined {
    return this.#take((fault) => fault.kind === 'stale' && strikes(fault, method, path))
  }

  #take(isMeant: (fault: Fault) => boolean): Fault | undefined {
    const fault = this.#armed.find(isMeant)
    if (fault === undefined) return undefined
    fault.times -= 1
    this.#armed = this.#armed.filter((candidate) => candidate.times > 0)
    return fault
  }

  /** Disarms all; requests that are stalled go on. */
  clear(): void {
    this.#armed = []
    this.#released.abort()
    this.#released = new AbortController()
  }

  /** Waits until the faults are cleared (true), or until `givenUp` or the limit (false). */
  async stall(givenUp: AbortSignal): Promise<boolean> {
    const released = this.#released.signal
    const ended = AbortSignal.any([released, givenUp, AbortSignal.timeout(STALL_LIMIT_MS)])
    if (!ended.aborted) await new Promise((resolve) => ended.addEventListener('abort', resolve, { once: true }))
    return released.aborted
  }
}

function strikes(fault: Fault, method: string, path: string): boolean {
  if (fault.method !== '*' && fault.method !== method) return false
  const pattern = fault.path.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${pattern.join('.*')}$`).test(path)
}
