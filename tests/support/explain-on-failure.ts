import { setTimeout as delay } from 'node:timers/promises'
import { type ExplainParts, explain, printTimeline, type Timeline } from 'tillwire'
import { onTestFinished } from 'vitest'

const LIMIT_MS = 5_000
/** Of a user, so many answers and payments, the newest, are told by themselves. */
const MOST_RELATED = 3
const MOST_CHARACTERS = 30_000

/**
 * When the test that is running fails, the message of its first error ends with the timeline of this user,
 * and of the newest answers and payments. Call it once there is a user; what it reads is closed after.
 */
export function explainOnFailure(parts: ExplainParts, userId: string): void {
  onTestFinished(async ({ task }) => {
    const error = task.result?.errors?.[0]
    if (error) error.message += `\n\n${await timelinesOf(parts, userId)}\n`
  })
}

/** What is known of a user, as text, within bounds. Never throws: it is told beside an error that must be seen. */
export async function timelinesOf(parts: ExplainParts, userId: string, limitMs = LIMIT_MS): Promise<string> {
  const told: string[] = []
  const late = new AbortController()
  const limit = delay(limitMs, undefined, { signal: late.signal }).then(
    () => told.push(`(no more within ${limitMs} ms)`),
    () => {},
  )
  await Promise.race([tellUser(parts, userId, told), limit])
  late.abort()
  const text = told.join('\n\n')
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}\n(cut)` : text
}

async function tellUser(parts: ExplainParts, userId: string, told: string[]): Promise<void> {
  const tell = async (id: string): Promise<Timeline | null> => {
    try {
      const timeline = await explain(parts, id)
      told.push(printTimeline(timeline).join('\n'))
      return timeline
    } catch (error) {
      told.push(`(${id} could not be explained: ${error})`)
      return null
    }
  }
  const user = await tell(userId)
  const related = user?.items.filter(({ kind }) => kind === 'answer' || kind === 'checkout') ?? []
  for (const { id } of related.slice(-MOST_RELATED)) await tell(id)
}
