import type { answerStart } from 'tillwire/protocol'
import type { z } from 'zod'
import { type AnswerView, NEW_ANSWER, withDelta, withEnd } from './answer-view.ts'
import type { Channel } from './channel.ts'
import { RequestFailed } from './errors.ts'
import { newKey, newRequestId } from './ids.ts'
import { MutableValue, type Value } from './value.ts'

/** A question. The key is made here when it is left out. */
export type Question = Omit<z.input<typeof answerStart>, 'key'> & { readonly key?: string }
type AnswerEvent = 'answer:delta' | 'answer:cost' | 'answer:end'

const ATTEMPTS = 4
const RETRY_MS = 1_000
/** Events that overtake the acknowledgement of their own start are kept for it, up to this many. */
const EARLY_EVENTS = 256

/** An answer that this page follows. Let it go with `close`; it goes on without us. */
export interface FollowedAnswer {
  readonly view: Value<AnswerView>
  /** Ends it at what has been written; waits for the start when it is still on its way. */
  stop(): Promise<void>
  /** Follows again after `close`, from what is already known. */
  open(): void
  close(): void
}

/** Follows the answers of one signed-in socket, and resumes each after a reconnect. */
export class Answers {
  readonly #channel: Channel<'authenticated'>
  readonly #followed = new Set<LiveAnswer>()
  #early: { event: AnswerEvent; payload: { answerId: string } }[] = []

  constructor(channel: Channel<'authenticated'>) {
    this.#channel = channel
    for (const event of ['answer:delta', 'answer:cost', 'answer:end'] as const) {
      channel.on(event, (payload) => this.#route(event, payload))
    }
    channel.on('session:ready', () => {
      for (const answer of this.#followed) answer.catchUp()
    })
  }

  /** Asks. What goes wrong is told in the view: `phase` is `ended` with an `error`. */
  start(question: Question): FollowedAnswer {
    const answer = new LiveAnswer(this.#channel, this.#followed, NEW_ANSWER)
    answer.open()
    void answer.start({ ...question, key: question.key ?? newKey() }).then(() => this.#replayEarly())
    return answer
  }

  /** Follows an answer that was started before, from the text that is already known. */
  resume(known: { answerId: string; text?: string; spent?: number }): FollowedAnswer {
    const { answerId, text = '', spent = 0 } = known
    const answer = new LiveAnswer(this.#channel, this.#followed, {
      ...NEW_ANSWER,
      phase: 'streaming',
      answerId,
      text,
      spent,
    })
    answer.open()
    return answer
  }

  #route(event: AnswerEvent, payload: { answerId: string }): void {
    let known = false
    for (const answer of this.#followed) {
      if (answer.view.get().answerId !== payload.answerId) continue
      known = true
      answer.take(event, payload)
    }
    const starting = [...this.#followed].some((answer) => answer.view.get().phase === 'starting')
    if (!known && starting && this.#early.length < EARLY_EVENTS) this.#early.push({ event, payload })
  }

  #replayEarly(): void {
    const early = this.#early
    this.#early = []
    for (const { event, payload } of early) this.#route(event, payload)
  }
}

class LiveAnswer implements FollowedAnswer {
  readonly #channel: Channel<'authenticated'>
  readonly #followed: Set<LiveAnswer>
  readonly #view: MutableValue<AnswerView>
  readonly view: Value<AnswerView>
  #catchingUp = false
  #stopWanted = false

  constructor(channel: Channel<'authenticated'>, followed: Set<LiveAnswer>, initial: AnswerView) {
    this.#channel = channel
    this.#followed = followed
    this.#view = new MutableValue(initial)
    this.view = this.#view
  }

  open(): void {
    if (this.#view.get().phase === 'ended' || this.#followed.has(this)) return
    this.#followed.add(this)
    this.catchUp()
  }

  close(): void {
    this.#followed.delete(this)
  }

  async start(payload: z.input<typeof answerStart>): Promise<void> {
    try {
      const { answerId, quote } = await this.#insist((requestId) =>
        this.#channel.request('answer:start', payload, { requestId }),
      )
      this.#set({ phase: 'streaming', answerId, max: quote.max })
      if (this.#stopWanted) await this.stop()
    } catch (error) {
      this.#fail(error)
    }
  }

  async stop(): Promise<void> {
    const { phase, answerId } = this.#view.get()
    this.#stopWanted = true
    if (phase === 'streaming' && answerId) {
      await this.#insist((requestId) => this.#channel.request('answer:stop', { answerId }, { requestId }))
    }
  }

  /** Asks for what is missing, once at a time. Without a connection the next `session:ready` does it. */
  catchUp(): void {
    const { phase, answerId } = this.#view.get()
    if (phase !== 'streaming' || !answerId || this.#catchingUp || !this.#isConnected()) return
    this.#catchingUp = true
    const resume = () => ({ answerId, offset: this.#view.get().text.length })
    this.#insist((requestId) => this.#channel.request('answer:resume', resume(), { requestId }))
      .catch((error: unknown) => {
        if (this.#isConnected()) this.#fail(error)
      })
      .finally(() => {
        this.#catchingUp = false
      })
  }

  take(event: AnswerEvent, payload: object): void {
    const view = this.#view.get()
    if (view.phase === 'ended') return
    if (event === 'answer:delta') {
      const text = withDelta(view.text, payload as { offset: number; text: string })
      if (text === null) this.catchUp()
      else this.#set({ text })
    } else if (event === 'answer:cost') {
      this.#set({ spent: (payload as { spent: number }).spent })
    } else {
      this.#view.set(withEnd(view, payload as Parameters<typeof withEnd>[1]))
      this.close()
    }
  }

  #isConnected(): boolean {
    return this.#channel.status.get().state === 'connected'
  }

  #set(change: Partial<AnswerView>): void {
    this.#view.set({ ...this.#view.get(), ...change })
  }

  #fail(error: unknown): void {
    const { code, message } =
      error instanceof RequestFailed ? error : { code: 'internal', message: 'Something went wrong: try again.' }
    this.#set({ phase: 'ended', error: { code, message } })
    this.close()
  }

  /** Tries again what failed for the moment, as one request; the key of a start makes that safe. */
  async #insist<T>(request: (requestId: string) => Promise<T>): Promise<T> {
    const requestId = newRequestId()
    for (let attempt = 1; ; attempt++) {
      try {
        return await request(requestId)
      } catch (error) {
        if (!(error instanceof RequestFailed) || !error.retryable || attempt >= ATTEMPTS) throw error
        await new Promise((wake) => setTimeout(wake, RETRY_MS * attempt))
      }
    }
  }
}
