import { invariant, isTillwireError } from '../core/index.ts'
import { WorkflowChanged } from './errors.ts'
import { beginStep, changeStep, differenceFrom, recorded } from './run.ts'
import { type Surroundings, tryStep } from './try-step.ts'
import type { Step, WorkflowContext } from './types.ts'

/** A step as the code has it, at its place in the run. */
export interface PlayedStep {
  readonly index: number
  readonly step: Step<unknown>
}

/** Why a playthrough ended before the workflow's own end. */
export type Stop =
  /** The step at `index` failed; `absent` when it certainly did not happen. */
  | { readonly kind: 'failed'; readonly index: number; readonly absent: boolean; readonly error: unknown }
  /** Only an operator can say how it goes on: trying again would end in the same way. */
  | { readonly kind: 'stuck'; readonly error: unknown }
  /** This process cannot go on: the run was lost, the store is away, or the process closes. */
  | { readonly kind: 'interrupted'; readonly error: unknown }
  /** All that is recorded has been replayed, and no more was asked for. */
  | { readonly kind: 'replayed' }

/** Ends the workflow's code; says nothing by itself. */
class Stopped extends Error {}

/**
 * One pass through a workflow's code over a run: recorded steps return what they returned, and,
 * when it `advances`, the others are run and recorded.
 */
export class Playthrough implements WorkflowContext {
  readonly played: PlayedStep[] = []
  readonly #around: Surroundings
  readonly #advances: boolean
  #stop: Stop | null = null
  #busy = false

  constructor(around: Surroundings, options: { advances: boolean }) {
    this.#around = around
    this.#advances = options.advances
  }

  get runId(): string {
    return this.#around.held.run.id
  }

  get requestId(): string | null {
    return this.#around.held.run.requestId
  }

  /** Set when the code was ended; what it returned or threw after that means nothing. */
  get stop(): Stop | null {
    return this.#stop
  }

  async step<T>(name: string, step: Step<T>): Promise<T> {
    invariant(!this.#busy, `step "${name}" was begun while another one is under way`)
    if (this.#stop) throw new Stopped()
    this.#busy = true
    try {
      // What is recorded under a step's name is what that step returned.
      return (await this.#play(name, step as Step<unknown>)) as T
    } finally {
      this.#busy = false
    }
  }

  async #play(name: string, step: Step<unknown>): Promise<unknown> {
    const index = this.played.length
    const { run } = this.#around.held
    const record = run.steps[index]
    invariant(record?.name === name || !run.steps.some((other) => other.name === name), `two steps are named "${name}"`)
    const difference = record && differenceFrom(record, name, step.request)
    if (difference)
      throw this.#end({ kind: 'stuck', error: new WorkflowChanged(run.workflow, difference, `step "${name}"`) })
    if (record) this.played.push({ index, step })
    if (record?.state === 'done' || record?.state === 'undone') return record.result
    if (!this.#advances) throw this.#end({ kind: 'replayed' })
    try {
      return await this.#perform(index, name, step)
    } catch (error) {
      if (this.#stop) throw error
      const passes = isTillwireError(error) && error.retryable
      throw this.#end({ kind: passes ? 'interrupted' : 'stuck', error })
    }
  }

  async #perform(index: number, name: string, step: Step<unknown>): Promise<unknown> {
    const { held, clock, signal } = this.#around
    const resumed = index < held.run.steps.length
    signal.throwIfAborted()
    if (!resumed) {
      const begun = beginStep(name, `${held.run.id}:${name}:1`, clock.now(), step)
      await held.save('intent', { steps: [...held.run.steps, begun] }, name)
      this.played.push({ index, step })
    }
    const outcome = await tryStep(this.#around, index, step, { resumed, wanted: true })
    if (outcome.kind !== 'done')
      throw this.#end({ kind: 'failed', index, absent: outcome.kind === 'absent', error: outcome.error })
    const result = recorded(outcome.result)
    await held.save('result', { ...changeStep(held.run, index, { state: 'done', result }), waits: 0 }, name)
    return result
  }

  #end(stop: Stop): Stopped {
    this.#stop = stop
    return new Stopped()
  }
}
