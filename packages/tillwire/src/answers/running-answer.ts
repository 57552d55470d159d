import { setTimeout as wait } from 'node:timers/promises'
import {
  backoffDelay,
  isoAfter,
  isTillwireError,
  type Microcredits,
  microcredits,
  milliseconds,
  observed,
} from '../core/index.ts'
import { DebtOutstanding, type Hold, HoldEnded, type HoldResult, OutOfCredits } from '../credits/index.ts'
import type { Message } from '../protocol/index.ts'
import { replace, VersionConflict, type Write } from '../store/index.ts'
import { addToLog, emptyLog, type LogPieces } from './answer-log.ts'
import { addText, addTextWithin, emptyCount, type RunningCount } from './count-tokens.ts'
import { type Ending, termsOf } from './decide-bill.ts'
import { finishAnswer } from './finish-answer.ts'
import { LiveAnswer } from './live-answer.ts'
import { type AnswerParts, fieldsOf, HOLD_TTL, LEASE, stillAt } from './parts.ts'
import { coveredTokens, earned, mostWritten, type Terms, thoughtIn, topUp } from './plan-slices.ts'
import { ModelReader } from './read-model.ts'
import { type AnswerDocument, answers } from './schema.ts'
import { TextInbox } from './text-inbox.ts'
import type { AnswerRecord } from './types.ts'
import { whileBusy } from './while-busy.ts'

/** Text is written to the log, and sent, at most this often. */
const WINDOW_MS = 40
/** Under load a window grows so that writing takes at most this part of the time; no window is longer than that. */
const WRITING_PART = 1 / 4
const LONGEST_WINDOW_MS = 200
/** While there is text, it is paid for at least this often. */
const SPEND_EVERY_MS = 1_000
/** How often a silent answer renews its lease, holds more, and looks whether it was stopped. */
const TICK_MS = 1_000
/** The most text of one write, in characters. */
const MOST_WRITTEN = 4_096
/** A model that was told to stop is waited for no longer than this. */
const CANCEL_DEADLINE_MS = 2_000
/** How often ending an answer is tried before it is left to whoever takes over. */
const END_ATTEMPTS = 5
const END_BACKOFF = { first: 100, most: 2_000 }

/** Why an answer is ended before its model is done. */
export type CancelReason = 'stopped' | 'interrupted'
const INTERRUPTED = { code: 'interrupted', message: 'The server stopped while this was being written.' }

const outOfCredits: Ending = { outcome: 'out_of_credits', usage: null, truncated: false }
/** Cut by its limit, which the model did not keep or was not given. */
const cut: Ending = { outcome: 'complete', usage: null, truncated: true }
const stopped: Ending = { outcome: 'stopped', usage: null, truncated: false }
/** What is charged for an answer whose owner is gone: what was delivered. */
export const interrupted: Ending = { outcome: 'failed', usage: null, truncated: false, error: INTERRUPTED }

/** How long text is gathered, in milliseconds, after a write that took `writingMs`. */
export function windowAfter(writingMs: number): number {
  return Math.min(Math.max(WINDOW_MS, writingMs / WRITING_PART), LONGEST_WINDOW_MS)
}

/**
 * An answer that this process owns: reads the model, and writes, pays and delivers its text piece by
 * piece. Each write replaces the answer's document at the version of the one before, so that nothing is
 * written or paid once another process took it over.
 */
export class RunningAnswer {
  readonly live = new LiveAnswer()
  /** Resolves when it has ended, or was left to another process. Never rejects. */
  readonly done: Promise<void>
  readonly #parts: AnswerParts
  readonly #terms: Terms
  readonly #inbox = new TextInbox()
  readonly #abort = new AbortController()
  #answer: AnswerDocument
  #hold: Hold
  #count: RunningCount = emptyCount
  #log: LogPieces = emptyLog
  #cancelled: CancelReason | null = null
  readonly #reader = new ModelReader()
  /** Of text, by our count. */
  readonly #mostTokens: number
  /** How long the model said that it thinks. */
  #thinkingMs = 0
  /** On the clock of `performance`, which begins with the process: never, at first. */
  #writtenAt = Number.NEGATIVE_INFINITY
  /** How long the last write took. */
  #writingMs = 0
  #spentAt = Number.NEGATIVE_INFINITY
  #movements = 0

