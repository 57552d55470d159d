import { answers, readText, receipts } from '../../answers/index.ts'
import { holds, readHoldEntries } from '../../credits/index.ts'
import type { Store } from '../../store/index.ts'
import type { AnswerDocuments } from './answer-timeline.ts'

/** An answer and what belongs to it, all of one moment; null when there is none. */
export async function loadAnswer(store: Store, id: string): Promise<AnswerDocuments | null> {
  const found = await store.transaction(async (tx) => {
    const answer = await tx.collection(answers).get(id)
    if (!answer) return null
    const hold = await tx.collection(holds).get(answer.holdId)
    const receipt = await tx.collection(receipts).findOne({ answerId: id })
    return { answer, hold, receipt }
  })
  if (!found) return null
  // What is written meanwhile belongs to a later moment; once an answer has ended, nothing is.
  const upTo = found.answer.endedAt === null ? found.answer.textLength : Number.MAX_SAFE_INTEGER
  const movements = found.hold ? await readHoldEntries(store, found.hold) : { entries: [], broken: [] }
  return {
    ...found,
    ...movements,
    pieces: await readPieces(store, id, upTo),
  }
}

async function readPieces(store: Store, answerId: string, upTo: number): Promise<AnswerDocuments['pieces']> {
  const pieces: AnswerDocuments['pieces'][number][] = []
  for await (const { offset, text } of readText(store, answerId, 0)) {
    if (offset >= upTo) break
    pieces.push({ offset, text: text.slice(0, upTo - offset) })
  }
  return pieces
}
