import { LONG_EVENTS, longFrameBytes, MAX_FRAME_BYTES, MAX_PROMPT_CHARACTERS } from 'tillwire/protocol'
import { RequestFailed } from './errors.ts'

/** How long what is sent may be. */
export interface SendLimits {
  readonly frameBytes: number
  readonly promptCharacters: number
}

/** What holds until a server has told its own. */
export const USUAL_LIMITS: SendLimits = { frameBytes: MAX_FRAME_BYTES, promptCharacters: MAX_PROMPT_CHARACTERS }

/**
 * Why a payload is too long to be sent; null when it is not. What a server could not take is refused here: it
 * would end the connection, and the same again on each new one.
 */
export function tooLong(event: string, payload: unknown, limits: SendLimits): RequestFailed | null {
  const isLong = LONG_EVENTS.includes(event)
  const characters = isLong ? promptOf(payload) : 0
  const limit = limits.promptCharacters
  if (characters > limit) {
    const message = `The messages have ${characters} characters together and may have ${limit}: shorten them.`
    return new RequestFailed({ code: 'prompt_too_long', message, retryable: false, details: { characters, limit } })
  }
  const most = isLong ? longFrameBytes(limit) : limits.frameBytes
  if (new TextEncoder().encode(JSON.stringify(payload) ?? '').length <= most) return null
  return new RequestFailed({
    code: isLong ? 'prompt_too_long' : 'invalid_payload',
    message: `This is longer than ${most} bytes: shorten it.`,
    retryable: false,
  })
}

/** The characters of all messages of a question. */
function promptOf(payload: unknown): number {
  const { messages } = (payload ?? {}) as { messages?: unknown }
  if (!Array.isArray(messages)) return 0
  return messages.reduce((sum: number, message: { content?: unknown } | null) => {
    return sum + (typeof message?.content === 'string' ? message.content.length : 0)
  }, 0)
}
