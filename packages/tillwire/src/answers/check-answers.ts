import { milliseconds } from '../core/index.ts'
import type { AnswerParts } from './parts.ts'
import { leftAnswers } from './recover-answers.ts'
import { answers } from './schema.ts'
import type { AnswersCheck } from './types.ts'

/** After a lease is over for so long, any server that runs has tried to end its answer, and credits are held no more. */
const GRACE_MS = milliseconds('15m')

/** Answers that should have ended: their owner is gone, and no sweep could end them. */
export async function checkAnswers(parts: AnswerParts): Promise<AnswersCheck> {
  const problems: AnswersCheck['problems'][number][] = []
  for await (const { id, leaseUntil } of leftAnswers(parts, new Date(parts.clock.now().getTime() - GRACE_MS)))
    problems.push({
      code: 'answer_not_ended',
      id,
      message: `Nobody has written it since ${leaseUntil}, and it could not be ended: the log says why, while a server runs.`,
    })
  const openAnswers = await parts.store.collection(answers).count({ state: 'streaming' })
  return { problems, checked: { openAnswers } }
}
