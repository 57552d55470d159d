import {
  type Clock,
  type Duration,
  invariant,
  type Logger,
  type Microcredits,
  microcredits,
  type Observer,
} from '../core/index.ts'
import { type Credits, type Hold, holderOf } from '../credits/index.ts'
import type { Store } from '../store/index.ts'
import { holdKeyOf } from './hold-key.ts'
import { type AnswerDocument, type AnswerFields, answerStops, answers } from './schema.ts'
import type { AnswerRecord, ModelPort, PriceBook } from './types.ts'

/** What the use cases of this folder work with. */
export interface AnswerParts {
  readonly store: Store
  readonly credits: Credits
  readonly model: ModelPort
  readonly priceBook: PriceBook
  readonly clock: Clock
  readonly logger: Logger
  readonly observer: Observer<AnswerRecord>
  /** This process, as the owner of the answers that it streams. */
  readonly owner: string
  readonly maxOpenPerUser: number
  readonly maxPromptCharacters: number
}

/** An owner that has written nothing for so long is dead; its answers are taken over. */
export const LEASE: Duration = '10s'
/** How long credits stay held after the last sign of the answer's owner. */
export const HOLD_TTL: Duration = '15m'

/** How the first hold of an answer is asked for. Asked again it is found again: the key is the answer's. */
export function firstReserve(answerId: string, userId: string, max: Microcredits) {
  return { holder: holderOf(userId), max, key: holdKeyOf(answerId), ttl: HOLD_TTL }
}

/** The hold that pays for an answer, as it is now. */
export async function holdOf({ credits }: AnswerParts, answer: AnswerDocument): Promise<Hold> {
  const reserved = await credits.reserve(firstReserve(answer.id, answer.userId, microcredits(answer.firstHold)))
  const hold = await credits.getHold(reserved.id)
  invariant(hold, `hold "${reserved.id}" of answer "${answer.id}" is kept`)
  return hold
}

/** What every write of an answer's owner requires: that nobody asked to stop it. */
export const notStopped = (answerId: string) => ({ collection: answerStops, id: answerId, version: 0 })
/** What a movement of credits requires that writes nothing of the answer: that it has the owner still. */
export const stillAt = (answer: AnswerDocument) => ({ collection: answers, id: answer.id, version: answer.version })

/** A document without what the store keeps itself: what `replace` takes. */
export function fieldsOf(answer: AnswerDocument): AnswerFields {
  const { id: _id, version: _version, createdAt: _createdAt, updatedAt: _updatedAt, ...fields } = answer
  return fields
}
