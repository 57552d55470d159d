import { HoldEnded } from '../credits/index.ts'
import { VersionConflict } from '../store/index.ts'
import { finishAnswer } from './finish-answer.ts'
import { type AnswerParts, holdOf } from './parts.ts'
import { interrupted } from './running-answer.ts'
import { type AnswerDocument, answers } from './schema.ts'

const BATCH = 100

/**
 * Ends the answers whose owner's lease is over: what was delivered is charged, and the rest of the hold
 * comes back. Safe in several processes at once. Returns how many this call ended.
 */
export async function recoverAnswers(parts: AnswerParts): Promise<number> {
  let recovered = 0
  let after: string | undefined
  do {
    const page = await parts.store.collection(answers).find({
      where: { state: 'streaming', leaseUntil: { lt: parts.clock.now().toISOString() } },
      limit: BATCH,
      ...(after !== undefined && { after }),
    })
    for (const answer of page.items) if (await takeOver(parts, answer)) recovered += 1
    after = page.next ?? undefined
  } while (after !== undefined)
  return recovered
}

async function takeOver(parts: AnswerParts, answer: AnswerDocument): Promise<boolean> {
  try {
    await finishAnswer(parts, answer, await holdOf(parts, answer), interrupted)
    return true
  } catch (error) {
    // Its owner lives after all, another process was first, or its hold has just expired: then the next call ends it.
    if (VersionConflict.is(error) || HoldEnded.is(error)) return false
    parts.logger.error({ err: error, answer: answer.id }, 'An answer could not be taken over')
    return false
  }
}
