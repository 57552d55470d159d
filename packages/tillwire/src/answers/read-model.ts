import { type Microcredits, microcredits } from '../core/index.ts'
import { holderOf } from '../credits/index.ts'
import type { Message } from '../protocol/index.ts'
import { type Ending, termsOf } from './decide-bill.ts'
import { ModelFailed, ModelMisconfigured } from './errors.ts'
import { type AnswerParts, holdOf } from './parts.ts'
import { affordableTokens, usesUp } from './plan-slices.ts'
import type { AnswerDocument } from './schema.ts'
import { filtered, tellFailure } from './tell-failure.ts'
import type { TextInbox } from './text-inbox.ts'
import type { ModelEvent } from './types.ts'

type ModelEnd = Extract<ModelEvent, { type: 'end' }>

/** A model as it answers one question. */
export class ModelReader {
  /** It says that it thinks at the moment: that costs, and is not seen. */
  thinking = false
  /** How it ended, when it did. */
  ending: Ending | null = null

  /** Reads it into `inbox` until it ends, one way or another. Never rejects. */
  async read(
    parts: AnswerParts,
    answer: AnswerDocument,
    request: { readonly messages: readonly Message[]; readonly inbox: TextInbox; readonly signal: AbortSignal },
  ): Promise<void> {
    const { model, logger } = parts
    const { messages, inbox, signal } = request
    try {
      const affordable = affordableTokens(termsOf(answer), await creditsFor(parts, answer))
      const maxOutputTokens = Math.max(affordable, model.leastOutputTokens ?? 1)
      for await (const event of model.stream({ model: answer.model, messages, maxOutputTokens, signal })) {
        if (event.type === 'end') {
          const isCutShort = event.truncated && affordable < answer.maxOutputTokens
          this.ending = isCutShort ? await endingOfShort(parts, answer, event) : endingOf(event)
          return
        }
        if (event.type === 'text') await inbox.put(event.text)
        this.thinking = event.type === 'activity' ? (event.thinking ?? this.thinking) : false
      }
      throw new ModelFailed('its stream ended without saying so')
    } catch (error) {
      if (ModelMisconfigured.is(error)) logger.error({ err: error, answer: answer.id }, 'The model cannot be asked')
      else if (!signal.aborted) logger.warn({ err: error, answer: answer.id }, 'The model failed')
      this.ending = { outcome: 'failed', usage: null, truncated: false, error: tellFailure(error) }
    } finally {
      inbox.end()
    }
  }
}

function endingOf({ usage, truncated, withheld }: ModelEnd): Ending {
  if (withheld === 'content_filter') return { outcome: 'failed', usage, truncated: false, withheld, error: filtered }
  return { outcome: 'complete', usage, truncated, withheld }
}

/** An answer was cut by a limit that the credits set: they ended, unless more came while it was written. */
async function endingOfShort(parts: AnswerParts, answer: AnswerDocument, event: ModelEnd): Promise<Ending> {
  const { usage } = event
  const [{ spent }, left] = await Promise.all([holdOf(parts, answer), creditsFor(parts, answer)])
  const credits = microcredits(Math.min(spent + left, Number.MAX_SAFE_INTEGER))
  if (usage && !usesUp(termsOf(answer), usage, credits)) return endingOf(event)
  return { outcome: 'out_of_credits', usage, truncated: false }
}

/** All that a user can pay an answer with: what is set aside for others counts, as most of that comes back. */
async function creditsFor({ credits }: AnswerParts, answer: AnswerDocument): Promise<Microcredits> {
  const { available, held } = await credits.balance(holderOf(answer.userId))
  return microcredits(Math.min(available + held, Number.MAX_SAFE_INTEGER))
}
