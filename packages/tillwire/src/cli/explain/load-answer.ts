import { answerLog, answers, holdKeyOf, receipts } from '../../answers/index.ts'
import { entryId, holderOf, holds, ledgerEntries } from '../../credits/index.ts'
import type { Store } from '../../store/index.ts'
import type { AnswerDocuments } from './answer-timeline.ts'

const LOG_PAGE = 1_000

/** An answer and what belongs to it, all of one moment; null when there is none. */
export async function loadAnswer(store: Store, id: string): Promise<AnswerDocuments | null> {
  const found = await store.transaction(async (tx) => {
    const answer = await tx.collection(answers).get(id)
    if (!answer) return null
    const reservation = entryId(holderOf(answer.userId), { kind: 'reserve', key: holdKeyOf(id) })
    const reserved = await tx.collection(ledgerEntries).get(reservation)
    const hold = reserved?.hold ? await tx.collection(holds).get(reserved.hold.id) : null
    const receipt = await tx.collection(receipts).findOne({ answerId: id })
    return { answer, hold, receipt }
  })
  if (!found) return null
  // What is written meanwhile belongs to a later moment; once an answer has ended, nothing is.
  const upTo = found.answer.endedAt === null ? found.answer.textLength : Number.MAX_SAFE_INTEGER
  const entries = await store.collection(ledgerEntries).getMany(found.hold?.entries ?? [])
  return {
    ...found,
    entries: entries.filter((entry) => entry !== null),
    pieces: await readPieces(store, id, upTo),
  }
}

async function readPieces(store: Store, answerId: string, upTo: number): Promise<AnswerDocuments['pieces']> {
  const pieces: AnswerDocuments['pieces'][number][] = []
  for (let position = 0; ; ) {
    const where = { answerId, end: { gt: position, lte: upTo } }
    const page = await store.collection(answerLog).find({ where, orderBy: { end: 'asc' }, limit: LOG_PAGE })
    pieces.push(...page.items)
    if (page.items.length < LOG_PAGE) return pieces
    position = page.items.at(-1)?.end ?? upTo
  }
}
