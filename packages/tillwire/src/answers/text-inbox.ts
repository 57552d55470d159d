import { setTimeout as wait } from 'node:timers/promises'
import { cutBefore } from './cut-text.ts'

/** The model is read no further while so much of its text waits, in characters. */
const MOST_WAITING = 65_536

const ENDS_IN_HALF = /[\uD800-\uDBFF]$/
const plain = (text: string) => text.toWellFormed().replaceAll('\0', '\uFFFD')

/** What there is for the one who reads: text, the stream's end (once all text is taken), or nothing yet. */
export type InboxState = 'text' | 'ended' | 'silent'

/** Text on its way from the model to the log: one side puts, the other takes. Bounded: `put` waits while it is full. */
export class TextInbox {
  #text = ''
  /** The first half of a character whose second half may come with the next text. */
  #half = ''
  #ended = false
  #changed = Promise.withResolvers<void>()

  /**
   * Adds text; waits until there is room for more. What no store and no browser takes, half a character or
   * NUL, becomes U+FFFD; a character that is split over two texts is put together.
   */
  async put(text: string): Promise<void> {
    const joined = this.#half + text
    const end = ENDS_IN_HALF.test(joined) ? joined.length - 1 : joined.length
    this.#half = joined.slice(end)
    this.#text += plain(joined.slice(0, end))
    this.#notify()
    while (this.#text.length > MOST_WAITING && !this.#ended) await this.#changed.promise
  }

  /** No more text comes. Wakes whoever waits. */
  end(): void {
    this.#text += plain(this.#half)
    this.#half = ''
    this.#ended = true
    this.#notify()
  }

  /** Waits up to `milliseconds` for text or the end. */
  async wait(milliseconds: number): Promise<InboxState> {
    if (this.#text === '' && !this.#ended) {
      const timer = new AbortController()
      const timeout = wait(milliseconds, undefined, { signal: timer.signal }).catch(() => undefined)
      await Promise.race([this.#changed.promise, timeout])
      timer.abort()
    }
    if (this.#text !== '') return 'text'
    return this.#ended ? 'ended' : 'silent'
  }

  /** Up to `most` characters of what waits. */
  take(most: number): string {
    const text = this.#text.slice(0, cutBefore(this.#text, most))
    this.#text = this.#text.slice(text.length)
    this.#notify()
    return text
  }

  #notify(): void {
    const { resolve } = this.#changed
    this.#changed = Promise.withResolvers<void>()
    resolve()
  }
}
