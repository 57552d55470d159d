import { isTillwireError, withRequest } from '../core/index.ts'
import { HoldEnded } from '../credits/index.ts'
import { pagesOf, VersionConflict } from '../store/index.ts'
import { type LogPieces, loadLog } from './answer-log.ts'
import { finishAnswer } from './finish-answer.ts'
import { type AnswerParts, holdOf } from './parts.ts'
import { interrupted } from './running-answer.ts'
import { type AnswerDocument, answers } from './schema.ts'
import type { SetAside } from './set-aside.ts'

const BATCH = 100

/**
 * Ends the answers whose owner's lease is over: what was delivered is charged, and the rest of the hold
 * comes back. Safe in several processes at once. Returns how many this call ended. One that cannot be
 * handled is set aside, and does not keep the others waiting.
 */
export async function recoverAnswers(parts: AnswerParts, setAside: SetAside): Promise<number> {
  let recovered = 0
  for await (const answer of leftAnswers(parts, parts.clock.now())) {
    const now = parts.clock.now().getTime()
    if (setAside.has(answer.id, now)) continue
    const outcome = await takeOver(parts, answer)
    if (outcome === 'ended') recovered += 1
    if (outcome === 'failed') setAside.add(answer.id, now)
    else setAside.delete(answer.id)
  }
  return recovered
}

/** Answers under way whose lease was over at `time`, the longest first: by the index of what is open and due. */
export async function* leftAnswers({ store }: AnswerParts, time: Date): AsyncGenerator<AnswerDocument> {
  const where = { state: 'streaming', leaseUntil: { lt: time.toISOString() } } as const
  const due = { where, orderBy: { leaseUntil: 'asc' }, limit: BATCH } as const
  for await (const page of pagesOf(store, answers, due)) yield* page
}

async function takeOver(parts: AnswerParts, answer: AnswerDocument): Promise<'ended' | 'left' | 'failed'> {
  const end = async () => {
    const [hold, log] = await Promise.all([holdOf(parts, answer), readLog(parts, answer.id)])
    await finishAnswer(parts, { answer, hold, ending: interrupted, log })
  }
  try {
    await (answer.requestId === null ? end() : withRequest(answer.requestId, end))
    return 'ended'
  } catch (error) {
    // Its owner lives after all, another process was first, or its hold has just expired: then the next call ends it.
    if (VersionConflict.is(error) || HoldEnded.is(error)) return 'left'
    parts.logger.error({ err: error, answer: answer.id }, 'An answer could not be taken over, and was set aside')
    return isTillwireError(error) && error.retryable ? 'left' : 'failed'
  }
}

/** Null when it cannot be read: what was delivered is paid all the same. */
async function readLog({ store, logger }: AnswerParts, answerId: string): Promise<LogPieces | null> {
  try {
    return await loadLog(store, answerId)
  } catch (error) {
    logger.error({ err: error, answer: answerId }, 'The log of an answer cannot be read')
    return null
  }
}
