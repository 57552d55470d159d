import { type Microcredits, microcredits } from '../core/index.ts'
import { cutBefore } from './cut-text.ts'
import type { AnswerEvent } from './types.ts'

export type EndEvent = Extract<AnswerEvent, { type: 'end' }>
/** Where a follower stands. */
export interface Position {
  readonly offset: number
  readonly spent: Microcredits
}
/** The most text of one event, in characters. */
const MOST_TEXT = 16_384

/**
 * An answer as this process streams it. Followers keep a position in its text and read what lies ahead of
 * it: however slow one is, nothing waits for it in a queue.
 */
export class LiveAnswer {
  #text = ''
  #spent = microcredits(0)
  #available = microcredits(0)
  #end: EndEvent | 'elsewhere' | null = null
  #changed = Promise.withResolvers<void>()

  get length(): number {
    return this.#text.length
  }
  /** Resolves at the next change. */
  get changed(): Promise<void> {
    return this.#changed.promise
  }
  /** How it ended; `elsewhere` when another process took it over, whose changes are in the store. */
  get end(): EndEvent | 'elsewhere' | null {
    return this.#end
  }

  /** Text that is in the log. */
  append(text: string): void {
    this.#text += text
    this.#notify()
  }

  spend(spent: Microcredits, available: Microcredits): void {
    this.#spent = spent
    this.#available = available
    this.#notify()
  }

  finish(end: EndEvent | 'elsewhere'): void {
    this.#end = end
    this.#notify()
  }

  /** What a follower at `position` is told next, the end excepted; null when it knows all. */
  next(position: Position): AnswerEvent | null {
    if (position.offset < this.#text.length) {
      const text = this.#text.slice(position.offset, cutBefore(this.#text, position.offset + MOST_TEXT))
      return { type: 'delta', offset: position.offset, text }
    }
    if (position.spent !== this.#spent) return { type: 'cost', spent: this.#spent, available: this.#available }
    return null
  }

  #notify(): void {
    const { resolve } = this.#changed
    this.#changed = Promise.withResolvers<void>()
    resolve()
  }
}
