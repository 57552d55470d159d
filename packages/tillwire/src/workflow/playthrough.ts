import { AsyncLocalStorage } from 'node:async_hooks'
import { InternalError, invariant, isTillwireError } from '../core/index.ts'
import { RunOver, WorkflowChanged } from './errors.ts'
import { isDefinite } from './failure.ts'
import { beginStep, differenceFrom } from './run.ts'
import { beginAgain, type Surroundings, saveResult, tryStep } from './try-step.ts'
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

/** Whose step is under way here: a step inside it would wait for it for ever. */
const inside = new AsyncLocalStorage<Playthrough>()

/** Lets the code go on as far as it comes by itself, so that it asks for steps in one order, however fast they are. */
function codeGoesOn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/**
 * One pass through a workflow's code over a run: recorded steps return what they returned, and,
 * when it `advances`, the others are run and recorded.
 */
export class Playthrough implements WorkflowContext {
  readonly played: PlayedStep[] = []
  readonly #around: Surroundings
  readonly #advances: boolean
  #stop: Stop | null = null
  #ended = false
  #tail: Promise<unknown> = Promise.resolve()

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

  /**
   * Steps that are begun side by side wait for each other, in the order in which they were asked for: the same in
   * every pass, because what the code does between steps is only to compute.
   */
  step<T>(name: string, step: Step<T>): Promise<T> {
    if (inside.getStore() === this)
      return Promise.reject(new InternalError(`Step "${name}" was begun inside another one.`))
    // What is recorded under a step's name is what that step returned.
    const turn = this.#tail.then(() => this.#take(name, step as Step<unknown>)) as Promise<T>
    // Whoever raced it against something else may not be there any more when it ends.
    this.#tail = turn.then(codeGoesOn, codeGoesOn)
    return turn
  }

  /** Ends the pass with the workflow's code: waits for the step under way; what was not begun is not begun any more. */
  async end(): Promise<void> {
    this.#ended = true
    await this.#tail
  }

  async #take(name: string, step: Step<unknown>): Promise<unknown> {
    if (this.#stop || this.#ended) throw new RunOver(this.runId, name)
    try {
      return await this.#play(name, step)
    } catch (error) {
      if (this.#stop) throw error
      const passes = isTillwireError(error) && error.retryable
      throw this.#end({ kind: passes ? 'interrupted' : 'stuck', error })
    }
  }

  async #play(name: string, step: Step<unknown>): Promise<unknown> {
    const index = this.played.length
    const { held } = this.#around
    const record = held.run.steps[index]
    invariant(
      record?.name === name || !held.run.steps.some((other) => other.name === name),
      `two steps are named "${name}"`,
    )
    const difference = record && differenceFrom(record, name, step.request)
    if (difference)
      throw this.#end({ kind: 'stuck', error: new WorkflowChanged(held.run.workflow, difference, `step "${name}"`) })
    if (record) this.played.push({ index, step })
    if (record?.state === 'done' || record?.state === 'undone') return held.resultOf(index)
    if (!this.#advances) throw this.#end({ kind: 'replayed' })
    return this.#perform(index, name, step)
  }

  async #perform(index: number, name: string, step: Step<unknown>): Promise<unknown> {
    const { held, signal } = this.#around
    const state = held.run.steps[index]?.state
    signal.throwIfAborted()
    if (state === 'absent') await beginAgain(this.#around, index)
    if (state === undefined) {
      await this.#begin(index, name, step)
      this.played.push({ index, step })
    }
    const outcome = await inside.run(this, () =>
      tryStep(this.#around, index, step, { resumed: state === 'begun', wanted: true }),
    )
    if (outcome.kind !== 'done')
      throw this.#end({ kind: 'failed', index, absent: outcome.kind === 'absent', error: outcome.error })
    return saveResult(this.#around, index, outcome.result)
  }

  async #begin(index: number, name: string, step: Step<unknown>): Promise<void> {
    const { held, clock } = this.#around
    const begun = this.#beginning(index, () => beginStep(held.run, name, step, clock.now()))
    const documents = begun.request ? [held.keepRequest(index, begun.request)] : []
    await held.save('intent', { change: { steps: [...held.run.steps, begun.record] }, step: name, documents })
  }

  /** A step that cannot even be written down did not happen: its run fails. */
  #beginning<T>(index: number, begin: () => T): T {
    try {
      return begin()
    } catch (error) {
      throw isDefinite(error) ? this.#end({ kind: 'failed', index, absent: true, error }) : error
    }
  }

  #end(stop: Stop): Stopped {
    this.#stop = stop
    return new Stopped()
  }
}
