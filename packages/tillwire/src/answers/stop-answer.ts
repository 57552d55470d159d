import { type AnswerParts, fieldsOf } from './parts.ts'
import { answers } from './schema.ts'

/**
 * Asks the process that writes an answer to end it: at its next write, within a second, it meets the wish. It goes
 * with the answer's end; of one whose process died, whoever takes it over ends it anyway.
 */
export async function askToStop({ store }: AnswerParts, answerId: string): Promise<void> {
  await store.collection(answers).update(answerId, (answer) => {
    const fields = fieldsOf(answer)
    return answer.state === 'streaming' ? { ...fields, stopping: true } : fields
  })
}
