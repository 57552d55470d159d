import { type Clock, type Duration, invariant, type Logger, type Observer, type Turns } from '../core/index.ts'
import type { Credits, Hold } from '../credits/index.ts'
import type { Store } from '../store/index.ts'
import { type AnswerDocument, type AnswerFields, answers } from './schema.ts'
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
  /** One after the other, what would otherwise meet in one document; by user. */
  readonly turns: Turns
  readonly maxOpenPerUser: number
  readonly maxPromptCharacters: number
}

/** An owner that has written nothing for so long is dead; its answers are taken over. */
export const LEASE: Duration = '10s'
/** How long credits stay held after the last sign of the answer's owner. */
export const HOLD_TTL: Duration = '15m'

/** The hold that pays for an answer, as it is now. */
export async function holdOf({ credits }: AnswerParts, answer: AnswerDocument): Promise<Hold> {
  const hold = await credits.getHold(answer.holdId)
  invariant(hold, `hold "${answer.holdId}" of answer "${answer.id}" is kept`)
  return hold
}

/** What a movement of credits requires that writes nothing of the answer: that it has the owner still. */
export const stillAt = (answer: AnswerDocument) => ({ collection: answers, id: answer.id, version: answer.version })

/** A document without what the store keeps itself: what `replace` takes. */
export function fieldsOf(answer: AnswerDocument): AnswerFields {
  const { id: _id, version: _version, createdAt: _createdAt, updatedAt: _updatedAt, ...fields } = answer
  return fields
}
