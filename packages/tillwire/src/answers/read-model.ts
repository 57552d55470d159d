import type { Message } from '../protocol/index.ts'
import type { Ending } from './decide-bill.ts'
import { ModelFailed, ModelMisconfigured } from './errors.ts'
import type { AnswerParts } from './parts.ts'
import type { AnswerDocument } from './schema.ts'
import { filtered, tellFailure } from './tell-failure.ts'
import type { TextInbox } from './text-inbox.ts'
import type { ModelEvent } from './types.ts'

type ModelEnd = Extract<ModelEvent, { type: 'end' }>

/** A model as it answers one question. */
export class ModelReader {
  /** It is known to think at the moment: what it thinks costs, and is not seen. */
  thinking = false
  /** How it ended, when it did. */
  ending: Ending | null = null

  /** Reads it into `inbox` until it ends, one way or another. Never rejects. */
  async read(
    { model, logger }: AnswerParts,
    answer: AnswerDocument,
    request: { readonly messages: readonly Message[]; readonly inbox: TextInbox; readonly signal: AbortSignal },
  ): Promise<void> {
    const { messages, inbox, signal } = request
    const maxOutputTokens = Math.max(answer.maxOutputTokens, model.leastOutputTokens ?? 1)
    try {
      for await (const event of model.stream({ model: answer.model, messages, maxOutputTokens, signal })) {
        if (event.type === 'end') {
          this.ending = endingOf(event)
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
