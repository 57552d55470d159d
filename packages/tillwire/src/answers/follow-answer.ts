import { type Microcredits, microcredits } from '../core/index.ts'
import { holderOf } from '../credits/index.ts'
import { followChanges } from '../store/index.ts'
import { readText } from './answer-log.ts'
import type { EndEvent, LiveAnswer, Position } from './live-answer.ts'
import type { AnswerParts } from './parts.ts'
import { type AnswerDocument, answers } from './schema.ts'
import type { AnswerEvent } from './types.ts'

const NOTHING_SPENT = microcredits(0)

/** Where to follow an answer from, and until when. */
export interface Following {
  readonly answerId: string
  readonly offset: number
  /** When this process streams it. */
  readonly live: LiveAnswer | null
  /** The follower has gone. */
  readonly signal: AbortSignal
  /** This process is about to end: what another one streams is followed no longer. */
  readonly closed: AbortSignal
}

/** Everything of an answer from `offset` on, in order, each once, to its end. */
export async function* followAnswer(parts: AnswerParts, following: Following): AsyncGenerator<AnswerEvent> {
  const { answerId, offset, live, signal, closed } = following
  const position = { offset, spent: NOTHING_SPENT }
  if (live) {
    yield* followLive(live, position, signal)
    if (live.end !== 'elsewhere') return
  }
  yield* followStore(parts, answerId, position, AbortSignal.any([signal, closed]))
}

type Moving = { -readonly [K in keyof Position]: Position[K] }

/** Follows an answer that this process streams. Moves `position` along. */
async function* followLive(live: LiveAnswer, position: Moving, signal: AbortSignal): AsyncGenerator<AnswerEvent> {
  while (!signal.aborted) {
    const changed = live.changed
    const event = live.next(position)
    if (event) {
      moveBy(position, event)
      yield event
    } else if (live.end) {
      if (live.end !== 'elsewhere') yield live.end
      return
    } else {
      await until(changed, signal)
    }
  }
}

/** Follows an answer that another process streams, or that has ended: its document tells when to read the log. */
async function* followStore(
  parts: AnswerParts,
  answerId: string,
  position: Moving,
  signal: AbortSignal,
): AsyncGenerator<AnswerEvent> {
  const { store, logger } = parts
  for await (const told of followChanges(store, answers, { about: (id) => id === answerId, signal, logger })) {
    const answer = told.type === 'read-anew' ? await store.collection(answers).get(answerId) : told.document
    if (!answer) return
    for await (const event of eventsUpTo(parts, answer, position)) {
      if (signal.aborted) return
      moveBy(position, event)
      yield event
    }
    if (answer.state === 'streaming') continue
    yield endOf(answer)
    return
  }
}

async function* eventsUpTo(
  parts: AnswerParts,
  answer: AnswerDocument,
  position: Position,
): AsyncGenerator<AnswerEvent> {
  if (position.offset < answer.textLength) {
    for await (const piece of readText(parts.store, answer.id, position.offset)) yield { type: 'delta', ...piece }
  }
  if (answer.spent <= position.spent || answer.state !== 'streaming') return
  const { available } = await parts.credits.balance(holderOf(answer.userId))
  yield { type: 'cost', spent: microcredits(answer.spent), available }
}

function moveBy(position: Moving, event: AnswerEvent): void {
  if (event.type === 'delta') position.offset = event.offset + event.text.length
  if (event.type === 'cost') position.spent = event.spent
}

/** The last event of an answer that has ended. */
export function endOf(answer: AnswerDocument): EndEvent {
  const { state, receiptId, truncated, withheld, error } = answer
  const outcome = state === 'streaming' ? 'failed' : state
  const spent: Microcredits = microcredits(answer.spent)
  return { type: 'end', outcome, spent, receiptId, truncated, ...(withheld && { withheld }), ...(error && { error }) }
}

/** Waits for the promise or the signal, leaving no listener behind. */
async function until(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<void>()
  const abort = () => aborted.resolve()
  signal.addEventListener('abort', abort)
  await Promise.race([promise, aborted.promise])
  signal.removeEventListener('abort', abort)
}