  constructor(parts: AnswerParts, answer: AnswerDocument, hold: Hold, messages: readonly Message[]) {
    this.#parts = parts
    this.#answer = answer
    this.#hold = hold
    this.#terms = termsOf(answer)
    this.#mostTokens = mostWritten(this.#terms, parts.model.leastOutputTokens ?? 1)
    this.done = this.#run(messages)
  }

  /** Ends it soon: the model is told to stop, and what was delivered is charged. */
  cancel(reason: CancelReason): void {
    this.#cancelled ??= reason
    this.#abort.abort()
    this.#inbox.end()
  }

  async #run(messages: readonly Message[]): Promise<void> {
    const request = { messages, inbox: this.#inbox, signal: this.#abort.signal }
    const reading = this.#reader.read(this.#parts, this.#answer, request)
    try {
      const ending = await this.#writeSlices().catch((error: unknown) => this.#endingAfter(error))
      await this.#stopModel(reading)
      this.live.finish(ending ? await this.#finish(ending) : 'elsewhere')
    } catch (error) {
      this.#parts.logger.error({ err: error, answer: this.#answer.id }, 'An answer could not be ended here')
      await this.#stopModel(reading)
      this.live.finish('elsewhere')
    }
  }

  /** Takes text from the inbox until there is no more, or no more that can be paid for. */
  async #writeSlices(): Promise<Ending> {
    for (;;) {
      const state = await this.#inbox.wait(TICK_MS)
      if (state === 'text') await this.#restOfWindow()
      if (this.#cancelled) return this.#cancelled === 'stopped' ? stopped : interrupted
      if (state === 'ended') return this.#reader.ending ?? interrupted
      if (state === 'silent') await this.#waitOn()
      else {
        const ending = await this.#writeSlice(this.#inbox.take(MOST_WRITTEN))
        if (ending) return ending
      }
    }
  }

  async #restOfWindow(): Promise<void> {
    const rest = this.#writtenAt + windowAfter(this.#writingMs) - performance.now()
    if (rest > 0) await wait(rest, undefined, { signal: this.#abort.signal }).catch(() => undefined)
  }

  /** Writes what of a text can be paid for and is within the limit; how the answer ends when that is not all. */
  async #writeSlice(text: string): Promise<Ending | null> {
    const whole = await addText(this.#count, text)
    const covered = await this.#cover(Math.min(whole.total, this.#mostTokens))
    const most = Math.min(covered, this.#mostTokens)
    if (whole.total <= most) {
      await this.#write(text, whole)
      return null
    }
    const part = await addTextWithin(this.#count, text, most)
    if (part.text !== '') await this.#write(part.text, part.count)
    return covered < this.#mostTokens ? outOfCredits : cut
  }

  /** Keeps a silent answer alive: time ends none, whatever the model may have thought in it. */
  async #waitOn(): Promise<void> {
    if (this.#reader.thinking) this.#thinkingMs += TICK_MS
    await this.#cover(this.#count.total)
    await this.#commit([], {})
  }

  /** Holds more when the hold runs low; returns how many tokens of text are covered. */
  async #cover(tokens: number): Promise<number> {
    const more = topUp(this.#terms, this.#hold.max, tokens + thoughtIn(this.#thinkingMs))
    if (more > 0 || this.#holdEndsSoon()) await this.#extend(more)
    return coveredTokens(this.#terms, this.#hold.max)
  }

  #holdEndsSoon(): boolean {
    const left = Date.parse(this.#hold.expiresAt) - this.#parts.clock.now().getTime()
    return left < milliseconds(HOLD_TTL) / 2
  }

  /** Holds more, as far as there is, and moves the hold's end; the end moves too when there is no more to hold. */
  async #extend(more: Microcredits): Promise<void> {
    if (more === 0) return this.#moveHold({})
    try {
      await this.#moveHold({ more, overage: 'up-to-available' })
    } catch (error) {
      if (!OutOfCredits.is(error) && !DebtOutstanding.is(error)) throw error
      if (this.#holdEndsSoon()) await this.#moveHold({})
    }
  }

  async #moveHold(wanted: { more?: Microcredits; overage?: 'up-to-available' }): Promise<void> {
    const options = { ...wanted, ttl: HOLD_TTL, key: this.#nextKey(), also: { requires: [stillAt(this.#answer)] } }
    this.#hold = (await this.#record('extend', () => whileBusy(() => this.#hold.extend(options)))).hold
  }

  /** Text goes to the log, and what is due is paid, in one commit; then followers see it. */
  async #write(text: string, count: RunningCount): Promise<void> {
    const { log, writes } = addToLog(this.#log, this.#answer.id, text)
    await this.#commit(writes, { textLength: this.#answer.textLength + text.length, outputTokens: count.total })
    this.#log = log
    this.#count = count
    this.live.append(text)
  }

  async #commit(writes: readonly Write[], changes: { textLength?: number; outputTokens?: number }): Promise<void> {
    const answer = this.#answer
    this.#writtenAt = performance.now()
    const leaseUntil = isoAfter(this.#parts.clock.now(), LEASE)
    const next = { ...fieldsOf(answer), ...changes, leaseUntil }
    const due = this.#dueNow(next.outputTokens)
    next.spent += due
    const also = { writes: [...writes, replace(answers, answer.id, next, { ifVersion: answer.version })] }
    if (due === 0) await this.#record('write', () => this.#parts.store.commit(also))
    else {
      const payment = { key: this.#nextKey(), ...this.#label(next.textLength), also }
      this.#paid(await this.#record('spend', () => whileBusy(() => this.#hold.spend(due, payment))))
    }
    this.#writingMs = performance.now() - this.#writtenAt
    this.#answer = { ...answer, ...next, version: answer.version + 1 }
  }

  #record<T>(record: AnswerRecord['record'], write: () => Promise<T>): Promise<T> {
    return observed(this.#parts.observer, { record, answerId: this.#answer.id }, write)
  }

  /** What to spend with this write: what was earned since the last time, once a second. */
  #dueNow(outputTokens: number): Microcredits {
    const now = performance.now()
    if (now - this.#spentAt < SPEND_EVERY_MS) return microcredits(0)
    const due = Math.min(earned(this.#terms, outputTokens), this.#hold.max) - this.#answer.spent
    if (outputTokens === 0 || due <= 0) return microcredits(0)
    this.#spentAt = now
    return microcredits(due)
  }

  #paid({ hold, balance }: HoldResult): void {
    this.#hold = hold
    this.live.spend(hold.spent, balance.available)
  }

  /** Says what a payment covers: the text up to `end`. */
  #label(end: number) {
    return { description: `Answer by ${this.#answer.model}`, refs: { answer: this.#answer.id, text: String(end) } }
  }

  #nextKey(): string {
    this.#movements += 1
    return `${this.#answer.id}/${this.#movements}`
  }

  /** What an error while writing means for the answer; null when another process has it now. */
  async #endingAfter(error: unknown): Promise<Ending | null> {
    if (VersionConflict.is(error) && error.details.collection === answers.name) {
      if (!(await this.#isStillOurs())) return null
      return this.#answer.stopping ? stopped : interrupted
    }
    this.#parts.logger.error({ err: error, answer: this.#answer.id }, 'An answer could not be written on')
    return { ...interrupted, error: { code: 'unavailable', message: 'The answer could not be kept: ask again.' } }
  }

  /** Reads it anew: whoever wishes that it ends changes it too, and leaves it to its owner. */
  async #isStillOurs(): Promise<boolean> {
    const answer = await this.#parts.store.collection(answers).get(this.#answer.id)
    if (answer?.state !== 'streaming' || answer.owner !== this.#parts.owner) return false
    this.#answer = answer
    return true
  }

  async #stopModel(reading: Promise<void>): Promise<void> {
    this.#abort.abort()
    this.#inbox.end()
    const timer = new AbortController()
    await Promise.race([reading, wait(CANCEL_DEADLINE_MS, undefined, { signal: timer.signal }).catch(() => undefined)])
    timer.abort()
  }

  async #finish(ending: Ending) {
    for (let attempt = 1; ; attempt++) {
      try {
        const finishing = { answer: this.#answer, hold: this.#hold, ending, log: this.#log }
        return await finishAnswer(this.#parts, finishing)
      } catch (error) {
        const isLost = (VersionConflict.is(error) && !(await this.#isStillOurs())) || HoldEnded.is(error)
        if (isLost) return 'elsewhere'
        const passes = VersionConflict.is(error) || (isTillwireError(error) && error.retryable)
        if (!passes || attempt === END_ATTEMPTS) throw error
        await wait(backoffDelay(END_BACKOFF, attempt))
      }
    }
  }
}
